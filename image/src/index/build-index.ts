import type { ImageSource } from "../source/image-source";
import type { Digest } from "../digest/digest";
import type { ImageIndex } from "./image-index";
export interface IndexProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}
export interface BuildIndexOptions {
  readonly onChunk?: (chunk: { digest: Digest; data: Buffer }) => Promise<void> | void;
  readonly onProgress?: (progress: IndexProgress) => void;
  readonly signal?: AbortSignal;
}
export async function buildIndex(source: ImageSource, _options: BuildIndexOptions = {}): Promise<ImageIndex> {
  throw new Error(`being written: ${source.sizeBytes}`);
}
