/**
 * Random plans of dvce_cluster through the real protocol, against a real controller whose pool changes meanwhile: between plan
 * and apply, and during apply. Whatever happens, apply does what the plan showed or refuses; nothing changes in silence.
 */
import { isDvceError, type Cluster } from "@dvce/api";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { resourceSchemas } from "../../provider/src/provider/catalogue";
import { bundleProvider } from "../../tools/build/provider";
import { announceSeed, Random } from "../support/random";
import { roundsOf } from "../support/rounds";
import { drift, heal, prepareImages, push, type PreparedImage } from "./support/drift";
import { keepsTo, ManagedResource, type Values } from "./support/managed-resource";
import { MeddlingProxy, type Fault } from "./support/meddling-proxy";
import { PluginClient } from "./support/plugin-client";
import { TestPool } from "./support/test-pool";

jest.setTimeout(30 * 60_000);

/** Plans on one pool, before a new one begins from a seed of its own. */
const plansEach = 25;
const { attributes } = resourceSchemas.dvce_cluster;

let directory: string;
let executable: string;
let images: readonly PreparedImage[];
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-drift-"));
  executable = path.join(directory, "terraform-provider-dvce");
  await bundleProvider([executable]);
  images = await prepareImages(directory, 4);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** How plans ended. */
interface Tally {
  applied: number;
  refusedAtPlan: number;
  refusedAtApply: number;
  /** The second answer differed, because this very cluster or a node of its was changed meanwhile: Terraform refuses. */
  overtaken: number;
}

class Episode {
  readonly #history: string[] = [];
  readonly #resources: readonly ManagedResource[];

  constructor(
    private readonly pool: TestPool,
    private readonly provider: PluginClient,
    /** The controller that the provider talks to. */
    private readonly url: string,
    private readonly random: Random,
    private readonly tally: Tally,
  ) {
    this.#resources = [0, 1].map(() => new ManagedResource(provider, "dvce_cluster", attributes));
  }

  async run(): Promise<void> {
    try {
      for (let i = 0; i < plansEach; i++) await this.#plan();
    } catch (error) {
      const events = this.#history.slice(-30).join("\n  ");
      throw new Error(`${error instanceof Error ? error.message : String(error)}\nafter\n  ${events}`, {
        cause: error,
      });
    }
  }

  async #plan(): Promise<void> {
    const { random } = this;
    const number = random.below(this.#resources.length);
    const resource = this.#resources[number];
    if (resource === undefined) return;
    const name = `web-${number}`;
    const config = random.below(10) === 0 ? null : this.#config(name);
    await this.#begin();
    await resource.refresh();
    if (config === null && resource.state === null) return;
    const basis = await this.#basis(name);
    const first = await resource.plan(config);
    this.#history.push(`plan ${name}: ${first.refusal ?? summary(first.value)}`);
    for (let left = random.below(4); left > 0; left--) await this.#drift(name);
    if (first.refusal !== undefined) {
      this.tally.refusedAtPlan += 1;
      await heal(this.pool, random);
      return;
    }
    const before = await this.#clusters();
    await this.#begin();
    const second = await resource.plan(config);
    if (second.refusal !== undefined) return this.#refused(name, second.refusal, before);
    if (!keepsTo(first.value, second.value)) {
      if (isDeepStrictEqual(await this.#basis(name), basis))
        throw new Error(
          `the provider contradicts its plan of ${name}: ${summary(first.value)}, then ${summary(second.value)}`,
        );
      this.tally.overtaken += 1;
      this.#history.push(`${name} was overtaken`);
      return;
    }
    // What happens at the same time comes before or after the apply, and touches other clusters only.
    const isConcurrent = random.below(3) === 0;
    const meanwhile = isConcurrent ? drift(this.pool, images, random) : Promise.resolve("");
    const [applied, event] = await Promise.all([resource.apply(config, second.value), meanwhile]);
    if (event !== "") this.#history.push(`meanwhile ${event}`);
    if (applied.refusal !== undefined) {
      return this.#refused(name, applied.refusal, before, isConcurrent);
    }
    this.tally.applied += 1;
    this.#history.push(`applied ${name}: ${summary(applied.value)}`);
    if (!keepsTo(second.value, applied.value))
      throw new Error(
        `${name} was applied as ${summary(applied.value)}, planned as ${summary(second.value)}`,
      );
    const after = await this.#clusters();
    const committed = after.get(name);
    const planned = placementsOf(first.value);
    if (!isDeepStrictEqual(nodesOf(committed), planned))
      throw new Error(
        `a silent change: ${name} is on ${JSON.stringify(nodesOf(committed))}, planned on ${JSON.stringify(planned)}`,
      );
    if (!isConcurrent) this.#requireSame(name, before, after);
  }

  /** Terraform starts a process to plan and another to apply; what one remembers the other does not. */
  #begin(): Promise<void> {
    return this.provider.configure(this.url, this.pool.token("operator"));
  }

  async #refused(
    name: string,
    refusal: string,
    before: ReadonlyMap<string, Cluster>,
    isConcurrent = false,
  ): Promise<void> {
    this.tally.refusedAtApply += 1;
    this.#history.push(`refused ${name}: ${refusal}`);
    const after = await this.#clusters();
    if (!isDeepStrictEqual(before.get(name), after.get(name)))
      throw new Error(`${name} was refused, and changed all the same: ${refusal}`);
    if (!isConcurrent) this.#requireSame("", before, after);
  }

