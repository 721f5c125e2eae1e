import * as fc from "fast-check";
import { BootRecorder } from "./boot-recorder";

/** Two extents a chunk; chunk n has n + 1 KiB. */
const index = {
  extentAt: (extent: number) => ({
    chunk: extent >> 1,
    offsetInChunk: 0,
    offsetBytes: extent * 4096,
    lengthBytes: 4096,
  }),
  chunkSizeBytes: (chunk: number) => (chunk + 1) * 1024,
};

describe("a boot recorder", () => {
  it("keeps chunks in the order of their first read, each once", () => {
    const recorder = new BootRecorder(index);
    recorder.read([9, 8, 3], 5_000);
    recorder.read([2, 0], 7_500);
    expect(recorder.result()).toEqual({
      startedAtMs: 5_000,
      seconds: 2.5,
      chunks: [4, 1, 0],
      imageBytes: (5 + 2 + 1) * 1024,
    });
  });

  it("has no result and no end before the first read", () => {
    const recorder = new BootRecorder(index);
    expect(recorder.result()).toBeUndefined();
    expect(recorder.isOver(1e12)).toBe(false);
  });

  it("goes on through pauses, and is over when nothing new came for long enough", () => {
    const recorder = new BootRecorder(index, { quietMs: 30_000 });
    recorder.read([0], 0);
    expect(recorder.isOver(29_999)).toBe(false);
    recorder.read([4], 29_999);
    recorder.read([5], 50_000); // the same chunk: nothing new
    expect(recorder.isOver(59_998)).toBe(false);
    expect(recorder.isOver(59_999)).toBe(true);
    recorder.read([8], 60_000);
    expect(recorder.result()).toMatchObject({ chunks: [0, 2], seconds: 29.999 });
  });

  it("is over after its limit, however busy the guest is", () => {
    const recorder = new BootRecorder(index, { lengthMsMax: 60_000 });
    for (let second = 0; second < 100; second++) recorder.read([second * 2], second * 1000);
    expect(recorder.isOver(60_000)).toBe(true);
    expect(recorder.result()?.chunks).toHaveLength(60);
  });

  it("never holds more than a profile may, and ends there", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { minLength: 1 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 200_000 }),
        (extents, chunkCountMax, imageBytesMax) => {
          const recorder = new BootRecorder(index, { chunkCountMax, imageBytesMax });
          recorder.read(extents, 0);
          const wanted = [...new Set(extents.map((extent) => extent >> 1))];
          const { chunks, imageBytes } = recorder.result() ?? { chunks: [], imageBytes: 0 };
          expect(chunks.length).toBeLessThanOrEqual(chunkCountMax);
          expect(imageBytes).toBeLessThanOrEqual(imageBytesMax);
          expect(chunks).toEqual(wanted.slice(0, chunks.length));
          expect(recorder.isOver(0)).toBe(chunks.length < wanted.length);
        },
      ),
    );
  });
});
