/**
 * Broken packs, records, indexes and quarantine lists: nothing crashes or hangs, memory stays flat, and whatever a store made
 * of them serves is what was put, or is refused by its digest. DVCE_TEST_SEED repeats a run.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { isDvceError } from "@dvce/api";
import { decodeChunk, encodeChunk, type EncodedChunk } from "@dvce/image";
import { encodePackHeader, encodeRecordHeader, parseRecordHeader } from "../../service/src/store/pack/format";
import { openPackStore } from "../../service/src/store/pack/pack-store";
import { decodeQuarantine, encodeQuarantine } from "../../service/src/store/pack/quarantine";
import { checkRecord } from "../../service/src/store/pack/record";
import { scanPack } from "../../service/src/store/pack/scan";
import {
  decodeSidecar,
  decodeSidecarOfAnySize,
  encodeSidecar,
  type SidecarRecord,
} from "../../service/src/store/pack/sidecar";
import { SimulatedDisk } from "../../service/src/store/pack/simulated-disk";
import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";
import type { Random } from "../support/random";

jest.setTimeout(600_000);

const chunks = [
  encodeChunk(Buffer.from("compressible ".repeat(100))),
  encodeChunk(randomBytes(300)),
  encodeChunk(Buffer.alloc(5000, "y")),
  encodeChunk(randomBytes(1)),
  encodeChunk(Buffer.from("last one ".repeat(20))),
];

interface MadePack {
  readonly bytes: Buffer;
  readonly sidecar: Buffer;
  readonly records: readonly SidecarRecord[];
}

function makePack(number: number, content: readonly EncodedChunk[]): MadePack {
  const parts = [encodePackHeader(number)];
  const records: SidecarRecord[] = [];
  let offsetBytes = 32;
  for (const chunk of content) {
    const header = encodeRecordHeader(chunk);
    const { sizeBytes, payload } = chunk;
    records.push({
      digest: Buffer.from(chunk.digest, "hex"),
      offsetBytes,
      payloadBytes: payload.length,
      sizeBytes,
    });
    parts.push(header, payload);
    offsetBytes += header.length + payload.length;
  }
  const bytes = Buffer.concat(parts);
  return { bytes, sidecar: encodeSidecar(bytes.length, records), records };
}

const packs = [makePack(1, chunks.slice(0, 3)), makePack(2, chunks.slice(2))] as const;
const quarantine = encodeQuarantine(
  chunks.map(({ digest }, i) => ({
    digest,
    pack: 1,
    offsetBytes: 32 + i,
    atMs: 1_700_000_000_000,
    reason: "damaged",
  })),
);

/** Half of the time: makes the checksum at the end right again, so that what is behind that check is tried as well. */
function seal(random: Random, bytes: Buffer): Buffer {
  if (bytes.length >= 8 && random.below(2) === 0)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** The same for the checksums of a record. */
function sealRecord(random: Random, record: Buffer): Buffer {
  if (record.length > 56 && random.below(2) === 0) {
    record.writeUInt32LE(crc32(record.subarray(56)), 48);
    record.writeUInt32LE(crc32(record.subarray(0, 52)), 52);
  }
  return record;
}

/** Whether a chunk is what its digest says; false when decoding refuses it. Anything else that is thrown fails the run. */
function isRight(chunk: EncodedChunk): boolean {
  try {
    decodeChunk(chunk);
    return true;
  } catch (error) {
    if (isDvceError(error, "DVCE_CHUNK_CORRUPT")) return false;
    throw error;
  }
}

/** A chunk that was decoded has the bytes of its digest; all that can be checked besides is that it was asked for. */
function tryRecord(random: Random): void {
  const { bytes, records } = random.pick(packs);
  const record = records[random.below(records.length)];
  if (record === undefined) throw new Error("no record");
  const { offsetBytes, payloadBytes, sizeBytes, digest } = record;
  const whole = bytes.subarray(offsetBytes, offsetBytes + 56 + payloadBytes);
  const broken = sealRecord(random, mutate(random, whole, bytes));
  const header = parseRecordHeader(broken, random.below(2) === 0 ? 0 : random.below(broken.length + 8));
  if (header !== undefined && (header.sizeBytes > 262_144 || header.payloadBytes > header.sizeBytes))
    throw new Error("a header that is not allowed was believed");
  const chunk = checkRecord(broken, digest, { pack: 1, offsetBytes, payloadBytes, sizeBytes });
  if (chunk === undefined || !isRight(chunk)) return;
  const put = chunks.find((one) => one.digest === chunk.digest);
  if (put === undefined || !decodeChunk(chunk).equals(decodeChunk(put)))
    throw new Error("other bytes were served");
}

async function tryScan(random: Random): Promise<void> {
  const { bytes } = random.pick(packs);
  const broken = mutate(random, bytes);
  const file = {
    read: async (at: number, target: Buffer) => broken.copy(target, 0, at, at + target.length),
  };
  let end = 0;
  await scanPack(file, broken.length, ({ offsetBytes, payloadBytes, sizeBytes }) => {
    if (offsetBytes < end || sizeBytes > 262_144) throw new Error("records overlap, or are too large");
    end = offsetBytes + 56 + payloadBytes;
    if (end > broken.length) throw new Error("a record behind the end");
  });
}

function trySidecar(random: Random): void {
  const { bytes, sidecar } = random.pick(packs);
  const broken = seal(random, mutate(random, sidecar, quarantine));
  for (const records of [decodeSidecar(broken, bytes.length), decodeSidecarOfAnySize(broken)?.records])
    for (const { payloadBytes, sizeBytes } of records ?? [])
      if (payloadBytes > 262_144 || sizeBytes > 262_144) throw new Error("an impossible record was believed");
}

function tryQuarantine(random: Random): void {
  decodeQuarantine(seal(random, mutate(random, quarantine, packs[0].sidecar)));
}

let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-fuzz-pack-"))));
afterAll(() => rm(directory, { recursive: true }));

/** A whole store with some of its files broken: opened, read, verified, and read again. */
async function tryStore(random: Random): Promise<void> {
  const disk = new SimulatedDisk();
  const place = (name: string, bytes: Buffer) =>
    disk.place(name, random.below(2) === 0 ? seal(random, mutate(random, bytes, packs[0].bytes)) : bytes);
  packs.forEach(({ bytes, sidecar }, i) => {
    place(`0000000${i + 1}.pack`, bytes);
    if (random.below(3) > 0) place(`0000000${i + 1}.index`, sidecar);
  });
  if (random.below(3) === 0) place("quarantine", quarantine);
  const store = await openPackStore(directory, { files: disk.files() });
  try {
    const readAll = async () => {
      let wrong = 0;
      for (const digest of [...store.digests()]) {
        const chunk = await store.get(digest);
        if (chunk !== undefined && (chunk.digest !== digest || !isRight(chunk))) wrong++;
      }
      return wrong;
    };
    await readAll();
    let cursor: string | undefined;
    do cursor = (await store.verifyNext(cursor, 1000)).cursor;
    while (cursor !== undefined);
    if ((await readAll()) > 0) throw new Error("a verified store still has bad chunks");
    await store.put(chunks);
    for (const { digest, payload } of chunks)
      if ((await store.get(digest))?.payload.equals(payload) !== true)
        throw new Error(`${basename(digest)} is lost`);
    await store.collect({ isReferenced: () => false, graceMs: 0 });
    if (store.chunkCount !== 0) throw new Error("chunks were left");
  } finally {
    await store.close();
  }
}

it("makes nothing wrong of broken packs", async () => {
  await fuzz({
    suite: "pack",
    async attempt(random) {
      const kind = random.below(100);
      if (kind < 3) await tryStore(random);
      else if (kind < 30) await tryScan(random);
      else if (kind < 60) tryRecord(random);
      else if (kind < 90) trySidecar(random);
      else tryQuarantine(random);
    },
  });
});
