import type { EncodedChunk } from "../codec/codec";
import {
  batchChunkCountMax,
  batchMagic,
  batchSizeBytesMax,
  codecRaw,
  codecZstd,
  endSizeBytes,
  recordHeaderSizeBytes,
} from "./format";

/** Bytes that a chunk takes in a batch. */
export function batchRecordSizeBytes(chunk: EncodedChunk): number {
  return recordHeaderSizeBytes + chunk.payload.length;
}

/** Packs chunks into one batch; see format.ts. Throws `RangeError` beyond its bounds. */
export function encodeBatch(chunks: readonly EncodedChunk[]): Buffer {
  const parts: Buffer[] = [batchMagic];
  for (const chunk of chunks) parts.push(recordHeader(chunk), chunk.payload);
  parts.push(end(chunks.length));
  const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (chunks.length > batchChunkCountMax || sizeBytes > batchSizeBytesMax) {
    throw new RangeError(
      `a batch of ${chunks.length} chunks and ${sizeBytes} bytes; ` +
        `at most ${batchChunkCountMax} chunks and ${batchSizeBytesMax} bytes are allowed`,
    );
  }
  return Buffer.concat(parts, sizeBytes);
}

/** A batch in parts: this, then a record for each chunk, then the end. */
export const batchStart: Buffer = Buffer.from(batchMagic);

/** One chunk's part of a batch. */
export function encodeBatchRecord(chunk: EncodedChunk): Buffer {
  return Buffer.concat([recordHeader(chunk), chunk.payload]);
}

/** The chunks' parts of a batch side by side, in memory of their own. */
export function encodeBatchRecords(chunks: readonly EncodedChunk[]): Buffer<ArrayBuffer> {
  const sizeBytes = chunks.reduce((sum, chunk) => sum + batchRecordSizeBytes(chunk), 0);
  const records = Buffer.allocUnsafeSlow(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    writeRecordHeader(chunk, records, at);
    at += recordHeaderSizeBytes;
    at += chunk.payload.copy(records, at);
  }
  return records;
}

/** What ends a batch of so many chunks. */
export function encodeBatchEnd(count: number): Buffer {
  return end(count);
}

/** The same batch as a stream, one chunk in memory at a time. The caller keeps to the bounds of format.ts. */
export async function* encodeBatchStream(
  chunks: AsyncIterable<EncodedChunk> | Iterable<EncodedChunk>,
): AsyncGenerator<Buffer, void, undefined> {
  let count = 0;
  yield batchMagic;
  for await (const chunk of chunks) {
    count++;
    yield Buffer.concat([recordHeader(chunk), chunk.payload]);
  }
  yield end(count);
}

function recordHeader(chunk: EncodedChunk): Buffer {
  const header = Buffer.allocUnsafe(recordHeaderSizeBytes);
  writeRecordHeader(chunk, header, 0);
  return header;
}

function writeRecordHeader(chunk: EncodedChunk, target: Buffer, at: number): void {
  target.writeUInt32LE(chunk.codec === "raw" ? codecRaw : codecZstd, at); // and three zeros
  target.writeUInt32LE(chunk.sizeBytes, at + 4);
  target.writeUInt32LE(chunk.payload.length, at + 8);
  target.write(chunk.digest, at + 12, "hex");
}

function end(count: number): Buffer {
  const bytes = Buffer.alloc(endSizeBytes);
  bytes.writeUInt32LE(count, 4);
  return bytes;
}
