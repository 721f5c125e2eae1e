import type { IndexProgress } from "../index/build-index";
import type { ImageIndex } from "../index/image-index";
export interface IndexImageOptions {
  readonly cacheDirectory?: string;
  readonly onProgress?: (progress: IndexProgress) => void;
  readonly signal?: AbortSignal;
}
export async function indexImage(path: string, _options: IndexImageOptions = {}): Promise<ImageIndex> {
  throw new Error(`being written: ${path}`);
}
