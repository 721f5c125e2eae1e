import type { DataExtent, ImageSource } from "../source/image-source";

/** Reads under way for one segment: enough to hide the way to the disk, few enough for libuv's four threads. */
const readsMax = 4;

/** Bytes of one read, so that a long run takes several at once too. */
const readBytesMax = 4 * 1024 * 1024;

/** Reads parts of an image into `data`, which holds the image from `offsetBytes` on. */
export async function readRuns(
  source: ImageSource,
  runs: readonly DataExtent[],
  offsetBytes: number,
  data: SharedArrayBuffer,
): Promise<void> {
  const reads = runs.flatMap(divided);
  let next = 0;
  const read = async (): Promise<void> => {
    for (let run = reads[next++]; run !== undefined; run = reads[next++]) {
      await source.read(run.offsetBytes, Buffer.from(data, run.offsetBytes - offsetBytes, run.lengthBytes));
    }
  };
  const readers = await Promise.allSettled(Array.from({ length: Math.min(readsMax, reads.length) }, read));
  // Settled, all of them: after a failure nothing writes to the data any more.
  for (const reader of readers) if (reader.status === "rejected") throw reader.reason;
}

function divided({ offsetBytes, lengthBytes }: DataExtent): DataExtent[] {
  return Array.from({ length: Math.ceil(lengthBytes / readBytesMax) }, (_, i) => ({
    offsetBytes: offsetBytes + i * readBytesMax,
    lengthBytes: Math.min(readBytesMax, lengthBytes - i * readBytesMax),
  }));
}
