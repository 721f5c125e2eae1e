/**
 * `inventory`: a controller that 1,000 nodes report 100 versions to: the memory that each (node, version) takes, the time of
 * a report, and the time of a plan of 259 members as its caller waits for it, from the pool's rows to the record in the
 * database. Two pools: nodes hold some versions whole, and thereby parts of others, or each holds a little more than that, so
 * that hardly two bitmaps are alike.
 *
 * DVCE_BENCH_SEED chooses another lineage and other nodes.
 */
import { clusterSpecSchema, type ClusterSpec } from "@dvce/api";
import { ChunkBitmap, digestBytesOf, IndexBuilder, type ImageIndex } from "@dvce/image";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Controller } from "../../service/src/controller/controller";
import { Database } from "../../service/src/state";
import type { Benchmark, BenchmarkContext, Measurement, PreparedBenchmark } from "../harness/benchmark";
import { atMost, medianOf, type Row } from "../harness/result";
import { makeWorkFolder } from "../harness/work-folder";
import { makeLineage } from "../placement/lineage";
import { Random } from "../../test/support/random";

const defaultSeed = 20_261_123;
const memberCount = 259;
const GiB = 1024 ** 3;
/** Chunks that stand for a segment of the lineage; their size is about the average of images. */
const chunksInSegment = 12;
const chunkSizeBytes = 88 * 1024;

const subjects = { alike: "nodes alike", apart: "no two alike" } as const;
const memoryCase = "memory of a node and version";
const reportCase = "a node's whole report";
const changeCase = "a node's report of a change";
const planCase = `plan of ${memberCount} members`;
const explainedCase = "the same plan again";
const unreportedCase = `plan of ${memberCount} members, of a version that no node has reported`;
const units = {
  [memoryCase]: "B",
  [reportCase]: "ms",
  [changeCase]: "ms",
  [planCase]: "ms",
  [explainedCase]: "ms",
  [unreportedCase]: "ms",
};

interface Scale {
  readonly nodes: number;
  readonly versions: number;
}

/** A version with the number of each chunk in the lineage. */
interface Version {
  readonly index: ImageIndex;
  readonly chunks: readonly number[];
}

async function prepare({ quick, say, setup }: BenchmarkContext): Promise<PreparedBenchmark> {
  const seed = Number(process.env["DVCE_BENCH_SEED"] ?? defaultSeed);
  say(`DVCE_BENCH_SEED=${seed}`);
  const scale: Scale = quick ? { nodes: 50, versions: 10 } : { nodes: 1000, versions: 100 };
  const versions = makeVersions(new Random(seed), scale.versions + 1);
  const folder = await makeWorkFolder(setup.cacheDirectory, "inventory");
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  let run = 0;
  const subject = (name: string, alike: boolean) => ({
    name,
    run: () => measure(join(folder, `${name}-${run++}.sqlite`), scale, versions, alike, seed, collectGarbage),
  });
  return {
    subjects: [subject(subjects.alike, true), subject(subjects.apart, false)],
    units,
    versions: { seed: String(seed) },
    goals: inventoryGoals,
    close: () => rm(folder, { recursive: true }),
  };
}

export const inventory: Benchmark = { name: "inventory", runs: 5, prepare };

export function inventoryGoals(rows: readonly Row[]) {
  return Object.values(subjects).map((subject) =>
    atMost(`${planCase}, 1,000 nodes, ${subject}: at most a second`, 1000, medianOf(rows, subject, planCase)),
  );
}

function makeVersions(random: Random, count: number): Version[] {
  const { versions, universe } = makeLineage(random, count);
  return versions.map(({ segments }) => {
    const chunks = [...Array(universe).keys()]
      .filter((segment) => segments.has(segment))
      .flatMap((segment) => Array.from({ length: chunksInSegment }, (_, i) => segment * chunksInSegment + i));
    const builder = new IndexBuilder(chunks.length * 96 * 1024);
    chunks.forEach((chunk, i) => {
      const digest = digestBytesOf(Buffer.from(`chunk ${chunk}`));
      const extent = { offsetBytes: i * 96 * 1024, offsetInChunk: 0, lengthBytes: chunkSizeBytes };
      builder.add(digest, chunkSizeBytes, extent);
    });
    return { index: builder.build(), chunks };
  });
}

