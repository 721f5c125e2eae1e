/**
 * `dedup`: what five Debian images take in one store, by how they are cut. Chunk sizes of a candidate are
 * minimum:average:maximum in blocks of 4 KiB; "files f" heeds where files end (image/src/chunking/cut.ts).
 *
 * Stored bytes are the compressed chunks alone, at the same zstd level on both sides: level 3 is casync's, measured on
 * the files of the store that it makes; level 1 is ours, and there casync's chunks are compressed as ours are.
 * The answers follow from the images alone, so one run is enough.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type ChunkingParameters, defaultChunking } from "@dvce/image";
import type { Benchmark, BenchmarkContext, PreparedBenchmark, Subject } from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { atMost, type Goal, type Row } from "../harness/result";
import { storeBlockChunks } from "./block-chunks";
import { storeWithCasync } from "./casync-chunks";
import { storeFixedChunks } from "./fixed-chunks";
import { ensureDedupImages } from "./images/images";
import { cases, levels, type Level, units } from "./tally";

const ours = "dvce";
const casync = "casync 16:64:256K";
const storedRatioMax = 0.95;

/** Cut after a block with the chance of one in `rarity`, once a chunk has the minimum of blocks. */
function candidate(min: number, rarity: number, max: number, fileBlocksMin: number): ChunkingParameters {
  return {
    ...defaultChunking,
    chunkBlocksMin: min,
    chunkBlocksMax: max,
    cutThreshold: Math.floor(2 ** 32 / rarity),
    fileBlocksMin,
  };
}

const candidates: Readonly<Record<string, ChunkingParameters>> = {
  "1:4:16": candidate(1, 4, 16, 0),
  "2:8:32": candidate(2, 7, 32, 0),
  "4:16:64": candidate(4, 13, 64, 0),
  "8:31:64, files 2": candidate(8, 24, 64, 2),
  "8:31:64, files 4": candidate(8, 24, 64, 4),
};

async function prepare(context: BenchmarkContext): Promise<PreparedBenchmark> {
  const { setup, say, signal, quick } = context;
  if (setup.imagePath === undefined) throw new Error("set-up made no image although it was asked for one");
  const { cacheDirectory } = setup;
  const all = await ensureDedupImages({ basePath: setup.imagePath, cacheDirectory, say, signal });
  const images = quick ? all.slice(0, 2) : all;
  const scratchDirectory = join(cacheDirectory, "bench");
  await mkdir(scratchDirectory, { recursive: true });
  let ofCasync: ReturnType<typeof storeWithCasync> | undefined;
  const withCasync = () => (ofCasync ??= storeWithCasync(images, scratchDirectory, signal));
  const subjects: Subject[] = [
    { name: ours, run: () => storeBlockChunks(images, defaultChunking, signal) },
    { name: casync, run: async () => (await withCasync()).casync },
    { name: `${casync}, compressed as ours`, run: async () => (await withCasync()).recompressed },
    ...[4, 64, 256].map((kibibytes) => ({
      name: `fixed ${kibibytes}K`,
      run: () => storeFixedChunks(images, kibibytes * 1024, signal),
    })),
    ...Object.entries(quick ? {} : candidates).map(([name, chunking]) => ({
      name: `dvce ${name}`,
      run: () => storeBlockChunks(images, chunking, signal),
    })),
  ];
  return {
    subjects,
    units,
    versions: { casync: await versionOf("casync", ["--version"]), zstd: process.versions.zstd ?? "unknown" },
    goals: dedupGoals,
    close: () => Promise.resolve(),
  };
}

export const dedup: Benchmark = { name: "dedup", runs: 1, warmUp: false, prepare };

export function dedupGoals(rows: readonly Row[]): Goal[] {
  const stored = (subject: string, level: Level): number =>
    rows.find((row) => row.case === cases.storedBytes(level) && row.subject === subject)?.median ??
    Number.NaN;
  return levels.map((level) =>
    atMost(
      `stored bytes at zstd level ${level}, as a share of casync's`,
      storedRatioMax,
      stored(ours, level) / stored(casync, level),
    ),
  );
}
