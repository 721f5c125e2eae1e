export { ChunkDirectory, chunkFileSizeBytesMax, decodeChunkFile } from "./chunk-directory";
export { Caibx } from "./decode-caibx";
export { encodeCaibx } from "./encode-caibx";
export { caibxSizeBytesMax } from "./format";
export { imageChunks, madeChunks, type ImageChunk, type ReadImage } from "./image-chunks";
export { indexOfCaibx } from "./import-index";
export { zeroDigest } from "./zero-chunks";
