import { ChunkBitmap } from "@dvce/image";
import { imageOf } from "../../../test/support/memory-agent";
import { describeHydration } from "./describe";

describe("a version's hydration", () => {
  const { index } = imageOf(1, 2, 3);
  const stored = (...chunks: number[]) => {
    const bitmap = new ChunkBitmap(index.chunkCount);
    for (const chunk of chunks) bitmap.set(chunk);
    return bitmap;
  };

  it.each([
    ["nothing is here", stored(), false, { state: "waiting", presentBytes: 0 }],
    ["a part is here", stored(0, 2), false, { state: "waiting", presentBytes: 131_072 }],
    ["every chunk is in the store", stored(0, 1, 2), false, { state: "hydrated", presentBytes: 196_608 }],
    ["the base file is whole", stored(1), true, { state: "hydrated", presentBytes: 196_608 }],
  ])("when %s", (_what, bitmap, whole, expected) => {
    expect(describeHydration({ index, stored: bitmap, whole, state: "waiting" })).toEqual({
      ...expected,
      totalBytes: 196_608,
    });
  });
});