  /** Nothing but `name` may have changed. */
  #requireSame(
    name: string,
    before: ReadonlyMap<string, Cluster>,
    after: ReadonlyMap<string, Cluster>,
  ): void {
    for (const other of new Set([...before.keys(), ...after.keys()]))
      if (other !== name && !isDeepStrictEqual(before.get(other), after.get(other)))
        throw new Error(`a silent change: applying ${name} changed ${other}`);
  }

  /** Something happens, and now and then to the cluster `name` itself. */
  async #drift(name: string): Promise<void> {
    const { random, pool } = this;
    if (random.below(12) > 0) {
      this.#history.push(await drift(pool, images, random));
      return;
    }
    const { client } = pool;
    const spec = await client.getCluster(name).then(
      (cluster) => cluster.spec,
      () => undefined,
    );
    const [first, ...others] = spec?.members ?? [];
    if (spec === undefined || first === undefined) return;
    try {
      if (random.below(3) === 0) {
        await client.deleteCluster(name);
      } else {
        const members = others.length > 0 ? others : [{ ...first, memoryMiB: first.memoryMiB + 64 }];
        const changed = { ...spec, members };
        const { placements } = await client.planCluster(changed);
        await client.commitCluster({ spec: changed, placements });
      }
    } catch (error) {
      if (isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE")) return;
      throw error;
    }
    this.#history.push(`somebody else changes ${name}`);
  }

  /** What a plan of the cluster is bound to: what is committed of it, and which of its nodes its members are to leave. */
  async #basis(name: string): Promise<unknown> {
    const cluster = (await this.#clusters()).get(name);
    const states = new Map((await this.pool.client.listNodes()).map((node) => [node.name, node.state]));
    const left = [...new Set((cluster?.placements ?? []).map(({ node }) => node))]
      .map((node) => [node, states.get(node) ?? "removed"] as const)
      .filter(([, state]) => ["draining", "fenced", "removed"].includes(state));
    return [cluster?.updatedAt, left.sort()];
  }

  async #clusters(): Promise<ReadonlyMap<string, Cluster>> {
    const clusters = await this.pool.client.listClusters();
    // A warning tells how a node is just now, and is no part of what is committed.
    return new Map(
      clusters.map((cluster) => [
        cluster.name,
        { ...cluster, placements: cluster.placements.map((placement) => ({ ...placement, warning: null })) },
      ]),
    );
  }

  #config(name: string): Values {
    const { random } = this;
    const members = Object.fromEntries(
      Array.from({ length: 1 + random.below(5) }, (_, i): [string, Values] => [
        `m${i}`,
        {
          version: images[random.below(2)]?.index.version,
          vcpus: 1 + random.below(3),
          memory_mib: 256 * (1 + random.below(3)),
          disk_gib: 1,
        },
      ]),
    );
    const given: Values = {
      name,
      members,
      anti_affinity: random.pick([null, null, null, true]),
      node_selector: random.below(6) === 0 ? { zone: `z${random.below(2)}` } : null,
      max_skew: random.below(6) === 0 ? { zone: 1 } : null,
      rebalance: random.below(6) === 0 ? `r${random.below(3)}` : null,
    };
    return Object.fromEntries(Object.keys(attributes).map((key) => [key, given[key] ?? null]));
  }
}

const placementsOf = (value: Values | null): Values =>
  Object.fromEntries(
    Object.entries((value?.["placements"] ?? {}) as Readonly<Record<string, Values>>)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([member, placement]) => [member, placement["node"]]),
  );

const nodesOf = (cluster: Cluster | undefined): Values =>
  Object.fromEntries(
    [...(cluster?.placements ?? [])]
      .sort((one, other) => (one.member < other.member ? -1 : 1))
      .map(({ member, node }) => [member, node]),
  );

const summary = (value: Values | null): string =>
  value === null ? "nothing" : JSON.stringify(placementsOf(value));

/** Plans on pools of their own, until so many were made. */
async function runPlans(suite: string, plans: number, fault?: Fault): Promise<Tally> {
  const seed = announceSeed(suite);
  const tally: Tally = { applied: 0, refusedAtPlan: 0, refusedAtApply: 0, overtaken: 0 };
  for (let i = 0; i * plansEach < plans; i++) {
    const episodeSeed = (seed + i) >>> 0;
    const pool = await TestPool.start(
      [0, 1, 2, 3, 4].map((n) => ({
        name: `n${n}`,
        vcpus: 8,
        memoryMiB: 4096,
        labels: { zone: `z${n % 2}` },
      })),
    );
    const proxy =
      fault === undefined ? undefined : await MeddlingProxy.start(pool.url, pool.token("admin"), fault);
    const provider = await PluginClient.start(executable, { TMPDIR: directory });
    try {
      for (const image of images.slice(0, 2)) await push(pool, image, `base-${images.indexOf(image)}`);
      await new Episode(pool, provider, proxy?.url ?? pool.url, new Random(episodeSeed), tally).run();
    } catch (error) {
      throw new Error(
        `DVCE_TEST_SEED=${episodeSeed} DVCE_TEST_ROUNDS=${plansEach} fails: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    } finally {
      await provider.stop();
      await proxy?.close();
      await pool.close();
    }
  }
  return tally;
}

test("apply equals plan, or refuses", async () => {
  const tally = await runPlans("plan equals apply", roundsOf({ short: 150, long: 1000 }));
  process.stderr.write(`plans: ${JSON.stringify(tally)}\n`);
  expect(tally.applied).toBeGreaterThan(0);
});

test.each<[Fault, RegExp]>([
  ["replans at apply", /a silent change/],
  ["forgets its plans", /contradicts its plan/],
  ["refuses too late", /was refused, and changed all the same/],
])("would notice a controller that %s", async (fault, message) => {
  await expect(runPlans(`a controller that ${fault}`, 500, fault)).rejects.toThrow(message);
});
