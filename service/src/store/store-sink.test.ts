import { encodeChunk } from "@dvce/image";
import { MemoryChunkStore } from "./memory-chunk-store";
import { storeSink } from "./store-sink";

const chunks = Array.from({ length: 4 }, (_, i) => encodeChunk(Buffer.alloc(1000, `chunk ${i} `)));
const digests = chunks.map(({ digest }) => digest);

it("answers what the store lacks, and puts it", async () => {
  const store = new MemoryChunkStore();
  await store.put(chunks.slice(0, 1));
  const sink = storeSink(store);
  expect(await sink.missing(digests)).toEqual(digests.slice(1));
  await sink.put(chunks.slice(1));
  expect(digests.every((digest) => store.has(digest))).toBe(true);
});

it("lets one ingest wait for the chunks that another is about to put", async () => {
  const store = new MemoryChunkStore();
  const first = storeSink(store);
  const second = storeSink(store);
  expect(await first.missing(digests.slice(0, 3))).toEqual(digests.slice(0, 3));
  let answered = false;
  const missing = second.missing(digests.slice(1)).finally(() => {
    answered = true;
  });
  await first.put(chunks.slice(0, 2));
  await new Promise((resolve) => setImmediate(resolve));
  expect(answered).toBe(false);
  await first.put(chunks.slice(2, 3));
  expect(await missing).toEqual(digests.slice(3));
});

it("takes over what the other gave up or could not put", async () => {
  const store = new MemoryChunkStore();
  const first = storeSink(store);
  const second = storeSink(store);
  await first.missing(digests);
  const missing = second.missing(digests);
  const put = jest.spyOn(store, "put").mockRejectedValueOnce(new Error("full"));
  await expect(first.put(chunks.slice(0, 2))).rejects.toThrow("full");
  put.mockRestore();
  first.close?.();
  expect(await missing).toEqual(digests);
  await second.put(chunks);
  expect(await storeSink(store).missing(digests)).toEqual([]);
});
