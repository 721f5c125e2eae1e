/**
 * Chunk numbers in an order that matters, as base64 text. For each number, what it differs by from the number after the
 * one before it (the first from 0), mapped to 0, 1, 2, 3 … for 0, -1, 1, -2 …, as a little-endian base-128 varint. A run
 * of neighbouring chunks takes one byte each.
 *
 *     5 6 7 3   differences 5 0 0 -5   mapped 10 0 0 9   bytes 0a 00 00 09   text CgAACQ==
 */
import { DvceError } from "./errors/dvce-error";

/** Chunk numbers are unsigned 32-bit numbers, so that a mapped difference takes at most 5 bytes. */
const chunkNumberMax = 2 ** 32 - 1;

/** Throws `RangeError` for what is no chunk number. */
export function encodeChunkList(chunks: readonly number[]): string {
  const bytes: number[] = [];
  let expected = 0;
  for (const chunk of chunks) {
    if (!Number.isInteger(chunk) || chunk < 0 || chunk > chunkNumberMax)
      throw new RangeError(`${chunk} is no chunk number`);
    const difference = chunk - expected;
    let left = difference < 0 ? -2 * difference - 1 : 2 * difference;
    for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
    bytes.push(left);
    expected = chunk + 1;
  }
  return Buffer.from(bytes).toString("base64");
}

/**
 * The numbers, each smaller than `chunkCount` and no two alike.
 *
 * @throws DvceError `DVCE_INPUT_INVALID`
 */
export function decodeChunkList(text: string, chunkCount: number): number[] {
  const bytes = Buffer.from(text, "base64");
  const chunks: number[] = [];
  const seen = new Set<number>();
  let expected = 0;
  for (let at = 0; at < bytes.length;) {
    let mapped = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw invalid("it ends inside a number");
      if (scale > 128 ** 4) throw invalid("a number takes more than 5 bytes");
      mapped += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) break;
    }
    const chunk = expected + (mapped % 2 === 0 ? mapped / 2 : -(mapped + 1) / 2);
    if (!(chunk >= 0 && chunk < chunkCount))
      throw invalid(`it names chunk ${chunk}, the version has the chunks 0 to ${chunkCount - 1}`);
    if (seen.has(chunk)) throw invalid(`it names chunk ${chunk} twice`);
    seen.add(chunk);
    chunks.push(chunk);
    expected = chunk + 1;
  }
  return chunks;
}

function invalid(why: string): DvceError {
  return new DvceError(
    "DVCE_INPUT_INVALID",
    `The list of chunks is not usable: ${why}. Encode it with encodeChunkList for this version.`,
    { details: [{ path: ["chunks"], message: why }] },
  );
}
