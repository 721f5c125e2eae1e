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
export { checkStore, isSound, type StoreCheck } from "./pack/check";
export { rebuildIndex, type RebuiltIndex } from "./pack/rebuild-index";
export { openPackStore, type PackStoreOptions } from "./pack/pack-store";
export { parseRecordHeader, recordHeaderSizeBytes } from "./pack/format";
export type { StoreDamage } from "./pack/recover";
export { storeSink } from "./store-sink";
export { nodeStoreFiles, type StoreFile, type StoreFiles } from "./pack/store-files";
