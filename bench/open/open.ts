/**
 * `open`: how long an agent takes to open a store of 100 GB (4.5 million chunks), and the memory that it then has taken, with
 * the indexes of the packs in the page cache and without them.
 *
 * Opening reads the indexes and looks at the sizes of the packs, so the packs here are files of the right size with nothing but
 * holes behind their header. After a crash the newest pack is scanned too: test/crash measures that.
 */
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { execute } from "../../tools/setup/execute";
import {
  encodePackHeader,
  packFileName,
  packHeaderSizeBytes,
  recordHeaderSizeBytes,
} from "../../service/src/store/pack/format";
import { encodeSidecar, sidecarFileName, type SidecarRecord } from "../../service/src/store/pack/sidecar";
import type { Benchmark, BenchmarkContext, Measurement, PreparedBenchmark } from "../harness/benchmark";
import { atMost, medianOf, type Row } from "../harness/result";
import { timeCommand } from "../harness/timed-command";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";

const packCount = 400;
const chunksInPack = 11_250;
/** About what chunks take compressed, so that packs have the size at which an agent begins the next. */
const payloadBytes = 22_700;
const chunkSizeBytes = 44 * 1024;

const caches = ["warm", "cold"] as const;
const timeCase = (cache: string): string => `${cache} cache`;
const memoryCase = "peak memory";

const reportSchema = z.object({ seconds: z.number(), chunks: z.number(), peakBytes: z.number() });

async function prepare({ quick, say, setup, signal }: BenchmarkContext): Promise<PreparedBenchmark> {
  const directory = await makeWorkFolder(setup.cacheDirectory, "open");
  try {
    const packs = quick ? packCount / 10 : packCount;
    const store = join(directory, "store");
    say(`making a store of ${packs * chunksInPack} chunks`);
    await makeStore(store, packs);
    const child = join(directory, "child.cjs");
    await bundleProgram("bench/open/child.ts", child);
    const open = async (cache: string) => {
      await execute("sync", []);
      if (cache === "cold") await writeFile("/proc/sys/vm/drop_caches", "3");
      const { stdout } = await timeCommand(process.execPath, [child, store], signal);
      const report = reportSchema.parse(JSON.parse(stdout));
      if (report.chunks !== packs * chunksInPack) throw new Error(`the store has ${report.chunks} chunks`);
      return report;
    };
    const run = async (): Promise<Measurement> => {
      const cold = await open("cold");
      const warm = await open("warm");
      return {
        [timeCase("warm")]: warm.seconds,
        [timeCase("cold")]: cold.seconds,
        [memoryCase]: Math.max(warm.peakBytes, cold.peakBytes) / 1024 ** 2,
      };
    };
    return {
      subjects: [{ name: "dvce", run }],
      units: { ...Object.fromEntries(caches.map((cache) => [timeCase(cache), "s"])), [memoryCase]: "MiB" },
      versions: {},
      goals: (rows: readonly Row[]) => [
        ...caches.map((cache) =>
          atMost(`seconds to open, ${cache} cache`, 2, medianOf(rows, "dvce", timeCase(cache))),
        ),
        atMost("peak memory in MiB", 450, medianOf(rows, "dvce", memoryCase)),
      ],
      close: () => rm(directory, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function makeStore(directory: string, packs: number): Promise<void> {
  await mkdir(directory);
  for (let number = 1; number <= packs; number++) {
    const digests = randomBytes(32 * chunksInPack);
    const records = Array.from({ length: chunksInPack }, (_, i): SidecarRecord => {
      const offsetBytes = packHeaderSizeBytes + i * (recordHeaderSizeBytes + payloadBytes);
      const digest = digests.subarray(i * 32, (i + 1) * 32);
      return { digest, offsetBytes, payloadBytes, sizeBytes: chunkSizeBytes };
    });
    const sizeBytes = packHeaderSizeBytes + chunksInPack * (recordHeaderSizeBytes + payloadBytes);
    const pack = join(directory, packFileName(number));
    await writeFile(pack, encodePackHeader(number));
    await truncate(pack, sizeBytes);
    await writeFile(join(directory, sidecarFileName(number)), encodeSidecar(sizeBytes, records));
  }
}

export const open: Benchmark = { name: "open", runs: 5, prepare };
