/** What the controller knows of nodes' disks and of what is damaged, and the versions under an image's name. */
import { clusterSpecSchema, type Heartbeat } from "@dvce/api";
import { ChunkBitmap } from "@dvce/image";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";
import { healthy } from "../../../test/support/node-health";
import { refused } from "../../../test/support/refused";

const GiB = 1024 ** 3;

describe("the controller", () => {
  let pool: MemoryPool;
  beforeEach(() => {
    pool = new MemoryPool();
    for (const name of ["a", "b", "c"]) pool.join(name);
  });
  afterEach(() => pool.close());

  const push = (image: string, ...numbers: number[]) => pool.push(image, ...numbers);

  /** A heartbeat with more than chunks. */
  function report(name: string, more: Partial<Heartbeat>) {
    const agent = pool.agent(name);
    return pool.controller.registry.heartbeat(name, {
      epoch: pool.controller.registry.get(name).epoch,
      sequence: agent.nextSequence(),
      storeBytes: 0,
      baseBytes: 0,
      diskFreeBytes: 50 * GiB,
      inventory: [...agent.indexes.keys()].map((version) => agent.inventory(version)),
      ...more,
    });
  }

  const kinds = () => pool.controller.history.list().map(({ kind }) => kind);
  const historyOf = (kind: string) => pool.controller.history.list().filter((event) => event.kind === kind);
  const digest = (number: number) => imageOf(number).index.chunkDigest(0);

  describe("the versions of an image", () => {
    it("get further names without moving a byte", async () => {
      const { images } = pool.controller;
      const first = await push("debian", 1);
      const second = await push("debian", 2);
      expect(images.tag(first, "stable")).toMatchObject({
        image: "stable",
        version: first,
        state: "complete",
      });
      expect(images.tag(first, "stable").version).toBe(first);
      expect(images.get("stable").version).toBe(first);
      images.tag(second, "stable");
      expect(images.get("stable")).toMatchObject({ version: second });
      images.tag(first, "stable");
      expect(images.get("stable").versions.map(({ version }) => version)).toEqual([second, first]);
      expect(historyOf("tagged")).toHaveLength(3);
      expect(images.get("debian").version).toBe(second);
    });

    it("are tagged only when they are known and whole", async () => {
      const { images } = pool.controller;
      const { index } = imageOf(1);
      await refused("DVCE_VERSION_NOT_FOUND", () => images.tag(index.version, "stable"));
      await images.announce("debian", index.encode());
      await refused("DVCE_IMAGE_INCOMPLETE", () => images.tag(index.version, "stable"));
      await refused("DVCE_IMAGE_NOT_FOUND", () => images.get("stable"));
    });

    it("are taken from it one by one, and go with their last name", async () => {
      const { images } = pool.controller;
      const first = await push("debian", 1);
      const second = await push("debian", 2);
      images.tag(first, "old");
      images.deleteVersion("debian", second);
      expect(images.get("debian").version).toBe(first);
      await refused("DVCE_VERSION_NOT_FOUND", () => images.getVersion(second));
      await refused("DVCE_VERSION_NOT_FOUND", () => images.deleteVersion("debian", second));
      images.deleteVersion("debian", first);
      await refused("DVCE_IMAGE_NOT_FOUND", () => images.deleteVersion("debian", first));
      expect(images.getVersion(first).image).toBe("old");
      pool.beatAll();
      expect([...pool.agent("a").indexes.keys()]).toEqual([first]);
      expect(historyOf("version-deleted").map(({ version }) => version)).toEqual([second, first]);
    });

    it("are not taken from under a cluster, unless another name keeps them", async () => {
      const { images, clusters } = pool.controller;
      const version = await push("debian", 1);
      const member = { name: "0", version, vcpus: 1, memoryMiB: 512, diskBytes: GiB };
      const spec = clusterSpecSchema.parse({ name: "web", members: [member] });
      clusters.commit({ spec, placements: clusters.plan(spec).placements });
      await refused("DVCE_IMAGE_IN_USE", () => images.deleteVersion("debian", version));
      images.tag(version, "kept");
      images.deleteVersion("debian", version);
      await refused("DVCE_IMAGE_IN_USE", () => images.delete("kept"));
    });

    it("are not kept by a name that they were only announced under, unless they were announced and no more", async () => {
      const { images, clusters, state } = pool.controller;
      const version = await push("debian", 1);
      const member = { name: "0", version, vcpus: 1, memoryMiB: 512, diskBytes: GiB };
      const spec = clusterSpecSchema.parse({ name: "web", members: [member] });
      clusters.commit({ spec, placements: clusters.plan(spec).placements });
      await images.announce("perhaps", images.getIndexBytes(version));
      await refused("DVCE_IMAGE_IN_USE", () => images.delete("debian"));
      clusters.delete("web");
      images.delete("debian");
      expect(state.versions.digests()).toEqual([]);
      const { index } = imageOf(7, 8);
      await images.announce("one", index.encode());
      await images.announce("other", index.encode());
      images.delete("one");
      expect(state.versions.digests()).toEqual([index.version]);
      images.delete("other");
      expect(state.versions.digests()).toEqual([]);
    });
  });

  describe("evictions", () => {
    const ask = async (name: string, version: string, ...chunks: number[]) => {
      const index = pool.agent(name).indexes.get(version);
      const wanted = new ChunkBitmap(index?.chunkCount ?? 0);
      for (const chunk of chunks) wanted.set(chunk);
      const { approved } = await pool.controller.evictions.approve(name, {
        epoch: pool.controller.registry.get(name).epoch,
        sequence: pool.agent(name).nextSequence(),
        version,
        bitmap: wanted.toBase64(),
      });
      const bitmap = ChunkBitmap.fromBase64(approved, wanted.length);
      return chunks.filter((chunk) => bitmap.has(chunk));
    };
    const give = (name: string, ...numbers: number[]) => {
      for (const number of numbers) pool.agent(name).chunks.add(digest(number));
      pool.beat(name);
    };

    it("are approved beyond the replicas that the pool keeps, and told to the history", async () => {
      const version = await push("debian", 1, 2); // on a and b
      give("c", 1);
      expect(await ask("c", version, 0)).toEqual([0]);
      expect(pool.controller.images.getVersion(version).replicas.map(({ node }) => node)).toEqual(["a", "b"]);
      expect(historyOf("evicted")[0]).toMatchObject({
        node: "c",
        version,
        image: "debian",
        detail: { chunks: 1 },
      });
      expect(await ask("a", version, 0, 1)).toEqual([]);
    });

    it("give a target's place to another node that has the whole version, and to none that has a part", async () => {
      const version = await push("debian", 1, 2);
      give("c", 1);
      expect(await ask("a", version, 0)).toEqual([]);
      give("c", 1, 2);
      expect(await ask("a", version, 0, 1)).toEqual([0, 1]);
      expect(historyOf("evicted")[0]?.detail["retargeted"]).toEqual([{ version, targets: ["c", "b"] }]);
      expect(await ask("c", version, 0, 1)).toEqual([]);
      pool.beat("a"); // it lost the answer and kept the chunks
      expect(await ask("a", version, 0)).toEqual([0]);
    });

    it("look at a chunk in every version that has it", async () => {
      const first = await push("debian", 1, 2); // on a and b
      pool.controller.decisions.cordon("a");
      const second = await push("other", 2, 3); // on b and c
      pool.controller.decisions.uncordon("a");
      give("a", 2, 3);
      // Chunk 2 lies on all three, but each version has b and one of the others as targets.
      expect(await ask("a", first, 1)).toEqual([]);
      expect(await ask("c", second, 0)).toEqual([0]); // a has the whole of the second and takes c's place
      expect(await ask("a", second, 0)).toEqual([]);
      expect(pool.controller.images.getVersion(first).replicas.map(({ node }) => node)).toEqual(["a", "b"]);
    });

    it("do not count nodes that are away, fenced, joining or damaged", async () => {
      const version = await push("debian", 1);
      give("c", 1);
      report("b", { health: { ...healthy, quarantinedChunks: 1 } });
      expect(await ask("c", version, 0)).toEqual([]);
      report("b", { health: { ...healthy, storeStopped: "its disk failed" } });
      expect(await ask("c", version, 0)).toEqual([]);
      report("b", { health: healthy });
      pool.controller.decisions.fence("b");
      expect(await ask("c", version, 0)).toEqual([]);
      pool.controller.decisions.unfence("b");
      pool.controller.registry.register("b", { ...pool.controller.pool.node("b") });
      expect(await ask("c", version, 0)).toEqual([]);
      pool.join("b");
      expect(await ask("c", version, 0)).toEqual([0]);
    });

    it("do count the good copies of a node that has lost another chunk", async () => {
      const version = await push("debian", 1);
      give("c", 1);
      const lostChunks = ["e".repeat(64)];
      report("b", { health: { ...healthy, quarantinedChunks: 2, lostChunks } });
      expect(await ask("c", version, 0)).toEqual([]);
      report("b", { health: { ...healthy, quarantinedChunks: 1, lostChunks } });
      expect(await ask("c", version, 0)).toEqual([0]);
    });

    it("are refused with an old epoch, an old number, an unknown version and a bitmap that does not fit", async () => {
      const { evictions, registry } = pool.controller;
      const version = await push("debian", 1);
      const request = { epoch: registry.get("c").epoch, version, bitmap: new ChunkBitmap(1).toBase64() };
      const next = () => pool.agent("c").nextSequence();
      await refused("DVCE_NODE_EPOCH_STALE", () =>
        evictions.approve("c", { ...request, epoch: request.epoch + 1, sequence: next() }),
      );
      const late = next();
      pool.beat("c");
      await refused("DVCE_NODE_EPOCH_STALE", () => evictions.approve("c", { ...request, sequence: late }));
      await refused("DVCE_VERSION_NOT_FOUND", () =>
        evictions.approve("c", { ...request, version: "f".repeat(64), sequence: next() }),
      );
      await refused("DVCE_INPUT_INVALID", () =>
        evictions.approve("c", { ...request, bitmap: "", sequence: next() }),
      );
      await refused("DVCE_NODE_NOT_FOUND", () => evictions.approve("x", { ...request, sequence: 1 }));
    });

    it("of two nodes that ask at once, leave one with its copies", async () => {
      pool.close();
      pool = new MemoryPool({ settings: { replicas: 1 } });
      for (const name of ["a", "b", "c"]) pool.join(name);
      const version = await push("debian", 1, 2); // on a
      give("b", 1, 2);
      give("c", 1, 2);
      pool.agent("a").down = true;
      pool.pass(12_000);
      const answers = await Promise.all([ask("b", version, 0, 1), ask("c", version, 0, 1)]);
      expect(answers.map(({ length }) => length).sort()).toEqual([0, 2]);
    });
  });

  describe("health", () => {
    it("is what the node said last, and its events are told once", async () => {
      const health = { ...healthy, quarantinedChunks: 2 };
      const events = [{ number: 1, kind: "collected" as const, chunks: 5, bytes: 99, digests: [] }];
      report("a", { health, events, baseBytes: 7 });
      report("a", { events, baseBytes: 7 }); // its answer was lost, or came late
      expect(pool.controller.pool.node("a")).toMatchObject({ health, baseBytes: 7 });
      expect(historyOf("collected")).toMatchObject([{ node: "a", detail: { chunks: 5, bytes: 99 } }]);
      pool.join("a"); // a new run counts from one again
      report("a", { events });
      expect(historyOf("collected")).toHaveLength(2);
    });

    it("of a chunk is lost when no node has a good copy, by digest, image and version", async () => {
      const version = await push("debian", 1, 2);
      const lose = (name: string) => {
        pool.agent(name).chunks.delete(digest(2));
        report(name, { health: { ...healthy, quarantinedChunks: 1, lostChunks: [digest(2)] } });
      };
      const lost = () => pool.controller.images.getVersion(version).lostChunks;
      lose("a");
      pool.controller.tick();
      expect(lost()).toEqual([]); // b has it
      lose("b");
      expect(lost()).toEqual([digest(2)]);
      expect(pool.controller.images.getSources(version).lostChunks).toEqual([digest(2)]);
      pool.controller.tick();
      pool.controller.tick();
      expect(historyOf("lost")).toMatchObject([
        { image: "debian", version, detail: { digests: [digest(2)] } },
      ]);
      // A node that has not reported yet may have it.
      pool.controller.registry.register("c", { ...pool.controller.pool.node("c") });
      expect(lost()).toEqual([]);
      pool.join("c");
      expect(lost()).toEqual([digest(2)]);
      await push("debian", 1, 2);
      expect(lost()).toEqual([]);
    });
  });

  it("counts what images keep of the disk for new members, not what they can drop, and moves none for them", async () => {
    const version = await push("debian", 1);
    const member = { name: "0", version, vcpus: 1, memoryMiB: 512, diskBytes: 60 * GiB };
    const spec = clusterSpecSchema.parse({ name: "web", members: [member] });
    const { clusters, decisions } = pool.controller;
    const committed = clusters.commit({ spec, placements: clusters.plan(spec).placements });
    expect(committed.placements[0]?.node).toBe("a");
    for (const name of ["a", "b", "c"]) report(name, { storeBytes: 30 * GiB, baseBytes: 15 * GiB });
    // It stays, also when it grows as far as volumes alone would let it.
    const grown = { ...spec, members: [{ ...member, diskBytes: 100 * GiB }] };
    expect(clusters.plan(grown).placements[0]?.node).toBe("a");
    for (const name of ["b", "c"]) decisions.cordon(name);
    // The member's version, one chunk of 64 KiB, stays there: as a chunk and in its base file.
    const keptBytes = 2 * 64 * 1024;
    const other = (diskBytes: number) =>
      clusterSpecSchema.parse({ name: "other", members: [{ ...member, diskBytes }] });
    const error = await refused("DVCE_PLACEMENT_INFEASIBLE", () => clusters.plan(other(40 * GiB)));
    expect(error.details[0]?.message).toMatch(/a has too little disk: .* taken by images/);
    expect(clusters.plan(other(40 * GiB - keptBytes)).placements[0]?.node).toBe("a");
    report("a", { storeBytes: 0, baseBytes: 0 });
    expect(clusters.plan(other(40 * GiB)).placements[0]?.node).toBe("a");
    expect(kinds()).toContain("placed");
  });
});
