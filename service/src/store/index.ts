export type {
  ChunkPlace,
  ChunkStore,
  Collected,
  CollectOptions,
  PutOptions,
  QuarantinedChunk,
  Verified,
} from "./chunk-store";
export { MemoryChunkStore } from "./memory-chunk-store";
export { openPackStore, type PackStoreOptions } from "./pack/pack-store";
export { parseRecordHeader, recordHeaderSizeBytes } from "./pack/format";
export type { StoreDamage } from "./pack/recover";
export { storeSink } from "./store-sink";
export { nodeStoreFiles, type StoreFile, type StoreFiles } from "./pack/store-files";
