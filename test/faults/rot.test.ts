/**
 * Three replicas of 10,000 chunks rot: bits flip, records are zeroed, swapped and forged, packs are cut off. Scrubbers find
 * all of it and heal what has one good copy left, while readers read; nobody is ever given a wrong byte, and what is lost is
 * named. DVCE_TEST_SEED repeats a run.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { DvceError } from "@dvce/api";
import { decodeChunk, encodeChunk, type EncodedChunk } from "@dvce/image";
import { Scrubber } from "../../service/src/scrub/scrubber";
import { type ChunkStore, openPackStore, type PackStoreOptions } from "../../service/src/store";
import { announceSeed, Random } from "../support/random";
import { damage } from "./damage";

const seed = announceSeed("rot");
jest.setTimeout(600_000);

const chunkCount = 10_000;
const replicaCount = 3;

/** 1, 2 or 3 KiB, so that many records are of one size and can be swapped; a quarter of them compressible. */
function makeChunk(i: number): EncodedChunk {
  const block = (salt: number) => createHash("sha512").update(`${seed}/${i}/${salt}`).digest();
  const sizeBytes = 1024 * (1 + (i % 3));
  const noiseBytes = i % 4 === 0 ? sizeBytes / 2 : sizeBytes;
  const noise = Array.from({ length: noiseBytes / 64 }, (_, salt) => block(salt));
  return encodeChunk(Buffer.concat([...noise, Buffer.alloc(sizeBytes, "x")], sizeBytes));
}

let directory: string;
let chunks: Map<string, EncodedChunk>;
let data: Map<string, Buffer>;
beforeAll(() => {
  chunks = new Map(
    Array.from({ length: chunkCount }, (_, i) => makeChunk(i)).map((one) => [one.digest, one]),
  );
  data = new Map([...chunks].map(([digest, chunk]) => [digest, Buffer.from(decodeChunk(chunk))]));
});
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-rot-"))));
afterEach(() => rm(directory, { recursive: true }));

/** How a node decodes what it reads; throws when that is not the chunk. */
type Decode = (chunk: EncodedChunk) => Buffer;

/** Notices what does not decompress, and nothing else. */
const withoutDigestCheck: Decode = ({ codec, payload, digest }) => {
  try {
    return codec === "raw" ? payload : zstdDecompressSync(payload);
  } catch {
    throw new DvceError("DVCE_CHUNK_CORRUPT", `Chunk ${digest} does not decompress.`);
  }
};

interface Result {
  /** Bytes of chunks that were served and are not what was put. */
  wrong: number;
  served: number;
  /** Of each replica. */
  readonly replicas: {
    readonly bad: Set<string>;
    readonly found: Set<string>;
    readonly lost: readonly string[];
  }[];
  /** Chunks that a replica does not serve, or not as they were put, at the end. */
  readonly missing: Set<string>[];
}

async function rot(share: number, decode: Decode): Promise<Result> {
  const random = new Random(seed + Math.round(share * 1000));
  const options: PackStoreOptions = {
    packSizeBytesMax: 4 * 1024 * 1024,
    decode: async (chunk) => decode(chunk),
  };
  const stores: ChunkStore[] = [];
  for (let i = 0; i < replicaCount; i++)
    stores.push(await openPackStore(join(directory, String(i)), options));
  try {
    const digests = [...chunks.keys()];
    for (const store of stores) await store.put([...chunks.values()], { verified: true });
    // Of the chosen, most are bad on one node, some on two, and some everywhere.
    const chosen = digests.filter(() => random.below(10_000) < share * 10_000);
    const bad = stores.map((store, i) => {
      const here = chosen.filter((_, n) => (n % 20 === 0 ? true : n % 5 === 0 ? n % 3 !== i : n % 3 === i));
      return damage(store, here, random);
    });
    const result: Result = { wrong: 0, served: 0, replicas: [], missing: [] };
    /** As a node reads: its own store, else nothing; the digest is checked by decoding. */
    const read = async (store: ChunkStore, digest: string): Promise<EncodedChunk | undefined> => {
      const chunk = await store.get(digest);
      if (chunk === undefined) return undefined;
      let bytes: Buffer;
      try {
        bytes = decode(chunk);
      } catch {
        await store.verify(digest);
        return undefined;
      }
      result.served++;
      if (data.get(digest)?.equals(bytes) !== true) result.wrong++;
      return chunk;
    };
    const found = stores.map(() => new Set<string>());
    const scrubbers = stores.map((store, i) => {
      const others = stores.filter((other) => other !== store);
      return new Scrubber({
        store,
        async repair(digest) {
          for (const other of others) {
            const chunk = await read(other, digest);
            if (chunk === undefined) continue;
            await store.put([chunk], { verified: true });
            return true;
          }
          return false;
        },
        bucket: { take: async () => undefined },
        onFinding: ({ digest, outcome }) => void (outcome === "found" && found[i]?.add(digest)),
        portionBytes: 256 * 1024,
      });
    });
    let scrubbing = true;
    const readers = stores.map(async (store) => {
      while (scrubbing) {
        await read(store, random.pick([digests[random.below(digests.length)] ?? "", ...chosen.slice(0, 1)]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await Promise.all(scrubbers.map((scrubber) => scrubber.pass()));
    // What was asked of a node before that node knew better is tried once more.
    for (const scrubber of scrubbers) await scrubber.repairQuarantined();
    scrubbing = false;
    await Promise.all(readers);
    for (const [i, store] of stores.entries()) {
      const missing = new Set<string>();
      for (const digest of digests) if ((await read(store, digest)) === undefined) missing.add(digest);
      result.missing.push(missing);
      result.replicas.push({
        bad: bad[i] ?? new Set(),
        found: found[i] ?? new Set(),
        lost: scrubbers[i]?.state.lost ?? [],
      });
    }
    return result;
  } finally {
    for (const store of stores) await store.close();
  }
}

const sorted = (digests: Iterable<string>) => [...digests].sort();

it.each([0.01, 0.05, 0.2])(
  "finds and heals rot in %d of the chunks, and names what is lost",
  async (share) => {
    const { wrong, served, replicas, missing } = await rot(share, decodeChunk);
    const lost = sorted([...chunks.keys()].filter((digest) => replicas.every(({ bad }) => bad.has(digest))));
    const badCount = replicas.reduce((sum, { bad }) => sum + bad.size, 0);
    process.stderr.write(
      `rot: ${share * 100} %: ${badCount} bad records, ${lost.length} chunks lost everywhere; ${served} reads, ${wrong} wrong\n`,
    );
    expect(badCount).toBeGreaterThanOrEqual(chunkCount * share);
    expect(wrong).toBe(0);
    expect(served).toBeGreaterThan(chunkCount * 2.5);
    expect(lost.length).toBeGreaterThan(0);
    for (const [i, { bad, found, lost: named }] of replicas.entries()) {
      expect(sorted(found)).toEqual(sorted(bad));
      expect(sorted(named)).toEqual(lost);
      expect(sorted(missing[i] ?? [])).toEqual(lost);
    }
  },
);

it("would notice a store that does not check digests", async () => {
  const { wrong, replicas } = await rot(0.05, withoutDigestCheck);
  expect(wrong).toBeGreaterThan(0);
  expect(replicas.some(({ bad, found }) => found.size < bad.size)).toBe(true);
});
