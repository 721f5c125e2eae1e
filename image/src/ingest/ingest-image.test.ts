import fc from "fast-check";
import { cutRun } from "../chunking/cut";
import { defaultChunking } from "../chunking/parameters";
import { decodeChunk, type EncodedChunk } from "../codec/codec";
import { digestBytesOf, digestOf, type Digest } from "../digest/digest";
import { IndexBuilder } from "../index/index-builder";
import type { DataExtent, ImageSource } from "../source/image-source";
import { ChunkWorkers } from "../workers/chunk-workers";
import { buildIndex, type ChunkSink, ingestImage, type IngestOptions } from "./ingest-image";

jest.setTimeout(60_000);

/** Small segments, so that a small image has many. */
const chunking = { ...defaultChunking, segmentSizeBytes: 256 * 1024 };
const workers = new ChunkWorkers({ workers: 3 });
afterAll(() => workers.close());

/** An image in memory. `reads` counts bytes, `open` reads under way. */
class MemorySource implements ImageSource {
  readonly dependsOnOtherFiles = false;
  readonly sizeBytes: number;
  readBytes = 0;
  reading = 0;
  constructor(
    readonly bytes: Buffer,
    readonly extents: readonly DataExtent[],
  ) {
    this.sizeBytes = bytes.length;
  }
  async *dataExtents() {
    yield* this.extents;
  }
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    this.reading += 1;
    await new Promise((resolve) => setImmediate(resolve));
    this.bytes.copy(target, 0, offsetBytes, offsetBytes + target.length);
    this.readBytes += target.length;
    this.reading -= 1;
  }
  verifyUnchanged = () => Promise.resolve();
  close = () => Promise.resolve();
}

class MemorySink implements ChunkSink {
  readonly chunks = new Map<Digest, Buffer>();
  readonly puts: Digest[] = [];
  asked = 0;
  closed = 0;
  /** Puts that succeed before all others fail. */
  putsMax = Infinity;
  async missing(digests: readonly Digest[]) {
    this.asked += digests.length;
    return digests.filter((digest) => !this.chunks.has(digest));
  }
  async put(chunks: readonly EncodedChunk[]) {
    if (this.putsMax-- <= 0) throw new Error("the sink is full");
    this.puts.push(...chunks.map(({ digest }) => digest));
    await new Promise((resolve) => setImmediate(resolve));
    for (const chunk of chunks) this.chunks.set(chunk.digest, Buffer.from(decodeChunk(chunk)));
  }
  close() {
    this.closed += 1;
  }
}

