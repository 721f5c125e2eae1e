/**
 * Two hosts with 1 Gbit/s links. `origin` holds every chunk of the image, `target` none; `target` is cordoned, so that it
 * never becomes a replica. Volumes are ordered from the agents themselves, as the controller does it.
 */
import { AgentClient, type BootRecording, type ControllerClient, type SeedSpec } from "@dvce/api";
import { ChunkBitmap, indexImage, pushImage, type ImageIndex } from "@dvce/image";
import { rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { DevPool, type DevHost } from "../../service/src/dev-pool";

export const poolName = "boot";
const image = "bench";
export const seed: SeedSpec = { hostname: "guest", userData: "", sshAuthorizedKeys: [] };
const profileTimeoutMs = 5 * 60_000;
/** A restarted agent first finds out whether KVM boots guests, which takes long on a busy machine. */
const knownTimeoutMs = 5 * 60_000;
const pollMs = 200;

export class Scene {
  private constructor(
    readonly pool: DevPool,
    readonly admin: ControllerClient,
    readonly origin: DevHost,
    readonly target: DevHost,
    readonly index: ImageIndex,
    private readonly imagePath: string,
    private readonly nodeToken: string,
  ) {}

  static async make(imagePath: string, signal: AbortSignal): Promise<Scene> {
    await DevPool.down({ name: poolName });
    const options = { name: poolName, hosts: 2, rate: "1gbit", replicas: 1, libvirtTcp: true, signal };
    const pool = await DevPool.up(options);
    try {
      const [origin, target] = pool.hosts;
      if (origin === undefined || target === undefined) throw new Error("the pool has too few hosts");
      const admin = await pool.client("admin");
      await admin.changeNode(target.name, "cordon");
      const index = await indexImage(imagePath);
      const scene = new Scene(pool, admin, origin, target, index, imagePath, await pool.token("node"));
      await scene.#push();
      return scene;
    } catch (error) {
      await pool.down();
      throw error;
    }
  }

  agent(host: DevHost): AgentClient {
    return new AgentClient({ url: host.agentUrl, token: this.nodeToken });
  }

  async domainType(): Promise<string> {
    return (await this.admin.listNodes())[0]?.domainType ?? "qemu";
  }

  /** Takes the boot profile from the version, by dropping and pushing the image again: its chunks are still there. */
  async forgetProfile(): Promise<void> {
    await this.admin.deleteImage(image);
    await this.#push();
  }

  setProfile(recording: BootRecording): Promise<unknown> {
    return this.admin.putBootProfile(this.index.version, recording, true);
  }

  /** Waits until the boot that goes on is recorded. */
  async recordedProfile(signal: AbortSignal): Promise<BootRecording> {
    const deadlineMs = Date.now() + profileTimeoutMs;
    for (;;) {
      try {
        const { node, recordedAt, seconds, chunks } = await this.admin.getBootProfile(this.index.version);
        return { node, recordedAt, seconds, chunks };
      } catch (error) {
        if (Date.now() > deadlineMs) throw error;
      }
      signal.throwIfAborted();
      await delay(pollMs);
    }
  }

  /**
   * Restarts a host's agent without what it keeps in these folders and files of its data directory, and waits until it
   * knows the version again.
   */
  async restartWithout(host: DevHost, names: readonly string[]): Promise<void> {
    await host.killAgent();
    for (const name of names) await rm(host.file(`/var/lib/dvce/${name}`), { recursive: true, force: true });
    await host.start();
    await this.#presentChunks(host);
  }

  /** Image bytes of the version that the host's agent has. */
  async presentBytes(host: DevHost): Promise<number> {
    return this.index.dataBytes - (await this.#presentChunks(host)).missingBytes(this.index);
  }

  async #push(): Promise<void> {
    await pushImage(this.admin, { image, path: this.imagePath, index: this.index });
    for (const host of this.pool.hosts) await this.#presentChunks(host);
  }

  async #presentChunks(host: DevHost): Promise<ChunkBitmap> {
    const deadlineMs = Date.now() + knownTimeoutMs;
    for (;;) {
      try {
        const { bitmap } = await this.agent(host).getInventory(this.index.version);
        return ChunkBitmap.fromBase64(bitmap, this.index.chunkCount);
      } catch (error) {
        if (Date.now() > deadlineMs) throw error;
      }
      await delay(pollMs);
    }
  }
}
