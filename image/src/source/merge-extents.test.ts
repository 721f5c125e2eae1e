import fc from "fast-check";
import type { DataExtent } from "./image-source";
import { mergeExtents } from "./merge-extents";

const extents = fc
  .array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 20 })), { maxLength: 10 })
  .map((pairs) => {
    let at = 0;
    return pairs.map(([gap, lengthBytes]): DataExtent => {
      const offsetBytes = at + gap;
      at = offsetBytes + lengthBytes;
      return { offsetBytes, lengthBytes };
    });
  });

async function* of(list: readonly DataExtent[]) {
  yield* list;
}

it("covers what either list covers, once, in order, up to the end", async () => {
  await fc.assert(
    fc.asyncProperty(extents, extents, fc.nat(200), async (a, b, endBytes) => {
      const bytes = new Set<number>();
      for (const { offsetBytes, lengthBytes } of [...a, ...b]) {
        for (let at = offsetBytes; at < Math.min(endBytes, offsetBytes + lengthBytes); at++) bytes.add(at);
      }
      const covered: number[] = [];
      let end = -1;
      for await (const extent of mergeExtents(of(a), of(b), endBytes)) {
        expect(extent.offsetBytes).toBeGreaterThan(end);
        end = extent.offsetBytes + extent.lengthBytes;
        for (let at = extent.offsetBytes; at < end; at++) covered.push(at);
      }
      expect(covered).toEqual([...bytes].sort((x, y) => x - y));
    }),
  );
});
