import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface DownloadOptions {
  /** SHA-256 of the whole file, in hex. */
  readonly sha256: string;
  readonly onProgress?: (detail: string) => void;
  readonly signal?: AbortSignal;
}

/** What came does not have the checksum that was pinned or announced; nothing is kept. */
export class ChecksumError extends Error {
  constructor(url: string, expected: string, actual: string) {
    super(`${url}: expected SHA-256 ${expected}, got ${actual}. Nothing was kept.`);
    this.name = "ChecksumError";
  }
}

/** SHA-256 of a file, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/**
 * Downloads `url` to `target`, which appears only when the file is whole and has the right checksum.
 * @throws ChecksumError; Error for a failed request.
 */
export async function download(url: string, target: string, options: DownloadOptions): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.partial`;
  try {
    const response = await fetch(url, options.signal === undefined ? {} : { signal: options.signal });
    if (!response.ok || response.body === null)
      throw new Error(`${url} answered ${response.status} ${response.statusText}`);
    const totalBytes = Number(response.headers.get("content-length") ?? "0");
    let doneBytes = 0;
    const body = Readable.fromWeb(response.body);
    body.on("data", (chunk: Buffer) => {
      doneBytes += chunk.length;
      if (totalBytes > 0) options.onProgress?.(`${Math.floor((100 * doneBytes) / totalBytes)} %`);
    });
    await pipeline(body, createWriteStream(temporary));
    const actual = await sha256OfFile(temporary);
    if (actual !== options.sha256) throw new ChecksumError(url, options.sha256, actual);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
