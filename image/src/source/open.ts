import type { ImageSource } from "./image-source";
export async function openImageSource(path: string): Promise<ImageSource> {
  throw new Error(`being written: ${path}`);
}
