/** Code of the chunk workers. Everything here is synchronous: zlib's asynchronous calls cost half as much again. */
import { crc32 } from "node:zlib";
import { isDvceError } from "@dvce/api";
import { cutRun } from "../chunking/cut";
import { compressChunk, compressedSizeBytesMax, decodeChunk, verifyChunk } from "../codec/codec";
import { digestBytesOf, digestSizeBytes } from "../digest/digest";
import type {
  ChunkAnswer,
  ChunkJob,
  CutAnswer,
  CutJob,
  DecodeAnswer,
  DecodeJob,
  EncodeAnswer,
  EncodeJob,
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

const nothing = new Uint8Array(0);

function decode({ payloads, chunks, discard }: DecodeJob): JobResult<DecodeAnswer> {
  const bytes = Buffer.from(payloads.buffer, payloads.byteOffset, payloads.byteLength);
  const transfer: ArrayBuffer[] = [];
  let at = 0;
  const results = chunks.map(({ payloadBytes, ...chunk }) => {
    const payload = bytes.subarray(at, at + payloadBytes);
    at += payloadBytes;
    try {
      if (discard) {
        verifyChunk({ ...chunk, payload });
        return nothing;
      }
      const data = owned(decodeChunk({ ...chunk, payload }));
      transfer.push(data.buffer);
      return data;
    } catch (error) {
      if (!isDvceError(error)) throw error;
      return { code: error.code, message: error.message };
    }
  });
  return { result: { results }, transfer };
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
