import type { ChunkingParameters } from "../chunking/parameters";
import type { DataExtent, ImageSource } from "../source/image-source";

/** The data of one segment of an image: what one thread cuts without looking at the rest. */
export interface Segment {
  /** A multiple of the segment size. */
  readonly offsetBytes: number;
  /** In image offsets, in order, whole blocks except at the end of the image, never touching each other. */
  readonly runs: readonly DataExtent[];
}

/**
 * The source's data, widened to whole blocks, joined where extents touch, and divided at segments. So the cuts do not
 * depend on how finely a source reports its extents. Segments without data are left out.
 */
export async function* segments(
  source: Pick<ImageSource, "sizeBytes" | "dataExtents">,
  { blockSizeBytes, segmentSizeBytes }: ChunkingParameters,
): AsyncGenerator<Segment, void, undefined> {
  let offsetBytes = 0;
  let runs: DataExtent[] = [];
  // Where the last run ends, so that an extent that begins in its last block does not read that block again.
  let end = 0;
  for await (const extent of source.dataExtents()) {
    let at = Math.max(end, floor(extent.offsetBytes, blockSizeBytes));
    const stop = Math.min(
      source.sizeBytes,
      floor(extent.offsetBytes + extent.lengthBytes + blockSizeBytes - 1, blockSizeBytes),
    );
    while (at < stop) {
      const segment = floor(at, segmentSizeBytes);
      if (segment !== offsetBytes) {
        if (runs.length > 0) yield { offsetBytes, runs };
        offsetBytes = segment;
        runs = [];
      }
      end = Math.min(stop, segment + segmentSizeBytes);
      const last = runs.at(-1);
      if (last !== undefined && last.offsetBytes + last.lengthBytes === at) {
        runs[runs.length - 1] = { offsetBytes: last.offsetBytes, lengthBytes: end - last.offsetBytes };
      } else {
        runs.push({ offsetBytes: at, lengthBytes: end - at });
      }
      at = end;
    }
  }
  if (runs.length > 0) yield { offsetBytes, runs };
}

function floor(value: number, unit: number): number {
  return value - (value % unit);
}
