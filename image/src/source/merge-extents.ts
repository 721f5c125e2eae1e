import type { DataExtent } from "./image-source";

/** What either of two lists covers: in order, without overlap, joined where they touch, and cut off at `endBytes`. */
export async function* mergeExtents(
  a: AsyncIterable<DataExtent>,
  b: AsyncIterable<DataExtent>,
  endBytes: number,
): AsyncGenerator<DataExtent, void, undefined> {
  const sources = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()] as const;
  const heads = [await sources[0].next(), await sources[1].next()];
  let start = 0;
  let end = 0;
  try {
    for (;;) {
      const [first, second] = heads;
      const isFirst =
        second?.done === true ||
        (first?.done !== true &&
          first !== undefined &&
          second !== undefined &&
          first.value.offsetBytes <= second.value.offsetBytes);
      const turn = isFirst ? 0 : 1;
      const head = heads[turn];
      if (head === undefined || head.done === true || head.value.offsetBytes >= endBytes) break;
      const { offsetBytes, lengthBytes } = head.value;
      if (offsetBytes > end) {
        if (end > start) yield { offsetBytes: start, lengthBytes: end - start };
        start = offsetBytes;
      }
      end = Math.max(end, Math.min(endBytes, offsetBytes + lengthBytes));
      heads[turn] = await sources[turn].next();
    }
    if (end > start) yield { offsetBytes: start, lengthBytes: end - start };
  } finally {
    for (const source of sources) await source.return?.();
  }
}
