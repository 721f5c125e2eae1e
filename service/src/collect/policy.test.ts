import { ChunkBitmap } from "@dvce/image";
import fc from "fast-check";
import { bytesOver, chunksToEvict, fits, inOrderOfDropping, limitsToReach } from "./policy";

const bitmapOf = (bits: readonly boolean[]) => {
  const bitmap = new ChunkBitmap(bits.length);
  bits.forEach((bit, i) => bit && bitmap.set(i));
  return bitmap;
};

describe("the limits of the disk", () => {
  it.each([
    ["within both", { cacheBytes: 100, diskFreeBytes: 50 }, 0],
    ["beyond the most", { cacheBytes: 130, diskFreeBytes: 50 }, 30],
    ["below the floor of free space", { cacheBytes: 100, diskFreeBytes: 5 }, 5],
    ["past both, by the greater", { cacheBytes: 103, diskFreeBytes: 0 }, 10],
    ["below the floor by others' bytes: no more than there is", { cacheBytes: 2, diskFreeBytes: 0 }, 2],
  ])("%s", (_name, use, over) => {
    expect(bytesOver(use, { bytesMax: 100, diskFreeBytesMin: 10 })).toBe(over);
  });

  it("are none where none are given", () => {
    expect(
      bytesOver({ cacheBytes: 1e15, diskFreeBytes: 0 }, { bytesMax: undefined, diskFreeBytesMin: 0 }),
    ).toBe(0);
  });

  it("are gone back from a little further than they were passed", () => {
    expect(limitsToReach({ bytesMax: 1000, diskFreeBytesMin: 100 })).toEqual({
      bytesMax: 950,
      diskFreeBytesMin: 105,
    });
    expect(limitsToReach({ bytesMax: undefined, diskFreeBytesMin: 0 }).bytesMax).toBeUndefined();
  });
});

it.each([
  [{ cacheBytes: 90, diskFreeBytes: 60 }, 10, true],
  [{ cacheBytes: 91, diskFreeBytes: 60 }, 10, false],
  [{ cacheBytes: 0, diskFreeBytes: 59 }, 10, false],
  [{ cacheBytes: 101, diskFreeBytes: 60 }, 0, false],
])("says whether there is room for more: %j and %i", (use, bytes, expected) => {
  expect(fits(use, { bytesMax: 100, diskFreeBytesMin: 50 }, bytes)).toBe(expected);
});

it("drops the least recently used version first, and none that is in use", () => {
  const usedMs: Record<string, number> = { a: 3, b: 1, c: 2, d: 1 };
  const order = inOrderOfDropping(
    ["a", "c", "d", "b"],
    (version) => version === "c",
    (version) => usedMs[version] ?? 0,
  );
  expect(order).toEqual(["b", "d", "a"]);
});

describe("the chunks to ask for", () => {
  it("are here, not kept, and make up the bytes with none too many", () => {
    const chunk = fc.record({
      held: fc.boolean(),
      kept: fc.boolean(),
      size: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 40 }), fc.integer({ min: 1, max: 1500 }), (chunks, bytes) => {
        const wanted = chunksToEvict({
          held: bitmapOf(chunks.map(({ held }) => held)),
          isKept: (i) => chunks[i]?.kept === true,
          sizeBytesOf: (i) => chunks[i]?.size ?? 0,
          bytes,
        });
        const sizes = chunks.flatMap(({ size }, i) => (wanted.has(i) ? [size] : []));
        const sum = sizes.reduce((total, size) => total + size, 0);
        const free = chunks.filter(({ held, kept }) => held && !kept);
        chunks.forEach(({ held, kept }, i) => wanted.has(i) && expect(held && !kept).toBe(true));
        if (sum < bytes) expect(sizes).toHaveLength(free.length);
        else expect(sum - (sizes[0] ?? 0)).toBeLessThan(bytes);
      }),
    );
  });
});
