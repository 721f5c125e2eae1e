export interface ResolveProgress {
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  readonly phase: "download" | "verify";
}
export interface ResolveImageOptions {
  readonly path?: string;
  readonly url?: string;
  readonly checksum?: string;
  readonly cacheDirectory?: string;
  readonly onProgress?: (progress: ResolveProgress) => void;
  readonly signal?: AbortSignal;
}
export async function resolveImage(options: ResolveImageOptions): Promise<{ path: string }> {
  throw new Error(`being written: ${options.path}`);
}
