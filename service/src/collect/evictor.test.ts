import { ChunkBitmap, digestOf, encodeChunk, IndexBuilder } from "@dvce/image";
import { Inventory } from "../agent/inventory";
import { KnownVersion } from "../agent/known-versions";
import { LocalChunks } from "../agent/local-chunks";
import { MemoryChunkStore } from "../store";
import { Evictor, type EvictorOptions } from "./evictor";

const data = Array.from({ length: 4 }, (_, i) => Buffer.alloc(4096, i + 1));
const chunks = data.map((bytes) => encodeChunk(bytes));
const builder = new IndexBuilder(data.length * 4096);
data.forEach((bytes, i) => {
  builder.add(Buffer.from(digestOf(bytes), "hex"), 4096, {
    offsetBytes: i * 4096,
    offsetInChunk: 0,
    lengthBytes: 4096,
  });
});
const index = builder.build();

const bits = (bitmap: ChunkBitmap | undefined) => [0, 1, 2, 3].filter((i) => bitmap?.has(i) === true);
const of = (...numbers: number[]) => {
  const bitmap = new ChunkBitmap(4);
  for (const number of numbers) bitmap.set(number);
  return bitmap;
};

async function world(ask: EvictorOptions["ask"]) {
  const store = new MemoryChunkStore();
  const inventory: Inventory = new Inventory((digest) => store.has(digest));
  const local = new LocalChunks({
    store,
    onKept: (digests) => inventory.stay(digests),
    onStored: (digests) => inventory.stored(digests),
    onLost: () => undefined,
    onStoreFailed: () => undefined,
  });
  await store.put(chunks);
  inventory.add(new KnownVersion(index));
  const counted = () => bits(inventory.bitmapOf(index.version));
  const here = () => [0, 1, 2, 3].filter((i) => store.has(index.chunkDigest(i)));
  return { store, inventory, local, counted, here, evictor: new Evictor({ store, inventory, ask }) };
}

describe("Evictor", () => {
  it("stops counting before it asks, and drops what was approved and nothing else", async () => {
    const during: number[][] = [];
    const { evictor, counted, here } = await world(async (_version, _wanted, leave) => {
      during.push(counted());
      leave();
      during.push(counted());
      return of(1, 3); // 3 was not asked for
    });
    expect(await evictor.evict(index, of(1, 2))).toBe(1);
    expect(during).toEqual([
      [0, 1, 2, 3],
      [0, 3],
    ]);
    expect(here()).toEqual([0, 2, 3]);
    expect(counted()).toEqual([0, 2, 3]);
  });

  it("drops nothing without an answer, and counts everything again", async () => {
    const { evictor, counted, here } = await world(async (_version, _wanted, leave) => {
      leave();
      throw new Error("no answer");
    });
    await expect(evictor.evict(index, of(0, 1, 2, 3))).rejects.toThrow("no answer");
    expect(here()).toEqual([0, 1, 2, 3]);
    expect(counted()).toEqual([0, 1, 2, 3]);
  });

  it("keeps what somebody stored, or was told is here, while the answer was on its way", async () => {
    const { evictor, local, counted, here } = await world(async (_version, wanted, leave) => {
      leave();
      const [first, second] = chunks;
      if (first === undefined || second === undefined) throw new Error("too few chunks");
      await local.putDurably([first]);
      expect(await local.sink().missing([second.digest])).toEqual([]);
      expect(counted()).toEqual([0, 1]);
      return wanted;
    });
    expect(await evictor.evict(index, of(0, 1, 2, 3))).toBe(2);
    expect(here()).toEqual([0, 1]);
    expect(counted()).toEqual([0, 1]);
  });

  it("counts everything again when the store cannot drop", async () => {
    const { evictor, store, counted } = await world(async (_version, wanted, leave) => {
      leave();
      return wanted;
    });
    store.delete = () => Promise.reject(new Error("unwritable"));
    await expect(evictor.evict(index, of(2))).rejects.toThrow("unwritable");
    expect(counted()).toEqual([0, 1, 2, 3]);
  });
});
