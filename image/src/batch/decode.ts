import { DvceError } from "@dvce/api";
import { chunkSizeBytesMax } from "../chunking/parameters";
import type { Codec, EncodedChunk } from "../codec/codec";
import {
  batchChunkCountMax,
  batchMagic,
  batchSizeBytesMax,
  codecEnd,
  codecRaw,
  codecZstd,
  endSizeBytes,
  recordHeaderSizeBytes,
} from "./format";

/**
 * Takes a batch apart. Bounds and structure are checked, digests are not: `decodeChunk` does that. The chunks'
 * payloads share memory with `bytes`. Throws `DVCE_BATCH_INVALID`.
 */
export function decodeBatch(bytes: Buffer): EncodedChunk[] {
  const parser = new BatchParser();
  const chunks = [...parser.push(bytes)];
  parser.finish();
  return chunks;
}

/** The chunks of records that lie side by side, as `encodeBatchRecords` packs them. Otherwise as {@link decodeBatch}. */
export function decodeBatchRecords(records: Buffer): EncodedChunk[] {
  const chunks: EncodedChunk[] = [];
  for (let at = 0; at < records.length;) {
    if (records.length - at < recordHeaderSizeBytes) throw invalid("it was cut off");
    const header = parseHeader(records, at);
    const end = at + recordHeaderSizeBytes + header.payloadBytes;
    if (end > records.length) throw invalid("it was cut off");
    chunks.push(chunkAt(records, at, header));
    at = end;
  }
  return chunks;
}

/**
 * Takes a batch apart as it arrives, holding one chunk and one piece of the stream in memory.
 * Throws `DVCE_BATCH_INVALID`, also when the stream ends before the batch does.
 */