/** Gaps, data that compresses and data that does not, and repetitions. */
const piece = fc.record({
  gapBytes: fc.nat(300_000),
  lengthBytes: fc.integer({ min: 1, max: 200_000 }),
  kind: fc.constantFrom("noise", "text", "again", "zeros"),
  seed: fc.nat(),
});
const imageOf = (
  pieces: readonly { gapBytes: number; lengthBytes: number; kind: string; seed: number }[],
) => {
  const noise = (seed: number) => {
    let state = seed | 1;
    return () => (state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 24;
  };
  const extents: DataExtent[] = [];
  const parts: Buffer[] = [];
  let at = 0;
  for (const { gapBytes, lengthBytes, kind, seed } of pieces) {
    const data = Buffer.alloc(lengthBytes);
    const next = noise(kind === "again" ? 7 : seed);
    if (kind === "text") data.fill(`some text ${seed} `);
    else if (kind !== "zeros") for (let i = 0; i < lengthBytes; i++) data[i] = next();
    parts.push(Buffer.alloc(gapBytes), data);
    extents.push({ offsetBytes: at + gapBytes, lengthBytes });
    at += gapBytes + lengthBytes;
  }
  parts.push(Buffer.alloc(5000));
  return { bytes: Buffer.concat(parts), extents };
};
const image = fc.array(piece, { minLength: 1, maxLength: 8 }).map(imageOf);

/** The index and the order of its chunks, found on one thread in the plainest way. */
function expected(bytes: Buffer) {
  const builder = new IndexBuilder(bytes.length, chunking);
  const order: Digest[] = [];
  for (let start = 0; start < bytes.length; start += chunking.segmentSizeBytes) {
    const segment = bytes.subarray(start, start + chunking.segmentSizeBytes);
    cutRun(segment, chunking, (from, to) => {
      const data = segment.subarray(from, to);
      const extent = { offsetBytes: start + from, offsetInChunk: 0, lengthBytes: data.length };
      if (builder.add(digestBytesOf(data), data.length, extent)) order.push(digestOf(data));
    });
  }
  return { version: builder.build().version, order };
}

const options = (more: IngestOptions = {}): IngestOptions => ({ workers, chunking, ...more });

it("gives the index and the chunks, in image order, that one thread gives", async () => {
  await fc.assert(
    fc.asyncProperty(
      image,
      fc.constantFrom(undefined, 1, 3_000_000),
      async ({ bytes, extents }, memoryBytesMax) => {
        const source = new MemorySource(bytes, extents);
        const sink = new MemorySink();
        const memory = memoryBytesMax === undefined ? {} : { memoryBytesMax };
        const index = await ingestImage(source, sink, options(memory));
        const { version, order } = expected(bytes);
        expect(index.version).toBe(version);
        expect(sink.puts).toEqual(order);
        for (const { digest } of index.chunks)
          expect(digestOf(sink.chunks.get(digest) ?? Buffer.alloc(0))).toBe(digest);
        expect((await buildIndex(source, { workers, chunking })).version).toBe(version);
        expect(sink.asked).toBe(order.length);
        expect(sink.closed).toBe(1);
      },
    ),
    { numRuns: 40 },
  );
});

const large = imageOf(
  Array.from({ length: 12 }, (_, seed) => ({ gapBytes: 100_000, lengthBytes: 150_000, kind: "noise", seed })),
);

it("reads no holes, and reports progress up to the end", async () => {
  const source = new MemorySource(large.bytes, large.extents);
  const seen: number[] = [];
  await ingestImage(
    source,
    new MemorySink(),
    options({ onProgress: ({ doneBytes }) => void seen.push(doneBytes) }),
  );
  const dataBytes = large.extents.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  expect(source.readBytes).toBeLessThan(dataBytes + large.extents.length * 2 * 4096);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(seen.at(-1)).toBe(source.sizeBytes);
});

it("continues after a failure where it stopped, and compresses only what is missing", async () => {
  const sink = new MemorySink();
  sink.putsMax = 3;
  const source = new MemorySource(large.bytes, large.extents);
  await expect(ingestImage(source, sink, options())).rejects.toThrow("the sink is full");
  expect(source.reading).toBe(0);
  expect(sink.closed).toBe(1);
  const before = sink.chunks.size;
  expect(before).toBeGreaterThan(0);
  sink.puts.length = 0;
  sink.putsMax = Infinity;
  const index = await ingestImage(source, sink, options());
  expect(sink.puts).toHaveLength(index.chunkCount - before);
  sink.puts.length = 0;
  await ingestImage(source, sink, options());
  expect(sink.puts).toEqual([]);
});

it("stops when it is told to, with the reason, and leaves nothing under way", async () => {
  const abort = new AbortController();
  const source = new MemorySource(large.bytes, large.extents);
  const onProgress = () => abort.abort(new Error("enough"));
  const ingest = ingestImage(
    source,
    new MemorySink(),
    options({ signal: abort.signal, onProgress, memoryBytesMax: 1 }),
  );
  await expect(ingest).rejects.toThrow("enough");
  expect(source.reading).toBe(0);
  expect(source.readBytes).toBeLessThan(large.bytes.length / 2);
});

it("refuses an image that changed while it was read", async () => {
  const source = new MemorySource(large.bytes, large.extents);
  source.verifyUnchanged = () => Promise.reject(new Error("it changed"));
  await expect(ingestImage(source, new MemorySink(), options())).rejects.toThrow("it changed");
});

it("ends threads of its own", async () => {
  const source = new MemorySource(large.bytes, large.extents);
  expect((await buildIndex(source, { chunking })).version).toBe(expected(large.bytes).version);
});
