/** What the controller keeps of boots and of hydration, on a pool in memory. */
import { clusterSpecSchema, encodeChunkList, type BootRecording } from "@dvce/api";
import { encodeBatch, encodeChunk } from "@dvce/image";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";

const chunkBytes = 64 * 1024;

describe("boots and hydration in the controller", () => {
  let pool: MemoryPool;
  const { index, chunks } = imageOf(1, 2, 3, 4);
  const { version } = index;

  beforeEach(async () => {
    pool = new MemoryPool({ settings: { replicas: 1 } });
    pool.join("a");
    const { images } = pool.controller;
    await images.announce("debian", index.encode());
    await images.putChunks(version, encodeBatch(chunks.map((chunk) => encodeChunk(chunk))));
    await images.commit(version, "debian");
    pool.join("b");
  });
  afterEach(() => pool.close());

  const recording = (changes: Partial<BootRecording> = {}): BootRecording => ({
    node: "a",
    recordedAt: "2026-01-01T00:00:01.000Z",
    seconds: 12.5,
    chunks: encodeChunkList([3, 0, 1]),
    ...changes,
  });
  const events = (kind: string) => pool.controller.history.list().filter((event) => event.kind === kind);

  describe("a boot profile", () => {
    it("is the first boot that was told of, also for another controller", () => {
      const { bootProfiles } = pool.controller;
      expect(() => bootProfiles.get(version)).toThrow(
        expect.objectContaining({ code: "DVCE_BOOT_PROFILE_NOT_FOUND" }),
      );
      expect(bootProfiles.record(version, recording(), false)).toEqual({ kept: true });
      expect(bootProfiles.record(version, recording({ chunks: encodeChunkList([2]) }), false)).toEqual({
        kept: false,
      });
      pool.restartController();
      expect(pool.controller.bootProfiles.get(version)).toEqual({
        ...recording(),
        version,
        chunkCount: 3,
        imageBytes: 3 * chunkBytes,
      });
    });

    it("is another one by force", () => {
      const { bootProfiles } = pool.controller;
      bootProfiles.record(version, recording(), false);
      const later = recording({ node: "b", chunks: encodeChunkList([2]) });
      expect(bootProfiles.record(version, later, true)).toEqual({ kept: true });
      expect(bootProfiles.get(version)).toMatchObject({ node: "b", chunkCount: 1 });
    });

    it("is told to the history with its figures, whether it is kept or not", () => {
      const { bootProfiles } = pool.controller;
      bootProfiles.record(version, recording(), false);
      bootProfiles.record(version, recording({ chunks: encodeChunkList([2]), seconds: 3 }), false);
      expect(events("booted").map(({ node, detail }) => ({ node, ...detail }))).toEqual([
        { node: "a", chunkCount: 3, imageBytes: 3 * chunkBytes, seconds: 12.5, profile: true },
        { node: "a", chunkCount: 1, imageBytes: chunkBytes, seconds: 3, profile: false },
      ]);
    });

    it("goes with its version", async () => {
      const { bootProfiles, images } = pool.controller;
      bootProfiles.record(version, recording(), false);
      images.delete("debian");
      expect(() => bootProfiles.get(version)).toThrow(
        expect.objectContaining({ code: "DVCE_VERSION_NOT_FOUND" }),
      );
      await images.announce("debian", index.encode());
      expect(() => bootProfiles.get(version)).toThrow(
        expect.objectContaining({ code: "DVCE_BOOT_PROFILE_NOT_FOUND" }),
      );
    });

    it.each([
      ["of an unknown version", "DVCE_VERSION_NOT_FOUND", "0".repeat(64), {}],
      ["from an unknown node", "DVCE_NODE_NOT_FOUND", version, { node: "stranger" }],
      ["of no chunk", "DVCE_INPUT_INVALID", version, { chunks: "" }],
      [
        "of chunks that are not the version's",
        "DVCE_INPUT_INVALID",
        version,
        { chunks: encodeChunkList([4]) },
      ],
    ])("%s is refused, and nothing is kept", (_what, code, of, changes) => {
      const { bootProfiles } = pool.controller;
      expect(() => bootProfiles.record(of, recording(changes), true)).toThrow(
        expect.objectContaining({ code }),
      );
      expect(events("booted")).toEqual([]);
      expect(() => bootProfiles.get(version)).toThrow(
        expect.objectContaining({ code: "DVCE_BOOT_PROFILE_NOT_FOUND" }),
      );
    });
  });

  describe("a volume's hydration", () => {
    const seed = { hostname: "h", userData: "", sshAuthorizedKeys: [] };

    async function makeVolume(antiAffinity: boolean): Promise<string> {
      const members = ["0", "1"].map((name) => ({
        name,
        version,
        vcpus: 1,
        memoryMiB: 1024,
        diskBytes: 1024 ** 3,
      }));
      const spec = clusterSpecSchema.parse({ name: "web", members, constraints: { antiAffinity } });
      const { placements } = pool.controller.clusters.plan(spec);
      pool.controller.clusters.commit({ spec, placements });
      for (const { member, node } of placements) {
        await pool.controller.volumes.create({ cluster: "web", member, node, seed });
      }
      return placements.find(({ node }) => node === "b")?.domain ?? "";
    }
    const hydratedAt = async () =>
      Object.fromEntries((await pool.controller.volumes.list()).map((v) => [v.node, v.hydratedAt]));

    it("is noted when its node has the whole version, once", async () => {
      const onB = await makeVolume(true);
      pool.pass(2_000);
      expect(await hydratedAt()).toEqual({ a: expect.any(String), b: null });
      expect(events("hydrated")).toHaveLength(1);

      chunks.slice(0, 3).forEach((_chunk, i) => pool.agent("b").chunks.add(index.chunkDigest(i)));
      await pool.agent("b").putVersion(version, index.encode());
      pool.pass(10_000);
      expect((await hydratedAt())["b"]).toBeNull();
      pool.agent("b").chunks.add(index.chunkDigest(3));
      pool.pass(10_000);
      expect((await hydratedAt())["b"]).toEqual(expect.any(String));
      pool.restartController();
      pool.pass(20_000);
      expect(events("hydrated").map(({ node, domain }) => ({ node, domain }))).toEqual([
        { node: "a", domain: expect.any(String) },
        { node: "b", domain: onB },
      ]);
    });

    it("is shown of each domain, as its node tells it", async () => {
      const onB = await makeVolume(true);
      const { vms } = pool.controller;
      await vms.recordDefined({ name: onB, uuid: "11111111-1111-1111-1111-111111111111", node: "b" });
      const agent = pool.agent("b");
      const hydration = { state: "hydrating", presentBytes: 7, totalBytes: 9 } as const;
      const volume = await agent.getVolume(onB);
      agent.volumes.set(onB, { ...volume, hydration });
      expect(await vms.list()).toMatchObject([{ domain: onB, hydration }]);
      agent.down = true;
      expect(await vms.list()).toMatchObject([{ domain: onB, hydration: volume.hydration }]);
    });
  });
});
