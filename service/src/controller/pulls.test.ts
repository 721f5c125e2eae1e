import { verifyChunksMax, type PullRequest } from "@dvce/api";
import { decodeBatch, encodeBatch, encodeChunk } from "@dvce/image";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";
import { pullId } from "./pulls";

const request: PullRequest = {
  image: "debian",
  url: "https://user:secret@images.example/debian.qcow2",
  checksum: `sha256:${"1".repeat(64)}`,
};
const id = pullId(request);
const image = imageOf(1, 2, 3);

let pool: MemoryPool;
beforeEach(() => {
  pool = new MemoryPool({ settings: { replicas: 2 } });
  for (const name of ["a", "b", "c"]) pool.join(name).web.set(request.url, image);
});
afterEach(async () => {
  await pool.controller.pulls.close();
  pool.close();
});

/** Lets the controller take steps and nodes report, until the pull is over. */
async function go(): Promise<string> {
  for (let i = 0; i < 50; i++) {
    await pool.controller.pulls.settled();
    const { phase } = pool.controller.pulls.get(id);
    if (phase === "done" || phase === "failed") return phase;
    pool.pass(2_000);
  }
  return "stuck";
}

it("has one node download, others replicate, and commits", async () => {
  const started = pool.controller.pulls.start(request);
  expect(started).toMatchObject({ id, phase: "download", error: null });
  await pool.controller.pulls.settled();
  expect(pool.controller.pulls.get(id)).toMatchObject({
    phase: "download",
    node: "a",
    doneBytes: 1,
    totalBytes: 2,
  });
  expect(await go()).toBe("done");
  const { version } = image.index;
  expect(pool.controller.pulls.get(id)).toMatchObject({ phase: "done", version, error: null });
  expect(pool.controller.images.get("debian")).toMatchObject({ version });
  expect(pool.agent("a").pulls.size).toBe(0);
  expect([...pool.agents.values()].filter(({ chunks }) => chunks.size === 3)).toHaveLength(2);
});

it("shows no password to those who look", () => {
  pool.controller.pulls.start(request);
  expect(JSON.stringify(pool.controller.pulls.list())).not.toContain("secret");
});

it("is joined, not doubled, while it runs, and does nothing twice when it is over", async () => {
  pool.controller.pulls.start(request);
  expect(pool.controller.pulls.start(request).id).toBe(id);
  expect(await go()).toBe("done");
  pool.controller.pulls.start(request);
  expect(await go()).toBe("done");
  expect(pool.controller.pulls.list()).toHaveLength(1);
  expect(pool.controller.images.get("debian").versions).toHaveLength(1);
});

it.each([1, 2, 3, 4])("goes on under a controller that was restarted (after %i steps)", async (steps) => {
  pool.controller.pulls.start(request);
  for (let i = 0; i < steps; i++) {
    await pool.controller.pulls.settled();
    pool.pass(2_000);
  }
  await pool.controller.pulls.close();
  pool.restartController();
  for (const name of pool.agents.keys()) pool.join(name);
  expect(await go()).toBe("done");
  expect(pool.controller.images.get("debian").version).toBe(image.index.version);
});

it("tells an agent again that has forgotten", async () => {
  pool.controller.pulls.start(request);
  await pool.controller.pulls.settled();
  pool.agent("a").pulls.clear();
  expect(await go()).toBe("done");
});

it("takes another node when its own goes away, and another target when that goes away", async () => {
  pool.controller.pulls.start(request);
  await pool.controller.pulls.settled();
  pool.agent("a").down = true;
  expect(await go()).toBe("done");
  expect(pool.controller.pulls.get(id).node).not.toBe("a");
});

it("says why it failed, and goes on when it is asked for again", async () => {
  for (const agent of pool.agents.values()) agent.web.clear();
  pool.controller.pulls.start(request);
  expect(await go()).toBe("failed");
  expect(pool.controller.pulls.get(id).error).toMatchObject({ code: "DVCE_IMAGE_DOWNLOAD_FAILED" });
  for (const agent of pool.agents.values()) agent.web.set(request.url, image);
  pool.controller.pulls.start(request);
  expect(await go()).toBe("done");
});

it("waits, and says for what, while no node is ready", async () => {
  for (const agent of pool.agents.values()) agent.down = true;
  pool.pass(60_000);
  pool.controller.pulls.start(request);
  pool.pass(4_000);
  await pool.controller.pulls.settled();
  expect(pool.controller.pulls.get(id)).toMatchObject({
    phase: "download",
    error: { code: "DVCE_PLACEMENT_INFEASIBLE" },
  });
  for (const [name, agent] of pool.agents) {
    agent.down = false;
    pool.join(name);
  }
  expect(await go()).toBe("done");
});

it("is forgotten some days after it was over", async () => {
  pool.controller.pulls.start(request);
  expect(await go()).toBe("done");
  pool.nowMs += 8 * 24 * 60 * 60 * 1000;
  pool.controller.pulls.tick();
  expect(pool.controller.pulls.list()).toEqual([]);
  expect(() => pool.controller.pulls.get(id)).toThrow(/no pull/);
});

it("refuses more than it can run", () => {
  for (let i = 0; i < 64; i++) pool.controller.pulls.start({ ...request, image: `image-${i}` });
  expect(() => pool.controller.pulls.start(request)).toThrow(/64 pulls run already/);
});

describe("reads of a version", () => {
  const { version } = image.index;
  beforeEach(async () => {
    await pool.controller.images.announce("debian", image.index.encode());
    await pool.controller.images.putChunks(
      version,
      encodeBatch(image.chunks.map((chunk) => encodeChunk(chunk))),
    );
    pool.pass(2_000);
  });
  const read = async (chunks: number[], attempt = 0) => {
    const parts: Buffer[] = [];
    for await (const part of await pool.controller.imageReads.read(version, chunks, attempt))
      parts.push(Buffer.from(part));
    return decodeBatch(Buffer.concat(parts)).map(({ digest }) => digest);
  };

  it("come from a node that has the chunks, another with each attempt", async () => {
    const digests = image.index.chunks.map(({ digest }) => digest);
    for (const attempt of [0, 1, 2]) expect(await read([0, 2], attempt)).toEqual([digests[0], digests[2]]);
    const targets = pool.controller.images.getVersion(version).replicas.map(({ node }) => node);
    pool.agent(targets[0] ?? "").down = true;
    const answers = await Promise.allSettled([read([1], 0), read([1], 1)]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("are refused for what there is not", async () => {
    await expect(read([3])).rejects.toMatchObject({ code: "DVCE_INPUT_INVALID" });
    await expect(pool.controller.imageReads.read("0".repeat(64), [0], 0)).rejects.toMatchObject({
      code: "DVCE_VERSION_NOT_FOUND",
    });
    for (const agent of pool.agents.values()) agent.down = true;
    pool.pass(60_000);
    await expect(read([0])).rejects.toMatchObject({ code: "DVCE_CHUNK_MISSING" });
  });

  it("let a node re-read what it has", async () => {
    const [node = ""] = pool.controller.images.getVersion(version).replicas.map((replica) => replica.node);
    const bad = image.index.chunkDigest(1);
    pool.agent(node).rotten.add(bad);
    const run = { node, firstChunk: 0, chunks: verifyChunksMax };
    expect(await pool.controller.imageReads.verify(version, run)).toMatchObject({
      goodChunks: 2,
      absentChunks: 0,
      bad: [bad],
    });
  });
});
