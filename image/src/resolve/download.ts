import { open, rm, stat, truncate } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { DvceError } from "@dvce/api";
import axios, { type AxiosResponse, isAxiosError } from "axios";
import type { Digest } from "../digest/digest";
import { checksumMismatch, hashFile, signalOption } from "./checksum";

export interface DownloadOptions {
  readonly url: string;
  readonly checksum: Digest;
  /** The file to continue; may be empty. */
  readonly partialPath: string;
  readonly onBytes?: (doneBytes: number, totalBytes: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Time without a byte after which a try is given up. Default 60 s. */
  readonly idleTimeoutMs?: number;
  /** Pause before try n + 1 is n times this. Default 500 ms. */
  readonly retryPauseMs?: number;
}

/** Tries in a row that bring no byte before the download is given up. */
const triesWithoutProgressMax = 5;

/**
 * Downloads into `partialPath`, continuing what is there, and checks the whole. Throws `DVCE_IMAGE_DOWNLOAD_FAILED` (the
 * partial file stays, to be continued) or `DVCE_IMAGE_CHECKSUM_MISMATCH` (it is removed).
 */
export async function download(options: DownloadOptions): Promise<void> {
  const continued = (await stat(options.partialPath)).size > 0;
  await fetchWithRetries(options);
  const actual = await hashFile(options.partialPath, signalOption(options.signal));
  if (actual === options.checksum) return;
  if (continued) {
    // What an earlier download left may be of another file at the same address: the whole gets its own chance.
    await truncate(options.partialPath, 0);
    return download(options);
  }
  await rm(options.partialPath, { force: true });
  throw checksumMismatch(
    `The image at ${options.url}`,
    options.checksum,
    actual,
    "Nothing was kept. Check the checksum, or that the address serves the file that it belongs to.",
  );
}

async function fetchWithRetries(options: DownloadOptions): Promise<void> {
  let failures = 0;
  for (;;) {
    const before = (await stat(options.partialPath)).size;
    try {
      await fetchRest(options, before);
      return;
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof DvceError && !cause.retryable) throw cause;
      failures = (await stat(options.partialPath)).size > before ? 1 : failures + 1;
      if (failures >= triesWithoutProgressMax || isFinal(cause)) throw failed(options.url, cause);
      await sleep(failures * (options.retryPauseMs ?? 500), undefined, signalOption(options.signal));
    }
  }
}

/** One request for what follows the first `haveBytes`. */
async function fetchRest(options: DownloadOptions, haveBytes: number): Promise<void> {
  const stop = new AbortController();
  const forward = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", forward, { once: true });
  const idle = setTimeout(
    () => stop.abort(new Error("no byte arrived in time")),
    options.idleTimeoutMs ?? 60_000,
  );
  try {
    const response = await axios.get<AsyncIterable<Buffer>>(options.url, {
      responseType: "stream",
      headers: { "accept-encoding": "identity", ...(haveBytes > 0 ? { range: `bytes=${haveBytes}-` } : {}) },
      decompress: false,
      maxContentLength: Infinity,
      signal: stop.signal,
      validateStatus: (status) => status === 200 || status === 206 || status === 416,
    });
    // Beyond the end: all bytes are here already, or the file is another one. The checksum tells.
    if (response.status === 416) return;
    const startBytes = response.status === 206 ? rangeStart(response) : 0;
    if (startBytes !== haveBytes && startBytes !== 0) throw new Error(`it answered from byte ${startBytes}`);
    const totalBytes = expectedSize(response, startBytes);
    const file = await open(options.partialPath, "r+");
    try {
      if (startBytes < haveBytes) await file.truncate(startBytes);
      let at = startBytes;
      for await (const piece of response.data) {
        idle.refresh();
        await file.write(piece, 0, piece.length, at);
        at += piece.length;
        options.onBytes?.(at, totalBytes);
      }
      if (totalBytes !== undefined && at !== totalBytes)
        throw new Error(`it ended after ${at} of ${totalBytes} bytes`);
      await file.sync();
    } finally {
      await file.close();
    }
  } finally {
    clearTimeout(idle);
    options.signal?.removeEventListener("abort", forward);
  }
}

function rangeStart(response: AxiosResponse): number {
  const match = /^bytes (\d+)-/.exec(String(response.headers["content-range"] ?? ""));
  if (match?.[1] === undefined) throw new Error("it answered a range without saying which");
  return Number(match[1]);
}

function expectedSize(response: AxiosResponse, startBytes: number): number | undefined {
  const length = Number(response.headers["content-length"] ?? NaN);
  return Number.isFinite(length) ? startBytes + length : undefined;
}

/** Refusals that another try will not change. */
function isFinal(cause: unknown): boolean {
  if (!isAxiosError(cause)) return false;
  const status = cause.response?.status;
  if (status !== undefined) return status >= 400 && status < 500 && status !== 408 && status !== 429;
  return cause.code === "ENOTFOUND" || cause.code === "ERR_INVALID_URL";
}

function failed(url: string, cause: unknown): DvceError {
  const status = isAxiosError(cause) ? cause.response?.status : undefined;
  const code = isAxiosError(cause) ? (cause.code ?? cause.message) : String(cause);
  const why = status === undefined ? code : `status ${status}`;
  return new DvceError(
    "DVCE_IMAGE_DOWNLOAD_FAILED",
    `Unable to download the image from ${url} (${why}). ` +
      "Check the address and that this machine can reach it; what has arrived is kept and continued next time.",
    { cause },
  );
}
