/** Boot profiles and hydration between real agents. Guests are played by qemu-io on the volumes that the agents make. */
import { decodeChunkList, encodeChunkList } from "@dvce/api";
import { ChunkBitmap } from "@dvce/image";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { DeliverySettings } from "../../service/src/agent/delivery";
import type { Hypervisor } from "../../service/src/agent/libvirt/hypervisor";
import { sampleImage, TestPool } from "./pool";

const run = promisify(execFile);
const chunkBytes = 65536;
const seed = { hostname: "guest", userData: "", sshAuthorizedKeys: [] };
jest.setTimeout(120_000);

/** A libvirt without domains. */
const hypervisor: Hypervisor = {
  domainsUsing: async () => [],
  runningDomains: async () => [],
  ensureStoragePool: async () => undefined,
  refreshStoragePool: async () => undefined,
  resumeAfterIoError: async () => [],
};
const times: DeliverySettings = {
  bootTimes: { settleMs: 2_000, quietMs: 1_000 },
  recorderLimits: { quietMs: 1_000 },
};

/** Every third chunk of the first 150, backwards: an order that neither the image nor read-ahead gives. */
const bootOrder = Array.from({ length: 50 }, (_, i) => 3 * (49 - i));

describe("delivery between agents", () => {
  const image = sampleImage(200);
  const { version, chunkCount } = image.index;
  let pool: TestPool;
  let source: string;
  let others: string[];

  async function start(nodes: readonly string[], delivery: DeliverySettings): Promise<void> {
    pool = await TestPool.start(nodes, { hypervisor, delivery: { ...times, ...delivery } });
    [source = ""] = await pool.push(image);
    others = nodes.filter((node) => node !== source);
    for (const node of others) {
      await pool.until(() =>
        inventory(node).then(
          () => true,
          () => false,
        ),
      );
    }
  }
  afterEach(() => pool.close());

  const other = (position: number) => others[position] ?? "";
  const inventory = async (node: string) =>
    ChunkBitmap.fromBase64((await pool.agent(node).getInventory(version)).bitmap, chunkCount);
  const makeVolume = (node: string, domain: string) =>
    pool.agent(node).createVolume({ domain, version, sizeBytes: image.index.sizeBytes, seed });
  const present = async (node: string, chunks: readonly number[]) => {
    const bitmap = await inventory(node);
    return chunks.filter((chunk) => bitmap.has(chunk)).length;
  };

  /** Reads some KiB of each chunk through the volume, as a guest's boot would; answers how many had to be fetched. */
  async function boot(node: string, domain: string, chunks: readonly number[]): Promise<number> {
    const { path, fetchedBytes } = await pool.agent(node).getVolume(domain);
    const reads = chunks.flatMap((chunk) => ["-c", `read ${chunk * 2 * chunkBytes + 8192} 4096`]);
    await run("qemu-io", ["-r", "-f", "qcow2", ...reads, path]);
    return ((await pool.agent(node).getVolume(domain)).fetchedBytes - fetchedBytes) / chunkBytes;
  }

  it("has the second node fetch ahead what the first one's boot read", async () => {
    await start(["a", "b", "c", "d"], { hydrateBytesPerSecond: 0 });
    await makeVolume(other(0), "first-0");
    expect(await boot(other(0), "first-0", bootOrder)).toBe(bootOrder.length);
    await pool.until(() =>
      pool.admin.getBootProfile(version).then(
        () => true,
        (error: { code: string }) => {
          if (error.code !== "DVCE_BOOT_PROFILE_NOT_FOUND") throw error;
          return false;
        },
      ),
    );
    const profile = await pool.admin.getBootProfile(version);
    expect(decodeChunkList(profile.chunks, chunkCount)).toEqual(bootOrder);
    expect(profile).toMatchObject({ node: other(0), chunkCount: 50, imageBytes: 50 * chunkBytes });

    await makeVolume(other(1), "second-0");
    await pool.until(async () => (await present(other(1), bootOrder)) === bootOrder.length);
    expect((await inventory(other(1))).count()).toBe(bootOrder.length);
    expect(await boot(other(1), "second-0", bootOrder)).toBe(0);

    // What this test must not miss: a profile of something else, which spares the boot nothing.
    const wrong = Array.from({ length: 50 }, (_, i) => 3 * i + 1);
    const recording = { node: other(0), recordedAt: new Date().toISOString(), seconds: 1 };
    await pool.admin.putBootProfile(version, { ...recording, chunks: encodeChunkList(wrong) }, true);
    await makeVolume(other(2), "third-0");
    await pool.until(async () => (await present(other(2), wrong)) === wrong.length);
    expect(await boot(other(2), "third-0", bootOrder)).toBe(bootOrder.length);
  });

  it("hydrates a volume after its boot, over restarts and absent sources, until it needs no peer", async () => {
    await start(["a", "b"], { hydrateBytesPerSecond: 3 * 1024 ** 2 });
    const node = other(0);
    await pool.admin.changeNode(source, "cordon");
    const members = [{ name: "0", version, vcpus: 1, memoryMiB: 128, diskBytes: image.index.sizeBytes }];
    const constraints = { antiAffinity: false, nodeSelector: {} };
    const spec = { name: "web", members, constraints };
    const { placements } = await pool.admin.planCluster(spec);
    await pool.admin.commitCluster({ spec, placements });
    const made = await pool.admin.createVolume({ cluster: "web", member: "0", node, seed });
    const totalBytes = image.index.dataBytes;
    expect(made.hydration).toEqual({ state: "waiting", presentBytes: 0, totalBytes });
    const startedAtMs = Date.now();
    await boot(node, "web-0", bootOrder);
    const after = await pool.admin.getVolume("web-0");
    if (Date.now() - startedAtMs < 1_500) expect(after.hydration.state).toBe("waiting");
    expect(after.fetchedBytes).toBe(50 * chunkBytes);

    const presentBytes = async () => (await pool.admin.getVolume("web-0")).hydration.presentBytes;
    await pool.until(async () => (await presentBytes()) > 60 * chunkBytes);
    expect(await pool.admin.getVolume("web-0")).toMatchObject({
      hydration: { state: "hydrating" },
      hydratedAt: null,
    });
    await pool.stopAgent(source);
    await pool.stopAgent(node);
    await pool.startAgent(node);
    const before = await presentBytes();
    expect(before).toBeGreaterThan(60 * chunkBytes);
    expect(before).toBeLessThan(totalBytes);
    await pool.startAgent(source);
    await pool.until(async () => (await pool.admin.getVolume("web-0")).hydration.state === "hydrated");
    await pool.until(async () => (await pool.admin.getVolume("web-0")).hydratedAt !== null);

    await pool.stopAgent(source);
    await pool.stopController();
    const copy = pool.path("all.raw");
    await run("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", made.path, copy]);
    expect((await readFile(copy)).equals(image.bytes)).toBe(true);
  });
});
