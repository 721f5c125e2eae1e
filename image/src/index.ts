export { digestBytesOf, digestOf, digestSizeBytes, type Digest } from "./digest/digest";
export { DigestTable } from "./digest/digest-table";
export { chunkSizeBytesMax, defaultChunking, type ChunkingParameters } from "./chunking/parameters";
export { cutRun } from "./chunking/cut";
export {
  compressedSizeBytesMax,
  decodeChunk,
  decodeChunkAsync,
  decodedSizeBytesMax,
  encodeChunk,
  encodeChunkAsync,
  type Codec,
  type EncodedChunk,
  type EncodeOptions,
} from "./codec/codec";
export { ImageIndex, type IndexChunk, type IndexExtent, type ImageStretch } from "./index/image-index";
export { verifyChunk } from "./codec/codec";
export { IndexBuilder } from "./index/index-builder";
export { imageSizeBytesMax, indexMessageSizeBytesMax, indexSizeBytesMax } from "./index/format";
export { indexMessage } from "./index/message";
export {
  buildIndex,
  ingestImage,
  type BuildIndexOptions,
  type ChunkSink,
  type IngestOptions,
  type IngestProgress,
} from "./ingest/ingest-image";
export { pageAlignedMemory } from "./ingest/page-aligned-memory";
export { ChunkBitmap } from "./bitmap/bitmap";
export { batchChunkCountMax, batchSizeBytesMax } from "./batch/format";
export {
  batchRecordSizeBytes,
  batchStart,
  encodeBatch,
  encodeBatchEnd,
  encodeBatchRecord,
  encodeBatchStream,
} from "./batch/encode";
export { decodeBatch, decodeBatchPieces, decodeBatchStream } from "./batch/decode";
export type { DataExtent, ImageSource } from "./source/image-source";
export { checkDiskHead, diskHeadSizeBytes } from "./source/disk-head";
export { openImageSource } from "./source/open";
export { resolveImage, type ResolveImageOptions, type ResolveProgress } from "./resolve/resolve-image";
export { resolveStream, type ResolveStreamOptions, type StreamedImage } from "./resolve/resolve-stream";
export { indexImage, type IndexImageOptions } from "./memo/index-image";
export {
  pushImage,
  pushVersion,
  type PushImageOptions,
  type PushProgress,
  type PushVersionOptions,
} from "./push/push-image";
export { ChunkWorkers, type ChunkWorkersOptions } from "./workers/chunk-workers";
export { serveJobs, type JobResult } from "./workers/serve-jobs";
export { entryFromSource, type WorkerEntry } from "./workers/worker-entry";
export { WorkerPool, type RunOptions, type WorkerPoolOptions } from "./workers/worker-pool";
