/** What every adapter of the `ChunkStore` port does. Each adapter's own test runs this suite on itself. */
import { randomBytes } from "node:crypto";
import { decodeChunk, digestOf, encodeChunk, type EncodedChunk } from "@dvce/image";
import fc from "fast-check";
import type { ChunkStore } from "./chunk-store";

export function describeChunkStore(name: string, open: () => Promise<ChunkStore>): void {
  describe(`${name} as a chunk store`, () => {
    let store: ChunkStore;
    beforeEach(async () => void (store = await open()));
    afterEach(() => store.close());

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
  });
}