async function measure(
  path: string,
  { nodes, versions: versionCount }: Scale,
  versions: readonly Version[],
  alike: boolean,
  seed: number,
  collectGarbage: () => void,
): Promise<Measurement> {
  const random = new Random(seed);
  const database = Database.open(path);
  const controller = new Controller({
    database,
    clock: Date.now,
    connectAgent: () => {
      throw new Error("no agent is asked for anything here");
    },
  });
  const { state, registry } = controller;
  try {
    const reported = versions.slice(0, versionCount);
    state.transaction(() => {
      for (const { index } of versions) {
        const { version, sizeBytes, dataBytes, chunkCount } = index;
        state.versions.insert(
          { version, sizeBytes, dataBytes, chunkCount, targets: [], createdMs: 0 },
          index.encode(),
          1e15,
        );
        state.versions.setComplete(version);
      }
      for (let node = 0; node < nodes; node++) registry.register(`n${node}`, registration(node));
    });
    const reports = Array.from({ length: nodes }, () => inventoryOf(random, reported, alike));
    for (const { index } of reported) controller.pool.snapshot([index.version]); // reads what is kept of indexes
    const heartbeat = (node: number, sequence: number, inventory: Report) =>
      registry.heartbeat(`n${node}`, {
        epoch: 1,
        sequence,
        storeBytes: 0,
        baseBytes: 0,
        diskFreeBytes: 0,
        inventory,
      });
    for (let node = 0; node < nodes; node++) heartbeat(node, 1, []);
    collectGarbage();
    const bytesBefore = usedBytes();
    const reportMs = timeOf(() => reports.forEach((inventory, node) => heartbeat(node, 2, inventory)));
    collectGarbage();
    const bytes = usedBytes() - bytesBefore;

    const changes = reports.map((inventory) => inventory.slice(0, 1).flatMap(lessOne(reported)));
    const changeMs = timeOf(() => changes.forEach((inventory, node) => heartbeat(node, 3, inventory)));
    const spec = specOf("first", reported);
    const planMs = await timeOfAsync(() => plan(controller, spec));
    const againMs = await timeOfAsync(() => plan(controller, spec));
    const unreported = versions.slice(versionCount);
    const unreportedMs = await timeOfAsync(() => plan(controller, specOf("second", unreported)));
    return {
      [memoryCase]: bytes / (nodes * versionCount),
      [reportCase]: reportMs / nodes,
      [changeCase]: changeMs / nodes,
      [planCase]: planMs,
      [explainedCase]: againMs,
      [unreportedCase]: unreportedMs,
    };
  } finally {
    database.close();
    await rm(path, { force: true });
  }
}

/** As the route does. */
async function plan(controller: Controller, spec: ClusterSpec): Promise<void> {
  await controller.pool.prepare(spec.members.map(({ version }) => version));
  controller.clusters.plan(spec, { explain: true });
}

const registration = (node: number) => ({
  agentUrl: `http://n${node}`,
  architecture: "x86_64" as const,
  domainType: "kvm" as const,
  labels: { zone: `z${node % 4}`, rack: `r${node % 40}` },
  capacity: { vcpus: 64, memoryMiB: 256 * 1024, diskBytes: 4096 * GiB },
  linkBytesPerSecond: 125e6,
});

function specOf(name: string, versions: readonly Version[]): ClusterSpec {
  const members = Array.from({ length: memberCount }, (_, i) => ({
    name: `m${i}`,
    version: versions[i % Math.min(5, versions.length)]?.index.version,
    vcpus: 2,
    memoryMiB: 4096,
    diskBytes: 100 * GiB,
  }));
  return clusterSpecSchema.parse({ name, members });
}

type Report = { version: string; bitmap: string }[];

/** What a node reports of all versions that holds a few of them whole. */
function inventoryOf(random: Random, versions: readonly Version[], alike: boolean): Report {
  const held = new Set<number>();
  const whole = [...versions.keys()].filter(() => random.unit() < 0.03);
  for (const version of whole) versions[version]?.chunks.forEach((chunk) => held.add(chunk));
  return versions.map(({ index, chunks }) => {
    const bitmap = new ChunkBitmap(chunks.length);
    chunks.forEach((chunk, i) => {
      if (held.has(chunk)) bitmap.set(i);
    });
    if (!alike) for (let more = 0; more < 20; more++) bitmap.set(random.below(chunks.length));
    return { version: index.version, bitmap: bitmap.toBase64() };
  });
}

/** A version's report with its first chunk the other way round. */
const lessOne =
  (versions: readonly Version[]) =>
  ({ version, bitmap }: Report[number]): Report => {
    const chunkCount = versions.find(({ index }) => index.version === version)?.index.chunkCount ?? 0;
    const changed = ChunkBitmap.fromBase64(bitmap, chunkCount);
    if (changed.has(0)) changed.clear(0);
    else changed.set(0);
    return [{ version, bitmap: changed.toBase64() }];
  };

function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external; // external has the array buffers
}

function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

async function timeOfAsync(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
