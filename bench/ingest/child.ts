/**
 * One run of one side of the benchmark in a process of its own, so that its memory and its start count as those of
 * the other tools do: `child.cjs MODE IMAGE WORKERS [STORE]`. Prints one JSON line.
 *
 *     store   ingest the image into a new pack store, durably
 *     floor   hash every chunk and compress each unique one, all of them in memory, on as many threads: timed from the
 *             first to the last
 */
import { availableParallelism } from "node:os";
import {
  buildIndex,
  ChunkWorkers,
  type Digest,
  type ImageIndex,
  ingestImage,
  openImageSource,
} from "@dvce/image";
import { openPackStore, storeSink } from "../../service/src/store";
import type { Range } from "../../image/src/workers/chunk-jobs";

/** What a run prints. */
export interface ChildReport {
  /** Of the work alone, without the start of the process. */
  readonly workSeconds: number;
  /** Processor time of the work, all threads. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly version: Digest;
  readonly chunks: number;
  readonly dataBytes: number;
}

async function main([mode, image, workerCount, directory]: readonly string[]): Promise<ChildReport> {
  const workers = new ChunkWorkers({ workers: Number(workerCount ?? availableParallelism()) });
  const source = await openImageSource(image ?? "");
  let start = { ms: performance.now(), cpu: process.cpuUsage() };
  let index: ImageIndex;
  if (mode === "store") {
    const store = await openPackStore(directory ?? "");
    index = await ingestImage(source, storeSink(store, { pastCache: true }), { workers });
    await store.close();
  } else {
    index = await buildIndex(source, { workers });
    const { segmentSizeBytes } = index.chunking;
    const segments = new Map<
      number,
      { data: SharedArrayBuffer; ranges: number[]; digests: string[]; again: Range[] }
    >();
    for (let i = 0, next = 0; i < index.extentCount; i++) {
      const { chunk, offsetBytes, lengthBytes } = index.extentAt(i);
      const at = Math.floor(offsetBytes / segmentSizeBytes) * segmentSizeBytes;
      let segment = segments.get(at);
      if (segment === undefined) {
        segment = { data: new SharedArrayBuffer(segmentSizeBytes), ranges: [], digests: [], again: [] };
        segments.set(at, segment);
      }
      await source.read(offsetBytes, Buffer.from(segment.data, offsetBytes - at, lengthBytes));
      if (chunk < next) {
        segment.again.push({ offsetBytes: offsetBytes - at, lengthBytes });
        continue;
      }
      next = chunk + 1;
      segment.ranges.push(offsetBytes - at, lengthBytes);
      segment.digests.push(index.chunkDigest(chunk));
    }
    const queue = [...segments.values()];
    start = { ms: performance.now(), cpu: process.cpuUsage() };
    await Promise.all(
      Array.from({ length: workers.workers }, async () => {
        for (let segment = queue.shift(); segment !== undefined; segment = queue.shift()) {
          // Nothing hashes alone; where these chunks end is looked for too, which takes a fraction of hashing them.
          await workers.cut(segment.data, segment.again, index.chunking);
          await workers.encode(segment.data, Uint32Array.from(segment.ranges), {
            digests: Buffer.from(segment.digests.join(""), "hex"),
          });
        }
      }),
    );
  }
  const workSeconds = (performance.now() - start.ms) / 1000;
  const { user, system } = process.cpuUsage(start.cpu);
  await source.close();
  return {
    workSeconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    version: index.version,
    chunks: index.chunkCount,
    dataBytes: index.dataBytes,
  };
}

main(process.argv.slice(2)).then(
  (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