export async function* decodeBatchStream(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<EncodedChunk, void, undefined> {
  for await (const chunks of decodeBatchPieces(stream)) yield* chunks;
}

/** As {@link decodeBatchStream}, with the chunks that each piece of the stream completes together: cheaper where they are many. */
export async function* decodeBatchPieces(
  stream: AsyncIterable<Buffer | string>,
): AsyncGenerator<EncodedChunk[], void, undefined> {
  const parser = new BatchParser();
  for await (const piece of stream) {
    const chunks: EncodedChunk[] = [];
    try {
      const bytes = typeof piece === "string" ? Buffer.from(piece, "latin1") : piece;
      for (const chunk of parser.push(bytes)) chunks.push(chunk);
    } finally {
      if (chunks.length > 0) yield chunks; // also those before what is wrong with the piece
    }
  }
  parser.finish();
}

class BatchParser {
  /** Pieces that are not wholly consumed; what lies across them is joined only when all of it has arrived. */
  #pieces: Buffer[] = [];
  /** Consumed bytes of the first. */
  #at = 0;
  #waitingBytes = 0;
  #receivedBytes = 0;
  #count = 0;
  #started = false;
  #ended = false;

  *push(piece: Buffer): Generator<EncodedChunk, void, undefined> {
    this.#receivedBytes += piece.length;
    if (this.#receivedBytes > batchSizeBytesMax) throw invalid(`it has more than ${batchSizeBytesMax} bytes`);
    this.#pieces.push(piece);
    this.#waitingBytes += piece.length;
    if (!this.#started) {
      const bytes = this.#gather(batchMagic.length);
      if (bytes === undefined) return;
      if (bytes.compare(batchMagic, 0, batchMagic.length, this.#at, this.#at + batchMagic.length) !== 0)
        throw invalid('it does not start with "DVCEBAT1"');
      this.#drop(batchMagic.length);
      this.#started = true;
    }
    while (!this.#ended) {
      const chunk = this.#next();
      if (chunk === undefined) break;
      yield chunk;
    }
    if (this.#ended && this.#waitingBytes > 0) throw invalid("bytes follow its end");
  }

  finish(): void {
    if (!this.#ended) throw invalid("it was cut off");
  }

  /** The next whole chunk; undefined when its bytes have not arrived or the end was reached. */
  #next(): EncodedChunk | undefined {
    let bytes = this.#gather(endSizeBytes);
    if (bytes === undefined) return undefined;
    if (bytes.readUIntLE(this.#at + 1, 3) !== 0) throw invalid("bytes 1 to 3 of a record must be zero");
    const codec = bytes.readUInt8(this.#at);
    if (codec === codecEnd) {
      const count = bytes.readUInt32LE(this.#at + 4);
      if (count !== this.#count) throw invalid(`it announces ${count} chunks and holds ${this.#count}`);
      this.#drop(endSizeBytes);
      this.#ended = true;
      return undefined;
    }
    checkCodec(codec);
    bytes = this.#gather(recordHeaderSizeBytes);
    if (bytes === undefined) return undefined;
    const header = parseHeader(bytes, this.#at);
    bytes = this.#gather(recordHeaderSizeBytes + header.payloadBytes);
    if (bytes === undefined) return undefined;
    const chunk = chunkAt(bytes, this.#at, header);
    this.#drop(recordHeaderSizeBytes + header.payloadBytes);
    if (++this.#count > batchChunkCountMax) throw invalid(`it has more than ${batchChunkCountMax} chunks`);
    return chunk;
  }

  /** The piece in which the next `size` bytes lie, from {@link #at} on; undefined when fewer wait. */
  #gather(size: number): Buffer | undefined {
    if (this.#waitingBytes < size) return undefined;
    const [first] = this.#pieces;
    if (first !== undefined && first.length - this.#at >= size) return first;
    if (first !== undefined) this.#pieces[0] = first.subarray(this.#at);
    this.#at = 0;
    // Joins no more than is asked for: the rest of the last piece stays as it came.
    let count = 0;
    let joinedBytes = 0;
    while (joinedBytes < size) joinedBytes += this.#pieces[count++]?.length ?? 0;
    const parts = this.#pieces.splice(0, count);
    const joined = Buffer.concat(parts, size);
    const last = parts[count - 1] ?? joined;
    const rest = last.subarray(last.length - (joinedBytes - size));
    this.#pieces.unshift(...(rest.length > 0 ? [joined, rest] : [joined]));
    return joined;
  }

  #drop(size: number): void {
    this.#waitingBytes -= size;
    this.#at += size;
    if (this.#at < (this.#pieces[0]?.length ?? 0)) return;
    this.#pieces.shift();
    this.#at = 0;
  }
}

/** What a record's header says. */
interface Header {
  readonly codec: Codec;
  readonly sizeBytes: number;
  readonly payloadBytes: number;
}

/** The chunk of the whole record at `at`, which has this header. */
function chunkAt(bytes: Buffer, at: number, { codec, sizeBytes, payloadBytes }: Header): EncodedChunk {
  const payloadAt = at + recordHeaderSizeBytes;
  const digest = bytes.toString("hex", at + 12, payloadAt);
  return { digest, sizeBytes, codec, payload: bytes.subarray(payloadAt, payloadAt + payloadBytes) };
}

function parseHeader(bytes: Buffer, at: number): Header {
  const codec = bytes.readUInt8(at);
  checkCodec(codec);
  const sizeBytes = bytes.readUInt32LE(at + 4);
  const payloadBytes = bytes.readUInt32LE(at + 8);
  if (sizeBytes < 1 || sizeBytes > chunkSizeBytesMax) {
    throw invalid(`a chunk of ${sizeBytes} bytes; a chunk has 1 to ${chunkSizeBytesMax}`);
  }
  if (codec === codecRaw ? payloadBytes !== sizeBytes : payloadBytes < 1 || payloadBytes >= sizeBytes) {
    throw invalid(`${payloadBytes} bytes of payload for a chunk of ${sizeBytes}`);
  }
  return { codec: codec === codecRaw ? "raw" : "zstd", sizeBytes, payloadBytes };
}

function checkCodec(codec: number): void {
  if (codec !== codecRaw && codec !== codecZstd) throw invalid(`codec ${codec} is not known`);
}

function invalid(why: string): DvceError {
  return new DvceError("DVCE_BATCH_INVALID", `This is not a valid batch of chunks: ${why}.`);
}
