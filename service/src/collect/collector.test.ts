import { digestOf, encodeChunk, IndexBuilder, type ImageIndex } from "@dvce/image";
import { MemoryChunkStore, type CollectOptions } from "../store";
import { Collector, type MarkedVersion } from "./collector";
import { DigestMarks } from "./digest-marks";

const chunk = (number: number) => Buffer.from(`chunk ${number}`.padEnd(64));
const signal = new AbortController().signal;

function versionOf(numbers: readonly number[]): MarkedVersion & { index: ImageIndex } {
  const builder = new IndexBuilder(numbers.length * 4096);
  numbers.forEach((number, i) => {
    const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: 64 };
    builder.add(Buffer.from(digestOf(chunk(number)), "hex"), 64, extent);
  });
  const index = builder.build();
  const digests = index.chunks.map(({ digest }) => digest);
  return { index, numberOf: (digest) => digests.indexOf(digest.toString("hex")) };
}

async function world(stored: number, marksMax?: number) {
  let nowMs = 0;
  const store = new MemoryChunkStore({ monotonicMs: () => nowMs });
  await store.put(Array.from({ length: stored }, (_, i) => encodeChunk(chunk(i))));
  const versions: MarkedVersion[] = [];
  const collector = new Collector({
    store,
    versions: () => [...versions],
    ...(marksMax === undefined ? {} : { marksMax }),
  });
  const numbers = () =>
    Array.from({ length: stored }, (_, i) => i).filter((i) => store.has(digestOf(chunk(i))));
  return { store, versions, collector, numbers, pass: (ms: number) => (nowMs += ms) };
}

describe("Collector", () => {
  it("drops what no version refers to, after the grace", async () => {
    const { versions, collector, numbers, pass } = await world(10);
    versions.push(versionOf([1, 2]), versionOf([2, 3]));
    pass(500);
    expect(await collector.collect(1_000, signal)).toMatchObject({ droppedChunks: 0 });
    pass(1_000);
    expect(await collector.collect(1_000, signal)).toMatchObject({ droppedChunks: 7 });
    expect(numbers()).toEqual([1, 2, 3]);
  });

  it("does the same in bounded memory, a part of the digests at a time", async () => {
    const { versions, collector, numbers, pass } = await world(400, 30);
    const kept = Array.from({ length: 133 }, (_, i) => i * 3);
    versions.push(versionOf(kept.slice(0, 70)), versionOf(kept.slice(50)));
    pass(10);
    expect(await collector.collect(0, signal)).toMatchObject({ droppedChunks: 267 });
    expect(numbers()).toEqual(kept);
  });

  it("keeps the chunks of a version that comes while it collects", async () => {
    const { store, versions, collector, numbers, pass } = await world(10);
    pass(10);
    const collect = store.collect.bind(store);
    store.collect = (options: CollectOptions) => {
      // Marked already; what the node tells from now on counts all the same.
      const late = versionOf([4, 5]);
      versions.push(late);
      collector.versionAdded(late);
      return collect(options);
    };
    await collector.collect(0, signal);
    expect(numbers()).toEqual([4, 5]);
  });

  it("would lose them if it did not hear of the version", async () => {
    const { store, versions, collector, numbers, pass } = await world(10);
    pass(10);
    const collect = store.collect.bind(store);
    store.collect = (options: CollectOptions) => {
      versions.push(versionOf([4, 5]));
      return collect(options);
    };
    await collector.collect(0, signal);
    expect(numbers()).toEqual([]);
  });
});

it("marks are those that were made, and no more than there is room for", () => {
  const digest = (number: number) => Buffer.from(digestOf(chunk(number)), "hex");
  const marks = new DigestMarks(1_000);
  for (let i = 0; i < 1_000; i++) {
    marks.add(digest(i));
    marks.add(digest(i));
  }
  for (let i = 0; i < 2_000; i++) expect(marks.has(digest(i))).toBe(i < 1_000);
  expect(() => marks.add(digest(1_000))).toThrow(RangeError);
});
