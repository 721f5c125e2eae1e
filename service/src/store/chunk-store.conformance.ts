/** What every adapter of the `ChunkStore` port does. Each adapter's own test runs this suite on itself. */
import { randomBytes } from "node:crypto";
import { decodeChunk, digestOf, encodeChunk, type EncodedChunk } from "@dvce/image";
import fc from "fast-check";
import type { ChunkStore } from "./chunk-store";

export interface TestClocks {
  readonly monotonicMs: () => number;
  readonly nowMs: () => number;
}

/** @param damage makes the stored bytes of a chunk wrong, behind the store's back */
export function describeChunkStore(
  name: string,
  open: (clocks: TestClocks) => Promise<ChunkStore>,
  damage: (store: ChunkStore, digest: string) => Promise<void>,
): void {
  describe(`${name} as a chunk store`, () => {
    let store: ChunkStore;
    let timeMs: number;
    beforeEach(async () => {
      timeMs = 1000;
      store = await open({ monotonicMs: () => timeMs, nowMs: () => 1_700_000_000_000 + timeMs });
    });
    afterEach(() => store.close());

    const collect = (referenced: readonly EncodedChunk[], graceMs: number) => {
      const names = new Set(referenced.map(({ digest }) => digest));
      return store.collect({ isReferenced: (digest) => names.has(digest.toString("hex")), graceMs });
    };
    const present = (chunks: readonly EncodedChunk[]) => chunks.map(({ digest }) => store.has(digest));

    const chunkOf = (text: string) => encodeChunk(Buffer.from(text.repeat(50)));

    it("gives back what was put, compressed and raw", async () => {
      const chunks = [
        chunkOf("compressible "),
        encodeChunk(randomBytes(256 * 1024)),
        encodeChunk(Buffer.from("x")),
      ];
      expect(chunks.map(({ codec }) => codec)).toEqual(["zstd", "raw", "raw"]);
      await store.put(chunks);
      for (const chunk of chunks) {
        expect(store.has(chunk.digest)).toBe(true);
        const { payload, ...rest } = chunk;
        const found = await store.get(chunk.digest);
        expect(found).toMatchObject(rest);
        expect(found?.payload.equals(payload)).toBe(true); // toEqual takes seconds for buffers of this size
      }
      expect(store.chunkCount).toBe(3);
      expect(store.storedBytes).toBeGreaterThanOrEqual(256 * 1024);
    });

    it("knows nothing of chunks that were not put", async () => {
      const digest = digestOf(Buffer.from("absent"));
      expect(store.has(digest)).toBe(false);
      expect(await store.get(digest)).toBeUndefined();
      await store.put([]);
      expect(store.chunkCount).toBe(0);
    });

    it("keeps a chunk once, however often and however concurrently it is put", async () => {
      const chunk = chunkOf("one of a kind ");
      await Promise.all(Array.from({ length: 8 }, () => store.put([chunk, chunk])));
      const { storedBytes } = store;
      await store.put([chunk]);
      expect(store.chunkCount).toBe(1);
      expect(store.storedBytes).toBe(storedBytes);
    });

    it("refuses a chunk whose bytes do not have its digest, and all that came with it", async () => {
      const good = chunkOf("good ");
      const bad: EncodedChunk = { ...chunkOf("bad "), digest: digestOf(Buffer.from("another")) };
      await expect(store.put([good, bad])).rejects.toMatchObject({ code: "DVCE_CHUNK_CORRUPT" });
      expect(store.has(good.digest)).toBe(false);
      expect(store.has(bad.digest)).toBe(false);
      expect(store.chunkCount).toBe(0);
    });

    it("behaves as a map under concurrent puts and gets", async () => {
      const texts = fc.array(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 8 }), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(texts, async (puts) => {
          await Promise.all(puts.map((put) => store.put(put.map(chunkOf))));
          for (const text of puts.flat()) {
            const chunk = await store.get(chunkOf(text).digest);
            expect(chunk && decodeChunk(chunk).toString()).toBe(text.repeat(50));
          }
        }),
        { numRuns: 20 },
      );
    });

    it("lists every chunk that is here", async () => {
      const chunks = [chunkOf("a"), chunkOf("b"), chunkOf("c")];
      await store.put(chunks);
      await store.delete([chunks[1]?.digest ?? ""]);
      expect([...store.digests()].sort()).toEqual([chunks[0]?.digest, chunks[2]?.digest].sort());
    });

    it("collects what nothing refers to and nobody put or held within the grace", async () => {
      const [kept, held, put, old] = [chunkOf("kept"), chunkOf("held"), chunkOf("put"), chunkOf("old")];
      await store.put([kept, held, old, put]);
      timeMs += 60_000;
      expect(store.hold([held.digest, digestOf(Buffer.from("absent"))])).toEqual([held.digest]);
      await store.put([put]); // acknowledged again, so promised again
      timeMs += 999;
      const { storedBytes } = store;
      const first = await collect([kept], 1000);
      expect(first).toMatchObject({ droppedChunks: 1 });
      expect(present([kept, held, put, old])).toEqual([true, true, true, false]);
      expect(await store.get(old.digest)).toBeUndefined();
      timeMs += 1;
      const second = await collect([kept], 1000);
      expect(second).toMatchObject({ droppedChunks: 2 });
      expect(present([kept, held, put, old])).toEqual([true, false, false, false]);
      expect(store.storedBytes).toBe(storedBytes - first.reclaimedBytes - second.reclaimedBytes);
      expect(first.droppedBytes).toBeGreaterThan(0);
      expect((await store.get(kept.digest))?.payload.equals(kept.payload)).toBe(true);
      await store.put([old]);
      expect((await store.get(old.digest))?.payload.equals(old.payload)).toBe(true);
    });

    it("keeps what was put just before it is collected, and drops it with no grace", async () => {
      const chunk = chunkOf("fresh");
      await store.put([chunk]);
      expect(await collect([], 1)).toMatchObject({ droppedChunks: 0 });
      expect(await collect([], 0)).toMatchObject({ droppedChunks: 1 });
    });

    it("gives back the space of what it drops", async () => {
      const chunks = Array.from({ length: 40 }, () => encodeChunk(randomBytes(50_000)));
      await store.put(chunks);
      const { storedBytes } = store;
      const kept = chunks.filter((_, i) => i % 4 === 0);
      const { droppedBytes, reclaimedBytes } = await collect(kept, 0);
      expect(droppedBytes).toBeGreaterThanOrEqual(30 * 50_000);
      expect(reclaimedBytes).toBeGreaterThanOrEqual(droppedBytes * 0.9);
      expect(store.storedBytes).toBe(storedBytes - reclaimedBytes);
      for (const chunk of kept)
        expect((await store.get(chunk.digest))?.payload.equals(chunk.payload)).toBe(true);
      await collect([], 0);
      expect(store.chunkCount).toBe(0);
      expect(store.storedBytes).toBeLessThan(1000);
    });

    it("stops collecting when it is told to", async () => {
      await store.put([chunkOf("x")]);
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(store.collect({ isReferenced: () => false, graceMs: 0, signal })).rejects.toThrow(
        "enough",
      );
    });

    it("deletes what it is told to, held or not", async () => {
      const [gone, kept] = [chunkOf("gone"), chunkOf("kept")];
      await store.put([gone, kept]);
      store.hold([gone.digest]);
      const { droppedBytes } = await store.delete([gone.digest, digestOf(Buffer.from("absent"))]);
      expect(droppedBytes).toBeGreaterThan(0);
      expect(present([gone, kept])).toEqual([false, true]);
      expect((await store.get(kept.digest))?.payload.equals(kept.payload)).toBe(true);
    });

    it("verifies everything in portions, and quarantines what is bad until it is put again", async () => {
      const chunks = Array.from({ length: 12 }, (_, i) => chunkOf(`chunk ${i} `));
      await store.put(chunks);
      const [first, second] = [chunks[3] ?? chunkOf(""), chunks[11] ?? chunkOf("")];
      for (const { digest } of [first, second]) await damage(store, digest);
      const bad: string[] = [];
      let checked = 0;
      let portions = 0;
      let cursor: string | undefined;
      do {
        const verified = await store.verifyNext(cursor, 100);
        expect(verified.checkedBytes).toBeGreaterThan(0);
        checked += verified.checkedChunks;
        bad.push(...verified.bad);
        cursor = verified.cursor;
        portions++;
      } while (cursor !== undefined);
      expect(checked).toBe(12);
      expect(portions).toBeGreaterThan(2);
      expect(bad).toEqual([first.digest, second.digest]);
      expect(present([first, second])).toEqual([false, false]);
      expect(store.quarantined()).toMatchObject([
        { digest: first.digest, atMs: 1_700_000_001_000 },
        { digest: second.digest, reason: "its bytes are damaged" },
      ]);
      await store.put([first]);
      expect(store.quarantined()).toMatchObject([{ digest: second.digest }]);
      expect(await store.verify(first.digest)).toBe(true);
      expect((await store.get(first.digest))?.payload.equals(first.payload)).toBe(true);
      await store.delete([second.digest]);
      expect(store.quarantined()).toEqual([]);
      expect((await store.verifyNext(undefined, 2 ** 30)).checkedChunks).toBe(11);
    });

    it("verifies one chunk that a reader could not decode", async () => {
      const [good, bad] = [chunkOf("good "), chunkOf("bad ")];
      await store.put([good, bad]);
      await damage(store, bad.digest);
      expect(await store.verify(good.digest)).toBe(true);
      expect(await store.verify(bad.digest)).toBe(false);
      expect(await store.verify(digestOf(Buffer.from("absent")))).toBe(false);
      expect(store.quarantined()).toHaveLength(1);
      expect(await collect([good, bad], 0)).toMatchObject({ droppedChunks: 0 });
      expect(store.quarantined()).toHaveLength(1); // still wanted
      await collect([good], 0);
      expect(store.quarantined()).toEqual([]);
    });
  });
}
