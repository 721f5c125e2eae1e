import type { ImageIndex } from "@dvce/image";

/** Numbers of the extents that lie, at least in part, in a range of the image: `first` to before `end`. */
export function extentRange(
  index: Pick<ImageIndex, "extentCount" | "extentAt">,
  offsetBytes: number,
  lengthBytes: number,
): { readonly first: number; readonly end: number } {
  const first = firstEndingAfter(index, offsetBytes);
  let end = first;
  const rangeEnd = offsetBytes + lengthBytes;
  while (end < index.extentCount && index.extentAt(end).offsetBytes < rangeEnd) end++;
  return { first, end };
}

/** Binary search, as extents lie in order. */
function firstEndingAfter(index: Pick<ImageIndex, "extentCount" | "extentAt">, offsetBytes: number): number {
  let low = 0;
  let high = index.extentCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const extent = index.extentAt(middle);
    if (extent.offsetBytes + extent.lengthBytes > offsetBytes) high = middle;
    else low = middle + 1;
  }
  return low;
}
