/**
 * Reads chunks of this node as records of a batch (image/src/batch/format.ts), straight from its packs.
 *
 * Bytes 4 to 47 of a pack's record are the header of a batch's record, and its payload is the same: so records that lie side
 * by side in a pack are read in one go and moved together in place, and nothing is decoded or encoded. The pack's checksums
 * are checked, so that damage found here is healed here; the receiver checks the digests.
 */
import { encodeBatchRecord, type EncodedChunk } from "@dvce/image";
import { read } from "node:fs";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { parseRecordHeader, recordHeaderSizeBytes, type ChunkPlace } from "../store";

/** The node's own chunks, as much of them as serving takes. */
export interface ServedChunks {
  has(digest: string): boolean;
  arriving(digest: string): EncodedChunk | undefined;
  locate(digest: string): ChunkPlace | undefined;
  get(digest: string): Promise<EncodedChunk | undefined>;
  /** Looks for damage, and heals it. */
  verify(digest: string): Promise<boolean>;
}

/** Records as they go into a batch. Their bytes hold until the next are taken. */
export interface Records {
  readonly bytes: Buffer;
  readonly count: number;
}

/** Records in a buffer that is used again for others. */
interface ReadRecords extends Records {
  readonly from?: Buffer;
}

/** Chunks whose records lie side by side in one file. */
interface Run {
  readonly fd: number;
  readonly offsetBytes: number;
  sizeBytes: number;
  readonly chunks: { readonly digest: string; readonly place: ChunkPlace }[];
}

/** Read in one go; also what one answer holds in memory, times {@link readAhead} and one. */
const runBytesMax = 512 * 1024;
/** Runs that are being read while one is sent. */
const readAhead = 1;
/** Bytes of a pack's record that a batch's record does not have: before the common header and behind it. */
const packOnlyBefore = 4;
const packOnlyAfter = 8;
const batchHeaderSizeBytes = recordHeaderSizeBytes - packOnlyBefore - packOnlyAfter;

const readFile = promisify(read);

/** Those of the chunks that are here, in the order asked. Ends early when nobody takes more. */
export async function* storedRecords(
  chunks: ServedChunks,
  digests: readonly string[],
): AsyncGenerator<Records, void, undefined> {
  const reading: Promise<ReadRecords>[] = [];
  try {
    for (const part of parts(chunks, digests)) {
      const records = part instanceof Array ? memoryRecords(part) : readRun(chunks, part);
      records.catch(() => undefined); // awaited below, unless nobody takes it
      reading.push(records);
      if (reading.length > readAhead) yield* taken(reading);
    }
    while (reading.length > 0) yield* taken(reading);
  } finally {
    for (const left of await Promise.allSettled(reading))
      // each has released its places
      if (left.status === "fulfilled" && left.value.from !== undefined) giveBack(left.value.from);
  }
}

async function* taken(reading: Promise<ReadRecords>[]): AsyncGenerator<Records, void, undefined> {
  const records = await reading.shift();
  if (records === undefined) return;
  try {
    if (records.count > 0) yield records;
  } finally {
    if (records.from !== undefined) giveBack(records.from);
  }
}

/** Chunks that are not on the disk yet, or in a store without places, one by one; the rest in runs. */
function* parts(
  chunks: ServedChunks,
  digests: readonly string[],
): Generator<Run | Promise<EncodedChunk | undefined>[], void, undefined> {
  let run: Run | undefined;
  const takeRun = (): Run[] => {
    const taken = run === undefined ? [] : [run];
    run = undefined;
    return taken;
  };
  try {
    for (const digest of digests) {
      const arriving = chunks.arriving(digest);
      const place = arriving === undefined ? chunks.locate(digest) : undefined;
      if (place !== undefined) {
        if (run !== undefined && extend(run, digest, place)) continue;
        const before = takeRun();
        const sizeBytes = recordHeaderSizeBytes + place.payloadBytes;
        run = { fd: place.fd, offsetBytes: place.offsetBytes, sizeBytes, chunks: [{ digest, place }] };
        yield* before;
      } else if (arriving !== undefined || chunks.has(digest)) {
        yield* takeRun();
        yield [arriving === undefined ? chunks.get(digest) : Promise.resolve(arriving)];
      }
    }
    yield* takeRun();
  } finally {
    release(takeRun().flatMap(({ chunks: left }) => left)); // nobody takes more
  }
}

/** Adds a chunk to the run if its record follows it and there is room. */
function extend(run: Run, digest: string, place: ChunkPlace): boolean {
  const sizeBytes = recordHeaderSizeBytes + place.payloadBytes;
  const follows = run.fd === place.fd && run.offsetBytes + run.sizeBytes === place.offsetBytes;
  if (!follows || run.sizeBytes + sizeBytes > runBytesMax) return false;
  run.sizeBytes += sizeBytes;
  run.chunks.push({ digest, place });
  return true;
}

function release(chunks: Run["chunks"]): void {
  for (const { place } of chunks) place.release();
}

async function memoryRecords(chunks: readonly Promise<EncodedChunk | undefined>[]): Promise<Records> {
  const here = (await Promise.all(chunks)).filter((chunk) => chunk !== undefined);
  return { bytes: Buffer.concat(here.map(encodeBatchRecord)), count: here.length };
}

async function readRun(chunks: ServedChunks, run: Run): Promise<ReadRecords> {
  const from = spareBuffers.pop() ?? Buffer.allocUnsafeSlow(runBytesMax);
  const bytes = from.subarray(0, run.sizeBytes);
  let done = 0;
  try {
    while (done < bytes.length) {
      const { bytesRead } = await readFile(run.fd, bytes, done, bytes.length - done, run.offsetBytes + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
  } catch {
    done = 0; // the disk cannot read it; checking below finds out which chunks that concerns
  } finally {
    release(run.chunks);
  }
  return { ...pack(chunks, run, bytes.subarray(0, done)), from };
}

/** New buffers of this size for every run would keep the garbage collector busy. */
const spareBuffers: Buffer[] = [];
const spareBuffersMax = 32;

function giveBack(buffer: Buffer): void {
  if (spareBuffers.length < spareBuffersMax) spareBuffers.push(buffer);
}

/** Moves the run's records together as a batch has them; damaged ones are left out and looked into. */
function pack(chunks: ServedChunks, run: Run, bytes: Buffer): Records {
  let count = 0;
  let to = 0;
  for (const { digest, place } of run.chunks) {
    const at = place.offsetBytes - run.offsetBytes;
    const payloadAt = at + recordHeaderSizeBytes;
    const end = payloadAt + place.payloadBytes;
    if (!isGood(bytes, at, end, digest)) {
      void chunks.verify(digest);
      continue;
    }
    bytes.copyWithin(to, at + packOnlyBefore, at + packOnlyBefore + batchHeaderSizeBytes);
    bytes.copyWithin(to + batchHeaderSizeBytes, payloadAt, end);
    to += batchHeaderSizeBytes + place.payloadBytes;
    count++;
  }
  return { bytes: bytes.subarray(0, to), count };
}

function isGood(bytes: Buffer, at: number, end: number, digest: string): boolean {
  const header = end <= bytes.length ? parseRecordHeader(bytes, at) : undefined;
  const payloadAt = at + recordHeaderSizeBytes;
  return (
    header !== undefined &&
    header.payloadBytes === end - payloadAt &&
    bytes.toString("hex", at + 16, at + 48) === digest &&
    crc32(bytes.subarray(payloadAt, end)) === header.payloadCrc
  );
}
