/**
 * `loop`: from `cdktf apply` to the last login prompt of three VMs on three hosts with 1 Gbit/s links, beside the
 * same three VMs from the official libvirt provider alone.
 *
 * Every run starts on hosts that have never seen the image. Both sides run the same cdktf, Terraform, libvirt,
 * QEMU and image; only bringing the hosts up is left out of the time.
 */
import { join } from "node:path";
import { DevPool, type DevPoolOptions } from "../../service/src/dev-pool";
import { CdktfProject } from "../../tools/demo/cdktf-project";
import { waitForLogin } from "../../tools/demo/login";
import { repositoryDirectory } from "../../tools/setup/paths";
import type { Benchmark, BenchmarkContext, Measurement, Subject } from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { atMost, type Goal, type Row } from "../harness/result";
import { type PeerHost, peerConsolePort } from "./peer-hosts";
import { waitForSerialLogin } from "./serial-login";

const poolName = "loop";
const loginTimeoutMs = 15 * 60_000;
const peerName = "terraform-provider-libvirt alone";

const cases = {
  toLastLogin: "cdktf apply to the last login prompt",
  bytesToHosts: "bytes received by the hosts until then",
};

export const loop: Benchmark = {
  name: "loop",
  runs: 3,
  async prepare(context) {
    let domainType: string | undefined;
    const dvce: Subject = {
      name: "dvce",
      run: () =>
        withPool(context, {}, async (pool) => {
          domainType ??= (await (await pool.client("viewer")).listNodes())[0]?.domainType;
          return runDvce(context, pool);
        }),
    };
    const peer: Subject = {
      name: peerName,
      run: () =>
        withPool(context, { controller: false, libvirtTcp: true }, (pool) => {
          if (domainType === undefined) throw new Error("ours must run first: it tells the domain type");
          return runPeer(context, pool, domainType);
        }),
    };
    return {
      subjects: [dvce, peer],
      units: { [cases.toLastLogin]: "s", [cases.bytesToHosts]: "B" },
      versions: {
        terraform: await versionOf(context.setup.terraformPath, ["version"]),
        qemu: await versionOf("qemu-system-x86_64", ["--version"]),
        libvirt: await versionOf("libvirtd", ["--version"]),
      },
      goals: loopGoals,
      close: () => DevPool.down({ name: poolName }),
    };
  },
};

/** Ours must not be later, and must move fewer bytes. */
export function loopGoals(rows: readonly Row[]): Goal[] {
  const ratio = (name: string): number => {
    const of = (subject: string): number =>
      rows.find((row) => row.case === name && row.subject === subject)?.median ?? Number.NaN;
    return of("dvce") / of(peerName);
  };
  return [
    atMost("time to the last login prompt, as a share of the peer's", 1, ratio(cases.toLastLogin)),
    atMost("bytes received by the hosts, as a share of the peer's", 0.8, ratio(cases.bytesToHosts)),
  ];
}

async function withPool(
  context: BenchmarkContext,
  options: DevPoolOptions,
  measure: (pool: DevPool) => Promise<Measurement>,
): Promise<Measurement> {
  await DevPool.down({ name: poolName });
  const pool = await DevPool.up({
    name: poolName,
    hosts: 3,
    rate: "1gbit",
    signal: context.signal,
    ...options,
  });
  try {
    return await measure(pool);
  } finally {
    await pool.down();
  }
}

async function runDvce(context: BenchmarkContext, pool: DevPool): Promise<Measurement> {
  const project = await createProject(context, {
    program: "examples/web-cluster/main.ts",
    stack: "web-cluster",
    environment: await pool.environment("operator"),
  });
  const client = await pool.client("viewer");
  const before = await bytesReceived(pool);
  const startMs = Date.now();
  await project.apply();
  const { placements } = await client.getCluster("site");
  const logins = await Promise.all(
    placements.map((placement) =>
      waitForLogin(client, placement.domain, { timeoutMs: loginTimeoutMs, signal: context.signal }),
    ),
  );
  const lastMs = Math.max(...logins.map((login) => login.atMs));
  return {
    [cases.toLastLogin]: (lastMs - startMs) / 1000,
    [cases.bytesToHosts]: (await bytesReceived(pool)) - before,
  };
}

async function runPeer(context: BenchmarkContext, pool: DevPool, domainType: string): Promise<Measurement> {
  const hosts: PeerHost[] = pool.hosts.map(({ name, address, libvirtTcpUri }) => ({
    name,
    address,
    uri: libvirtTcpUri,
  }));
  const project = await createProject(context, {
    program: "bench/loop/peer-stack.ts",
    stack: "peer",
    environment: { PEER_HOSTS: JSON.stringify(hosts), DOMAIN_TYPE: domainType },
  });
  const before = await bytesReceived(pool);
  const startMs = Date.now();
  // Listening begins before apply: a console shows only what comes while someone listens.
  const stopWaiting = new AbortController();
  const signal = AbortSignal.any([context.signal, stopWaiting.signal]);
  const logins = Promise.all(
    hosts.map((host) =>
      waitForSerialLogin(
        { host: host.address, port: peerConsolePort },
        { timeoutMs: loginTimeoutMs, signal },
      ),
    ),
  );
  logins.catch(() => undefined); // awaited below; until then a failure of apply is the one to report
  try {
    await project.apply();
    const lastMs = Math.max(...(await logins));
    return {
      [cases.toLastLogin]: (lastMs - startMs) / 1000,
      [cases.bytesToHosts]: (await bytesReceived(pool)) - before,
    };
  } finally {
    stopWaiting.abort();
  }
}

function createProject(
  context: BenchmarkContext,
  options: {
    readonly program: string;
    readonly stack: string;
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<CdktfProject> {
  const { imagePath } = context.setup;
  if (imagePath === undefined) throw new Error("set-up answered no image although it was asked for one");
  return CdktfProject.create({
    directory: join(repositoryDirectory, "out/bench-loop"),
    program: join(repositoryDirectory, options.program),
    stack: options.stack,
    setup: context.setup,
    environment: { ...options.environment, IMAGE: imagePath },
    signal: context.signal,
  });
}

/** Bytes that all hosts received over their links since they were made. */
async function bytesReceived(pool: DevPool): Promise<number> {
  const counts = await Promise.all(
    pool.hosts.map(async (host) => {
      // Read inside the host: its /sys belongs to its network namespace.
      const result = await host.exec(["cat", "/sys/class/net/eth0/statistics/rx_bytes"]);
      return Number(result.stdout.trim());
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
