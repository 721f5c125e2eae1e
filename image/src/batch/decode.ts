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
    const header = records.subarray(at, at + recordHeaderSizeBytes);
    if (header.length < recordHeaderSizeBytes) throw invalid("it was cut off");
    const parsed = parseHeader(header);
    const end = at + recordHeaderSizeBytes + parsed.payloadBytes;
    if (end > records.length) throw invalid("it was cut off");
    chunks.push(chunkOf(records.subarray(at, end), parsed));
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
  /** Pieces that are not yet consumed; what lies across them is joined only when all of it has arrived. */
  #pieces: Buffer[] = [];
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
      const magic = this.#peek(batchMagic.length);
      if (magic === undefined) return;
      if (!magic.equals(batchMagic)) throw invalid('it does not start with "DVCEBAT1"');
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
    const kind = this.#peek(endSizeBytes);
    if (kind === undefined) return undefined;
    if (kind[1] !== 0 || kind[2] !== 0 || kind[3] !== 0)
      throw invalid("bytes 1 to 3 of a record must be zero");
    const codec = kind.readUInt8(0);
    if (codec === codecEnd) {
      const count = kind.readUInt32LE(4);
      if (count !== this.#count) throw invalid(`it announces ${count} chunks and holds ${this.#count}`);
      this.#drop(endSizeBytes);
      this.#ended = true;
      return undefined;
    }
    checkCodec(codec);
    const header = this.#peek(recordHeaderSizeBytes);
    if (header === undefined) return undefined;
    const parsed = parseHeader(header);
    const record = this.#peek(recordHeaderSizeBytes + parsed.payloadBytes);
    if (record === undefined) return undefined;
    this.#drop(record.length);
    if (++this.#count > batchChunkCountMax) throw invalid(`it has more than ${batchChunkCountMax} chunks`);
    return chunkOf(record, parsed);
  }

  /** The first `size` waiting bytes in one buffer, or undefined when fewer wait. */
  #peek(size: number): Buffer | undefined {
    if (this.#waitingBytes < size) return undefined;
    const first = this.#pieces[0] ?? Buffer.alloc(0);
    if (first.length >= size) return first.subarray(0, size);
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
    const first = this.#pieces[0] ?? Buffer.alloc(0);
    this.#waitingBytes -= size;
    if (first.length === size) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(size);
  }
}

/** What a record's header says. */
interface Header {
  readonly codec: Codec;
  readonly sizeBytes: number;
  readonly payloadBytes: number;
}

function chunkOf(record: Buffer, { codec, sizeBytes }: Header): EncodedChunk {
  const digest = record.toString("hex", 12, recordHeaderSizeBytes);
  return { digest, sizeBytes, codec, payload: record.subarray(recordHeaderSizeBytes) };
}

function parseHeader(header: Buffer): Header {
  const codec = header.readUInt8(0);
  checkCodec(codec);
  const sizeBytes = header.readUInt32LE(4);
  const payloadBytes = header.readUInt32LE(8);
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
