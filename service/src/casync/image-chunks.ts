/**
 * An image as casync sees it: chunks without gaps from its first byte to its last.
 *
 * Extents that are whole chunks are listed as they are. Holes become chunks of zeros, as large as chunks may be, the last
 * of a hole as long as is left. Extents that take only part of a chunk (a snapshot's) cannot be named by a digest that
 * exists: what lies between whole chunks is cut afresh, by the same rules as an image.
 */
import { chunkSizeBytesMax, cutRun, digestBytesOf, type ImageIndex } from "@dvce/image";
import { zeroDigest } from "./zero-chunks";

/** One chunk of an image. What is not `stored` is made of the image's own bytes when it is asked for. */
export interface ImageChunk {
  /** 32 bytes. */
  readonly digest: Buffer;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly stored: boolean;
}

/** The image's bytes; exactly as many as asked. */
export type ReadImage = (offsetBytes: number, lengthBytes: number) => Promise<Buffer>;

/** All chunks of an image in order. `read` is called for regions that are cut afresh only. */
export async function* imageChunks(
  index: ImageIndex,
  read: ReadImage,
): AsyncGenerator<ImageChunk, void, undefined> {
  for (const piece of pieces(index)) {
    if (piece.kind === "hole") yield* zeroChunks(piece.offsetBytes, piece.lengthBytes);
    else if (piece.kind === "cut") yield* cutAfresh(index, piece.offsetBytes, piece.lengthBytes, read);
    else {
      const { offsetBytes, lengthBytes } = piece;
      const digest = Buffer.from(index.chunkDigest(piece.chunk), "hex");
      yield { digest, offsetBytes, sizeBytes: lengthBytes, stored: true };
    }
  }
}

/** Those of the chunks that are no chunks of the index, each size of zeros once. Reads as {@link imageChunks} does. */
export async function* madeChunks(
  index: ImageIndex,
  read: ReadImage,
): AsyncGenerator<ImageChunk, void, undefined> {
  const zeroSizes = new Set<number>();
  for (const piece of pieces(index)) {
    if (piece.kind === "cut") yield* cutAfresh(index, piece.offsetBytes, piece.lengthBytes, read);
    if (piece.kind !== "hole") continue;
    for (const sizeBytes of [
      Math.min(piece.lengthBytes, chunkSizeBytesMax),
      piece.lengthBytes % chunkSizeBytesMax,
    ]) {
      if (sizeBytes === 0 || zeroSizes.has(sizeBytes)) continue;
      zeroSizes.add(sizeBytes);
      yield { digest: zeroDigest(sizeBytes), offsetBytes: piece.offsetBytes, sizeBytes, stored: false };
    }
  }
}

interface Piece {
  readonly kind: "chunk" | "hole" | "cut";
  /** Number of the chunk; -1 for the other kinds. */
  readonly chunk: number;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** What the image is made of, extents of parts of chunks joined where they touch. */
function* pieces(index: ImageIndex): Generator<Piece, void, undefined> {
  let cut: Piece | undefined;
  for (const { chunk, offsetInChunk, offsetBytes, lengthBytes } of index.extents(0, index.sizeBytes)) {
    const whole = chunk >= 0 && offsetInChunk === 0 && lengthBytes === index.chunkSizeBytes(chunk);
    if (chunk >= 0 && !whole) {
      const start: number = cut?.offsetBytes ?? offsetBytes;
      cut = { kind: "cut", chunk: -1, offsetBytes: start, lengthBytes: offsetBytes + lengthBytes - start };
      continue;
    }
    if (cut !== undefined) yield cut;
    cut = undefined;
    yield { kind: whole ? "chunk" : "hole", chunk, offsetBytes, lengthBytes };
  }
  if (cut !== undefined) yield cut;
}

function* zeroChunks(offsetBytes: number, lengthBytes: number): Generator<ImageChunk, void, undefined> {
  for (let done = 0; done < lengthBytes; done += chunkSizeBytesMax) {
    const sizeBytes = Math.min(chunkSizeBytesMax, lengthBytes - done);
    yield { digest: zeroDigest(sizeBytes), offsetBytes: offsetBytes + done, sizeBytes, stored: false };
  }
}

/** Cuts a region as an image is cut; zero blocks, which belong to no chunk there, become chunks of zeros. */
async function* cutAfresh(
  index: ImageIndex,
  offsetBytes: number,
  lengthBytes: number,
  read: ReadImage,
): AsyncGenerator<ImageChunk, void, undefined> {
  const { segmentSizeBytes } = index.chunking;
  const end = offsetBytes + lengthBytes;
  for (let start = offsetBytes; start < end;) {
    const stop = Math.min(end, (Math.floor(start / segmentSizeBytes) + 1) * segmentSizeBytes);
    const run = await read(start, stop - start);
    const found: ImageChunk[] = [];
    let covered = 0;
    cutRun(run, index.chunking, (from, to) => {
      found.push(...zeroChunks(start + covered, from - covered));
      const digest = digestBytesOf(run.subarray(from, to));
      found.push({ digest, offsetBytes: start + from, sizeBytes: to - from, stored: false });
      covered = to;
    });
    yield* found;
    yield* zeroChunks(start + covered, run.length - covered);
    start = stop;
  }
}
