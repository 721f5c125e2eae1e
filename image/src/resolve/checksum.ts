import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { DvceError } from "@dvce/api";
import type { Digest } from "../digest/digest";

/** `sha256:` and 64 hex digits, or the digits alone. Throws `DVCE_INPUT_INVALID`. */
export function parseChecksum(checksum: string): Digest {
  const hex = checksum
    .trim()
    .replace(/^sha256:/i, "")
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `${JSON.stringify(checksum)} is not a checksum; it must be "sha256:" followed by 64 hex digits, ` +
      "as sha256sum prints them.",
  );
}

/** SHA-256 of a whole file. `onBytes` hears how many bytes were hashed so far. */
export async function hashFile(
  path: string,
  options: { readonly onBytes?: (bytes: number) => void; readonly signal?: AbortSignal } = {},
): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  const stream = createReadStream(path, { highWaterMark: 1024 * 1024, ...signalOption(options.signal) });
  for await (const piece of stream) {
    const data = piece as Buffer;
    hash.update(data);
    bytes += data.length;
    options.onBytes?.(bytes);
  }
  return hash.digest("hex");
}

export function checksumMismatch(what: string, expected: Digest, actual: Digest, advice: string): DvceError {
  return new DvceError(
    "DVCE_IMAGE_CHECKSUM_MISMATCH",
    `${what} does not have the checksum that was given: expected sha256:${expected}, found sha256:${actual}. ${advice}`,
  );
}

/** `{ signal }`, or nothing: an optional property must be left out rather than undefined. */
export function signalOption(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
