import type { ControllerClient, ImageVersion } from "@dvce/api";
import type { ImageIndex } from "../index/image-index";
export interface PushProgress {
  /** Image bytes, before compression. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly phase: "read" | "send";
}
export interface PushImageOptions {
  readonly image: string;
  readonly path: string;
  readonly index: ImageIndex;
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
}
export async function pushImage(client: ControllerClient, options: PushImageOptions): Promise<ImageVersion> {
  throw new Error(`being written: ${client.url} ${options.image}`);
}
