import { DvceError } from "@dvce/api";
import type { ChunkBitmap } from "../bitmap/bitmap";
import { type EncodedChunk, encodeChunkAsync } from "../codec/codec";
import { digestOf } from "../digest/digest";
import type { ImageIndex } from "../index/image-index";
import type { ImageSource } from "../source/image-source";

/** Image bytes read at once; chunks that follow each other are read together up to this. */
const readBytesMax = 4 * 1024 * 1024;
/** Image bytes that are being compressed, on libuv's pool, while more is read and hashed. */
const encodingBytesMax = 4 * 1024 * 1024;

interface Piece {
  readonly chunk: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

/**
 * Reads and encodes the chunks whose bit is set, each once, where the index first has it. Each is hashed again: throws
 * `DVCE_IMAGE_CHANGED` when the file does not hold there what the index says.
 */
export async function* readMissingChunks(
  source: ImageSource,
  index: ImageIndex,
  missing: ChunkBitmap,
  signal?: AbortSignal,
): AsyncGenerator<EncodedChunk, void, undefined> {
  if (source.sizeBytes !== index.sizeBytes) throw changed(`it is a disk of ${source.sizeBytes} bytes now`);
  const encoding: { readonly sizeBytes: number; readonly result: Promise<EncodedChunk> }[] = [];
  let encodingBytes = 0;
  for (const group of groups(index, missing)) {
    signal?.throwIfAborted();
    const start = group[0]?.offsetBytes ?? 0;
    const data = Buffer.allocUnsafeSlow(group.reduce((sum, piece) => sum + piece.sizeBytes, 0));
    await source.read(start, data);
    for (const { chunk, offsetBytes, sizeBytes } of group) {
      const bytes = data.subarray(offsetBytes - start, offsetBytes - start + sizeBytes);
      const digest = digestOf(bytes);
      if (digest !== index.chunkDigest(chunk)) throw changed(`bytes from ${offsetBytes} are others now`);
      const result = encodeChunkAsync(bytes, { digest });
      result.catch(() => undefined); // it is awaited below; until then a failure must not count as unhandled
      encoding.push({ sizeBytes, result });
      encodingBytes += sizeBytes;
    }
    while (encodingBytes > encodingBytesMax) {
      const first = encoding.shift();
      if (first === undefined) break;
      encodingBytes -= first.sizeBytes;
      yield await first.result;
    }
  }
  for (const { result } of encoding) yield await result;
}

/** Missing chunks in image order, grouped where they follow each other without a gap. */
function* groups(index: ImageIndex, missing: ChunkBitmap): Generator<Piece[], void, undefined> {
  let group: Piece[] = [];
  let end = -1;
  let sizeBytes = 0;
  let nextChunk = 0;
  for (let i = 0; i < index.extentCount; i++) {
    const { chunk, offsetBytes, offsetInChunk, lengthBytes } = index.extentAt(i);
    if (chunk < nextChunk) continue; // chunks are numbered by first appearance: this one came before
    nextChunk = chunk + 1;
    if (!missing.has(chunk)) continue;
    if (offsetInChunk !== 0 || lengthBytes !== index.chunkSizeBytes(chunk)) {
      throw new Error(
        `chunk ${chunk} of index ${index.version} is not whole in its image; such an index is not pushed`,
      );
    }
    if (group.length > 0 && (offsetBytes !== end || sizeBytes + lengthBytes > readBytesMax)) {
      yield group;
      group = [];
      sizeBytes = 0;
    }
    group.push({ chunk, offsetBytes, sizeBytes: lengthBytes });
    sizeBytes += lengthBytes;
    end = offsetBytes + lengthBytes;
  }
  if (group.length > 0) yield group;
}

function changed(why: string): DvceError {
  return new DvceError(
    "DVCE_IMAGE_CHANGED",
    `The image changed after its index was made: ${why}. Nothing was committed. ` +
      "Stop whatever writes to it, then try again.",
  );
}
