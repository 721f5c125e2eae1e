/**
 * `provider`: plan and apply of clusters of 1, 50 and 500 members, beside as many `terraform_data`, which Terraform makes
 * itself: the difference is what this provider and its controller cost. Then the same of 500 members with a volume each,
 * beside as many `terraform_data` with as much in them.
 *
 * Terraform, the released executable and the controller are real; agents answer at once and do nothing, so that no disk
 * and no image is part of the time. Every run begins with an empty pool and an empty state, initialised before.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { indexImage, pushImage } from "@dvce/image";
import { createCertificate } from "../../provider/src/plugin/certificate";
import { cookie } from "../../provider/src/plugin/handshake";
import { writeRawImage } from "../../test/acceptance/support/images";
import { succeeded, Terraform } from "../../test/acceptance/support/terraform";
import { TestPool } from "../../test/provider/support/test-pool";
import { buildProvider } from "../../tools/build/provider";
import { makeBlob, makeExecutable } from "../../tools/release/executable";
import { ensureNodeRuntime } from "../../tools/release/node-runtime";
import { hostPlatform, releaseNodeVersion } from "../../tools/release/platforms";
import { cacheLayout, stderrProgress } from "../../tools/setup";
import { dvceProviderInMirror } from "../../tools/setup/dvce-provider";
import { cliConfig, mirrorPath, registryHosts } from "../../tools/setup/mirror";
import type { Benchmark, Measurement, Subject } from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { atMost, medianOf, type Goal, type Row } from "../harness/result";
import { makeWorkFolder } from "../harness/work-folder";
import { clusterStack, emptyStack, emptyVolumesStack, volumesStack, type Stack } from "./stacks";

const membersMax = 500;
const memberCounts = [1, 50, membersMax];
const overheadSecondsMax = 2;
const startMsMax = 150;
const startsEach = 5;
const peerName = "terraform_data";

const cases = {
  start: "provider's start, until its handshake",
  plan: (what: string): string => `plan of ${what}`,
  apply: (what: string): string => `apply of ${what}`,
  again: (what: string): string => `plan of ${what} with nothing to do`,
};

/** What is measured of each subject: a name for it, its size, and which of the subject's stacks. */
const sizes = [
  ...memberCounts.map((members) => ({ what: `${members} members`, members, withVolumes: false })),
  { what: `${membersMax} members with volumes`, members: membersMax, withVolumes: true },
];

interface Stacks {
  readonly cluster: Stack;
  readonly volumes: Stack;
}

export const provider: Benchmark = {
  name: "provider",
  runs: 5,
  async prepare({ setup }) {
    const directory = await makeWorkFolder(setup.cacheDirectory, "provider");
    const executable = join(directory, mirrorPath(registryHosts[0], dvceProviderInMirror));
    const node = await ensureNodeRuntime(hostPlatform(), cacheLayout(setup.cacheDirectory), stderrProgress());
    const blob = await makeBlob((await buildProvider()).code, node.programPath, join(directory, "blob"));
    await makeExecutable(node.programPath, blob, executable);
    const cliConfigPath = join(directory, "cli.tfrc");
    await writeFile(cliConfigPath, cliConfig(directory, [dvceProviderInMirror]));
    const imagePath = join(directory, "image.raw");
    await writeRawImage(imagePath, { seed: "bench", sizeMiB: 64, dataMiB: 4 });
    const index = await indexImage(imagePath, { cacheDirectory: directory });

    const dvce: Subject = {
      name: "dvce",
      run: async () => {
        const pool = await startPool();
        try {
          await pushImage(pool.client, { image: "base", path: imagePath, index });
          const environment = {
            TF_CLI_CONFIG_FILE: cliConfigPath,
            DVCE_URL: pool.url,
            DVCE_TOKEN: pool.token("operator"),
          };
          const stacks = { cluster: clusterStack, volumes: volumesStack };
          const times = await timeStacks(setup.terraformPath, environment, stacks, index.version);
          return { ...times, [cases.start]: await timeStart(executable) };
        } finally {
          await pool.close();
        }
      },
    };
    const peer: Subject = {
      name: peerName,
      run: async () => {
        const stacks = { cluster: emptyStack, volumes: emptyVolumesStack };
        const times = await timeStacks(setup.terraformPath, {}, stacks, index.version);
        return { ...times, [cases.start]: 0 }; // part of Terraform itself
      },
    };
    return {
      subjects: [dvce, peer],
      units: {
        [cases.start]: "ms",
        ...Object.fromEntries(
          sizes.flatMap(({ what }) =>
            [cases.plan, cases.apply, cases.again].map((name) => [name(what), "s"]),
          ),
        ),
      },
      versions: {
        terraform: await versionOf(setup.terraformPath, ["version"]),
        "node inside": releaseNodeVersion,
      },
      goals: providerGoals,
      close: () => rm(directory, { recursive: true, force: true }),
    };
  },
};

/** The provider is up soon, and at the largest size costs little beside Terraform itself. */
export function providerGoals(rows: readonly Row[]): Goal[] {
  const what = `${membersMax} members`;
  const overhead = (name: string): number => medianOf(rows, "dvce", name) - medianOf(rows, peerName, name);
  return [
    atMost("provider's start in ms", startMsMax, medianOf(rows, "dvce", cases.start)),
    ...[cases.plan(what), cases.apply(what)].map((name) =>
      atMost(`${name}: seconds more than with ${peerName}`, overheadSecondsMax, overhead(name)),
    ),
  ];
}

/** Room for every member several times over. */
const startPool = (): Promise<TestPool> =>
  TestPool.start(
    Array.from({ length: 20 }, (_, i) => ({
      name: `n${String(i).padStart(2, "0")}`,
      vcpus: 96,
      memoryMiB: 196_608,
    })),
  );

async function timeStacks(
  terraformPath: string,
  environment: Readonly<Record<string, string>>,
  stacks: Stacks,
  version: string,
): Promise<Measurement> {
  const times: Record<string, number> = {};
  for (const { what, members, withVolumes } of sizes) {
    const terraform = await Terraform.create(terraformPath, environment);
    try {
      await terraform.write("main.tf", (withVolumes ? stacks.volumes : stacks.cluster)(members, version));
      await terraform.init();
      times[cases.plan(what)] = await seconds(async () => succeeded(await terraform.plan()));
      times[cases.apply(what)] = await seconds(async () => succeeded(await terraform.applyPlan()));
      times[cases.again(what)] = await seconds(async () => {
        const changes = await terraform.changes();
        if (changes !== "") throw new Error(`The second plan is not empty:\n${changes}`);
      });
      succeeded(await terraform.destroy());
    } finally {
      await terraform.close();
    }
  }
  return times;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1000;
}

/** Median of a few starts, in milliseconds. */
async function timeStart(executable: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < startsEach; i++) {
    const certificate = createCertificate(new Date()).certificatePem;
    const startMs = performance.now();
    const child = spawn(executable, [], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { [cookie.name]: cookie.value, PLUGIN_PROTOCOL_VERSIONS: "5,6", PLUGIN_CLIENT_CERT: certificate },
    });
    await once(child.stdout, "data");
    times.push(performance.now() - startMs);
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    await exit;
  }
  return times.sort((one, other) => one - other)[Math.floor(startsEach / 2)] ?? Number.NaN;
}
