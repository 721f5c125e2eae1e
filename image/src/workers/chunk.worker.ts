/** Code of the chunk workers. Everything here is synchronous: zlib's asynchronous calls cost half as much again. */
import { crc32 } from "node:zlib";
import { isDvceError } from "@dvce/api";
import { decodeBatchRecords } from "../batch/decode";
import { cutRun } from "../chunking/cut";
import {
  compressChunk,
  compressedSizeBytesMax,
  decodeChunk,
  type EncodedChunk,
  verifyChunk,
} from "../codec/codec";
import { digestBytesOf, digestSizeBytes } from "../digest/digest";
import type {
  ChunkAnswer,
  ChunkJob,
  CutAnswer,
  CutJob,
  Damage,
  DecodeAnswer,
  DecodeJob,
  EncodeAnswer,
  EncodeJob,
  VerifyAnswer,
  VerifyJob,
} from "./chunk-jobs";
import { type JobResult, serveJobs } from "./serve-jobs";

serveJobs((job: ChunkJob): JobResult<ChunkAnswer> => {
  switch (job.kind) {
    case "cut":
      return cut(job);
    case "encode":
      return encode(job);
    case "decode":
      return decode(job);
    case "verify":
      return verify(job);
  }
});

function cut({ data, runs, chunking }: CutJob): JobResult<CutAnswer> {
  const bytes = Buffer.from(data);
  const ranges: number[] = [];
  for (const { offsetBytes, lengthBytes } of runs) {
    cutRun(bytes.subarray(offsetBytes, offsetBytes + lengthBytes), chunking, (start, end) => {
      ranges.push(offsetBytes + start, end - start);
    });
  }
  const digests = new Uint8Array((ranges.length / 2) * digestSizeBytes);
  eachRange(ranges, (start, length, i) => {
    digests.set(digestBytesOf(bytes.subarray(start, start + length)), i * digestSizeBytes);
  });
  const answer = { ranges: Uint32Array.from(ranges), digests };
  return { result: answer, transfer: [answer.ranges.buffer, digests.buffer] };
}

let scratch: Buffer | undefined;

function encode({ data, ranges, level, digests }: EncodeJob): JobResult<EncodeAnswer> {
  const bytes = Buffer.from(data);
  scratch ??= Buffer.allocUnsafeSlow(compressedSizeBytesMax);
  const compressed = scratch;
  const sizes = new Uint32Array(ranges.length / 2);
  const payloadCrcs = new Uint32Array(sizes.length);
  let other: number | undefined;
  let at = 0;
  eachRange(ranges, (start, length, i) => {
    if (start < at) throw new RangeError(`chunk ${i} begins before the end of the one before it`);
    const chunk = bytes.subarray(start, start + length);
    if (
      digests !== undefined &&
      !digestBytesOf(chunk).equals(digests.subarray(i * digestSizeBytes, (i + 1) * digestSizeBytes))
    )
      other ??= i;
    const size = compressChunk(chunk, compressed, { level });
    const payload = size === undefined ? chunk : compressed.subarray(0, size);
    sizes[i] = size ?? 0;
    payloadCrcs[i] = crc32(payload); // here, while a cache holds it
    payload.copy(bytes, at); // no chunk grows, so this never reaches one that is still to come
    at += payload.length;
  });
  return { result: { sizes, payloadCrcs, other }, transfer: [sizes.buffer, payloadCrcs.buffer] };
}

function decode({ records }: DecodeJob): JobResult<DecodeAnswer> {
  const transfer: ArrayBuffer[] = [];
  const results = chunksOf(records).map((chunk) => {
    try {
      const data = owned(decodeChunk(chunk));
      transfer.push(data.buffer);
      return data;
    } catch (error) {
      return damageOf(error);
    }
  });
  return { result: { results }, transfer };
}

function verify({ records }: VerifyJob): JobResult<VerifyAnswer> {
  const chunks = chunksOf(records);
  const payloadCrcs = new Uint32Array(chunks.length);
  const damaged: VerifyAnswer["damaged"][number][] = [];
  for (const [i, chunk] of chunks.entries()) {
    try {
      verifyChunk(chunk);
      payloadCrcs[i] = crc32(chunk.payload); // here, while a cache holds it
    } catch (error) {
      damaged.push({ i, ...damageOf(error) });
    }
  }
  return { result: { records, payloadCrcs, damaged }, transfer: [records.buffer, payloadCrcs.buffer] };
}

function chunksOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): EncodedChunk[] {
  return decodeBatchRecords(Buffer.from(buffer, byteOffset, byteLength));
}

function damageOf(error: unknown): Damage {
  if (!isDvceError(error)) throw error;
  return { code: error.code, message: error.message };
}

/** The bytes in a buffer of their own, which can move to another thread: a copy where they share one. */
function owned(data: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer } = data;
  const isShared = buffer.byteLength > data.length + 1; // the codec allocates a byte more
  return isShared || !(buffer instanceof ArrayBuffer)
    ? new Uint8Array(data)
    : new Uint8Array(buffer, 0, data.length);
}

function eachRange(
  ranges: ArrayLike<number>,
  onRange: (startBytes: number, lengthBytes: number, i: number) => void,
): void {
  for (let i = 0; i * 2 < ranges.length; i++) onRange(ranges[i * 2] ?? 0, ranges[i * 2 + 1] ?? 0, i);
}
