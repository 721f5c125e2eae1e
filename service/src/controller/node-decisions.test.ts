import { clusterSpecSchema } from "@dvce/api";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";
import { refused } from "../../../test/support/refused";

const seed = { hostname: "h", userData: "", sshAuthorizedKeys: [] };

describe("what operators decide about nodes", () => {
  let pool: MemoryPool;
  beforeEach(() => {
    pool = new MemoryPool({ settings: { replicas: 1 } });
    for (const name of ["a", "b"]) pool.join(name);
  });
  afterEach(() => pool.close());

  const decisions = () => pool.controller.decisions;
  const stateOf = (name: string) => pool.controller.registry.get(name).state;
  const kinds = () =>
    pool.controller.history.list().flatMap(({ kind }) => (kind.startsWith("node-") ? kind : []));
  const specOf = (version: string) =>
    clusterSpecSchema.parse({
      name: "web",
      members: [{ name: "0", version, vcpus: 1, memoryMiB: 64, diskBytes: 2 ** 30 }],
    });
  function apply(version: string) {
    const spec = specOf(version);
    const { placements } = pool.controller.clusters.plan(spec);
    return pool.controller.clusters.commit({ spec, placements }).placements[0];
  }
  function silence(name: string): void {
    pool.agent(name).down = true;
    pool.pass(12_000);
  }

  it("is a mark of its own each, taken back by its own command, and told once", async () => {
    decisions().cordon("a");
    decisions().drain("a");
    expect(stateOf("a")).toBe("draining");
    const draining = await refused("DVCE_NODE_STATE", () => decisions().uncordon("a"));
    expect(draining.message).toContain("'dvce node undrain a'");
    decisions().undrain("a");
    expect(stateOf("a")).toBe("cordoned");
    decisions().fence("a");
    decisions().fence("a");
    expect(stateOf("a")).toBe("fenced");
    const fenced = await refused("DVCE_NODE_STATE", () => decisions().uncordon("a"));
    expect(fenced.message).toContain("'dvce node unfence a'");
    await refused("DVCE_NODE_STATE", () => decisions().drain("a"));
    decisions().unfence("a");
    pool.join("a");
    expect(stateOf("a")).toBe("cordoned");
    decisions().uncordon("a");
    decisions().uncordon("a");
    expect(stateOf("a")).toBe("ready");
    const decided = kinds().filter((kind) => kind !== "node-up" && kind !== "node-joined");
    expect(decided).toEqual([
      "node-cordoned",
      "node-draining",
      "node-undrained",
      "node-fenced",
      "node-unfenced",
      "node-uncordoned",
    ]);
    await refused("DVCE_NODE_NOT_FOUND", () => decisions().drain("z"));
  });

  it("outlives a restart of the controller", () => {
    decisions().drain("a");
    pool.restartController();
    expect(stateOf("a")).toBe("joining");
    pool.join("a");
    expect(stateOf("a")).toBe("draining");
  });

  it("moves members off a draining node at the next plan, says so, and leaves them where they went", async () => {
    const version = await pool.push("debian", 1, 2);
    const home = apply(version)?.node ?? "";
    const other = home === "a" ? "b" : "a";
    decisions().drain(home);
    const [moving] = pool.controller.clusters.plan(specOf(version)).placements;
    expect(moving).toMatchObject({ node: other, moved: home });
    expect(moving?.reason).toContain(`moves from ${home}, which is draining`);
    expect(apply(version)?.node).toBe(other);
    decisions().undrain(home);
    expect(apply(version)?.node).toBe(other);
    decisions().drain(home);
    decisions().drain(other);
    const nowhere = await refused("DVCE_PLACEMENT_INFEASIBLE", () =>
      pool.controller.clusters.plan(specOf(version)),
    );
    expect(nowhere.details.map(({ message }) => message).join()).toContain("is draining");
  });

  it("keeps members on an unreachable node until it is fenced, with a warning", async () => {
    const version = await pool.push("debian", 1, 2);
    const home = apply(version)?.node ?? "";
    silence(home);
    const [stays] = pool.controller.clusters.plan(specOf(version)).placements;
    expect(stays).toMatchObject({ node: home, moved: null });
    expect(stays?.warning).toContain(`${home} is unreachable`);
    const shown = pool.controller.clusters.get("web").placements[0];
    expect(shown?.warning).toBe(`${home} is unreachable: its heartbeats stopped`);
    decisions().fence(home);
    const [moves] = pool.controller.clusters.plan(specOf(version)).placements;
    expect(moves).toMatchObject({ moved: home, warning: null });
  });

  describe("to remove", () => {
    const removal = (name: string) => refused("DVCE_NODE_IN_USE", () => decisions().remove(name));

    it("is refused while its agent reports, its members are placed, or the pool's only copy is on it", async () => {
      expect((await removal("a")).message).toContain("it is ready: stop its agent first");
      const version = await pool.push("debian", 1, 2);
      const [home = ""] = pool.controller.state.versions.get(version)?.targets ?? [];
      apply(version);
      silence(home);
      const inUse = await removal(home);
      expect(inUse.message).toContain("cluster web has members on it");
      expect(inUse.message).toContain(`all that it has of image debian, version ${version}`);
      const other = home === "a" ? "b" : "a";
      imageOf(1, 2).index.chunks.forEach(({ digest }) => pool.agent(other).chunks.add(digest));
      pool.beat(other);
      expect((await removal(home)).details).toHaveLength(1);
      pool.controller.clusters.delete("web");
      decisions().remove(home);
      expect(pool.controller.registry.list().map(({ name }) => name)).toEqual([other]);
      expect(pool.controller.state.versions.get(version)?.targets).toEqual([]);
      await refused("DVCE_NODE_NOT_FOUND", () => decisions().remove(home));
      pool.agent(home).down = false;
      pool.join(home);
      expect(stateOf(home)).toBe("ready");
    });

    it("is refused after a restart that left unknown what it holds, until it is fenced", async () => {
      const version = await pool.push("debian", 1, 2);
      const [home = ""] = pool.controller.state.versions.get(version)?.targets ?? [];
      pool.restartController();
      silence(home);
      expect((await removal(home)).message).toContain("image debian");
      decisions().fence(home);
      decisions().remove(home);
      expect(pool.controller.images.get("debian").versions[0]?.replicas).toEqual([]);
    });

    it("of a fenced node forgets what died with it", async () => {
      const version = await pool.push("debian", 1, 2);
      const home = apply(version)?.node ?? "";
      await pool.controller.volumes.create({ cluster: "web", member: "0", node: home, seed });
      const uuid = "00000000-0000-0000-0000-000000000001";
      await pool.controller.vms.recordDefined({ name: "web-0", uuid, node: home });
      silence(home);
      pool.controller.clusters.plan(specOf(version));
      expect((await removal(home)).message).toContain("the volume web-0 is on it");
      decisions().fence(home);
      expect((await removal(home)).message).toMatch(/removed: cluster web has members on it/);
      expect(apply(version)?.node).not.toBe(home);
      decisions().remove(home);
      expect(pool.controller.state.volumes.list()).toEqual([]);
      expect(pool.controller.state.vms.list()).toEqual([]);
      expect(kinds().slice(-1)).toEqual(["node-removed"]);
    });
  });
});
