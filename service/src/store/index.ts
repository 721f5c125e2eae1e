export type { ChunkStore, PutOptions } from "./chunk-store";
export { MemoryChunkStore } from "./memory-chunk-store";
export { openPackStore, type PackStoreOptions } from "./pack/pack-store";
export type { StoreDamage } from "./pack/recover";
export { nodeStoreFiles, type StoreFile, type StoreFiles } from "./pack/store-files";
