/**
 * Applies that race: many clients commit at once, over connections of their own, what they planned from the same pool, which
 * has room for some of them. Whatever the order, each gets exactly what it planned or is refused and changes nothing, and no
 * node gives more than it has.
 */
import {
  ControllerClient,
  isDvceError,
  type Cluster,
  type ClusterPlan,
  type ClusterSpecInput,
} from "@dvce/api";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { prepareImages, push } from "../provider/support/drift";
import { TestPool } from "../provider/support/test-pool";
import { announceSeed, Random } from "../support/random";
import { roundsOf } from "../support/rounds";

jest.setTimeout(10 * 60_000);

const nodeVcpus = 8;
const names = ["n1", "n2", "n3", "n4"];
const rounds = roundsOf({ short: 12, long: 400 });

interface Contender {
  readonly spec: ClusterSpecInput;
  readonly plan: ClusterPlan;
}
type Outcome = { readonly cluster: Cluster } | { readonly error: unknown };

describe("applies that race", () => {
  let pool: TestPool;
  let directory: string;
  let version: string;
  const random = new Random(announceSeed("races"));

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "dvce-races-"));
    pool = await TestPool.start(names.map((name) => ({ name, vcpus: nodeVcpus, memoryMiB: 64 * 1024 })));
    const [image] = await prepareImages(directory, 1);
    if (image === undefined) throw new Error("no image was made");
    await push(pool, image, "debian");
    version = image.index.version;
  });
  afterAll(async () => {
    await pool.close();
    await rm(directory, { recursive: true });
  });

  function specOf(name: string): ClusterSpecInput {
    const vcpus = 1 + random.below(4);
    const members = Array.from({ length: 1 + random.below(8) }, (_, i) => ({
      name: `m${i}`,
      version,
      vcpus,
      memoryMiB: 256,
      diskBytes: 1024 ** 3,
    }));
    const antiAffinity = members.length <= names.length && random.below(3) === 0;
    return { name, members, constraints: { antiAffinity } };
  }

  async function contend(count: number): Promise<Contender[]> {
    const contenders: Contender[] = [];
    for (let i = 0; i < count; i++) {
      const spec = specOf(`c${i}`);
      try {
        contenders.push({ spec, plan: await pool.client.planCluster(spec) });
      } catch (error) {
        if (!isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE")) throw error;
      }
    }
    return contenders;
  }

  /** A client with a connection of its own. */
  async function commit({ spec, plan }: Contender): Promise<Outcome> {
    const client = new ControllerClient({ url: pool.url, token: pool.token("operator") });
    try {
      return { cluster: await client.commitCluster({ spec, placements: plan.placements }) };
    } catch (error) {
      return { error };
    }
  }

  const nodesOf = ({ placements }: { placements: readonly { member: string; node: string }[] }) =>
    placements.map(({ member, node }) => `${member} ${node}`);

  async function checkPool(contenders: readonly Contender[], outcomes: readonly Outcome[]): Promise<number> {
    const committed = new Map((await pool.client.listClusters()).map((cluster) => [cluster.name, cluster]));
    let won = 0;
    for (const [i, { spec, plan }] of contenders.entries()) {
      const outcome = outcomes[i];
      if (outcome !== undefined && "cluster" in outcome) {
        won++;
        expect(nodesOf(outcome.cluster)).toEqual(nodesOf(plan));
        expect(nodesOf(committed.get(spec.name) ?? { placements: [] })).toEqual(nodesOf(plan));
      } else {
        expect(committed.has(spec.name)).toBe(false);
        expect(outcome?.error).toMatchObject({ code: "DVCE_PLAN_STALE" });
        const message = outcome?.error instanceof Error ? outcome.error.message : "";
        expect(message).toMatch(
          /member m\d: node n\d (has too little|is (cordoned|draining|fenced))|node n\d was/,
        );
      }
    }
    for (const { allocated, capacity } of await pool.client.listNodes())
      expect(allocated.vcpus).toBeLessThanOrEqual(capacity.vcpus);
    return won;
  }

  const clear = async () => {
    for (const { name } of await pool.client.listClusters()) await pool.client.deleteCluster(name);
  };

  it(`for the last capacity: the first wins, the others are refused and change nothing (${rounds} rounds)`, async () => {
    let refusals = 0;
    for (let round = 0; round < rounds; round++) {
      const contenders = await contend(2 + random.below(7));
      const outcomes = await Promise.all(contenders.map(commit));
      const won = await checkPool(contenders, outcomes);
      if (contenders.length > 0) expect(won).toBeGreaterThan(0);
      refusals += contenders.length - won;
      // Who was refused plans again, and gets what is left or is told that nothing is.
      for (const [i, contender] of contenders.entries()) {
        if (!("error" in (outcomes[i] ?? {}))) continue;
        try {
          const plan = await pool.client.planCluster(contender.spec);
          expect(await commit({ spec: contender.spec, plan })).toHaveProperty("cluster");
        } catch (error) {
          expect(error).toMatchObject({ code: "DVCE_PLACEMENT_INFEASIBLE" });
        }
      }
      await clear();
    }
    expect(refusals).toBeGreaterThan(0);
  });

  it(`with operators who cordon, drain and fence nodes meanwhile (${rounds} rounds)`, async () => {
    const actions = ["cordon", "drain", "fence"] as const;
    for (let round = 0; round < rounds; round++) {
      const contenders = await contend(1 + random.below(4));
      const action = random.pick(actions);
      const node = names[random.below(names.length)] ?? "";
      const commits = contenders.map(commit);
      const [outcomes] = await Promise.all([Promise.all(commits), pool.client.changeNode(node, action)]);
      await checkPool(contenders, outcomes);
      await pool.client.changeNode(node, `un${action}`);
      if (action === "fence") await pool.nodes.get(node)?.register();
      await clear();
    }
  });

  it("of one cluster: one of two changes is made whole, the other is refused, and says what changed", async () => {
    for (let round = 0; round < rounds; round++) {
      const [first] = await contend(1);
      if (first === undefined) throw new Error("an empty pool takes no cluster");
      expect(await commit(first)).toHaveProperty("cluster");
      const changes = [1, 2].map((more) => ({
        ...first.spec,
        members: [
          ...first.spec.members,
          ...first.spec.members.slice(0, 1).map((member) => ({ ...member, name: `x${more}` })),
        ],
      }));
      const contenders: Contender[] = [];
      for (const spec of changes) {
        try {
          contenders.push({ spec, plan: await pool.client.planCluster(spec) });
        } catch (error) {
          if (!isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE")) throw error;
        }
      }
      const outcomes = await Promise.all(contenders.map(commit));
      const winners = contenders.filter((_, i) => "cluster" in (outcomes[i] ?? {}));
      const refused = outcomes.flatMap((outcome) => ("error" in outcome ? outcome.error : []));
      if (contenders.length === 2) {
        expect(winners).toHaveLength(1);
        const message = refused[0] instanceof Error ? refused[0].message : "";
        expect(message).toMatch(/cluster c0 was changed at .*; member x\d was not placed and is on n\d/);
      }
      for (const { spec, plan } of winners) {
        const cluster = await pool.client.getCluster(spec.name);
        expect(nodesOf(cluster)).toEqual(nodesOf(plan));
      }
      await clear();
    }
  });
});
