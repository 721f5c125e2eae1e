/**
 * The node's volumes: for each a qcow2 overlay on a version's NBD export, and a NoCloud seed.
 *
 * Files are made under temporary names and renamed when they are whole and safe. What each crash leaves is said
 * in volume-records.ts; `open` cleans it up. Work on one volume happens one at a time.
 */
import { DvceError, seedDigest, type AgentCreateVolume, type AgentVolume, type Hydration } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { randomUUID } from "node:crypto";
import { access, chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory, syncFile } from "../agent/files";
import type { KnownVersions } from "../agent/known-versions";
import type { Hypervisor } from "../agent/libvirt/hypervisor";
import { runTool } from "../agent/run-tool";
import { makeSeed } from "./seed";
import { VolumeRecords, type VolumeRecord } from "./volume-records";

export interface VolumesOptions {
  /** Where overlays and seeds lie; libvirt's storage pool is over it. */
  readonly directory: string;
  readonly recordDirectory: string;
  /** On the same file system as `directory`. Everything in it is removed at start. */
  readonly scratchDirectory: string;
  readonly nbdSocketPath: string;
  readonly versions: KnownVersions;
  readonly hypervisor: Hypervisor;
  /** The version's count of image bytes fetched from peers so far. */
  readonly fetchedBytesOf: (version: string) => number;
  /** How much of the version this node has. */
  readonly hydrationOf: (version: string) => Hydration;
  /** A volume of the version begins to be made. */
  readonly onMaking: (version: string) => void;
  readonly now: () => Date;
  readonly logger: FastifyBaseLogger;
}

export class Volumes {
  readonly #options: VolumesOptions;
  readonly #records: VolumeRecords;
  readonly #working = new Map<string, Promise<unknown>>();

  private constructor(options: VolumesOptions, records: VolumeRecords) {
    this.#options = options;
    this.#records = records;
  }

  /** Reads the records and removes what earlier work left half-made. */
  static async open(options: VolumesOptions): Promise<Volumes> {
    await rm(options.scratchDirectory, { recursive: true, force: true });
    await mkdir(options.scratchDirectory, { recursive: true, mode: 0o700 });
    await mkdir(options.directory, { recursive: true });
    await chmod(options.directory, 0o711); // QEMU's user must reach its files by name, and need not list them
    const records = await VolumeRecords.open(options.recordDirectory, options.logger);
    const volumes = new Volumes(options, records);
    for (const record of records.all()) if (record.state !== "ready") await volumes.#remove(record);
    return volumes;
  }

  /**
   * Makes a volume. The same order again answers the volume that is there.
   * Throws `DVCE_VOLUME_EXISTS` when it is there and was ordered otherwise, `DVCE_VOLUME_SIZE_INVALID`,
   * `DVCE_VERSION_NOT_FOUND`, `DVCE_TOOL_FAILED`; after any error nothing of it is left.
   */
  create(order: AgentCreateVolume): Promise<AgentVolume> {
    return this.#exclusively(order.domain, () => this.#create(order));
  }

  async list(): Promise<AgentVolume[]> {
    const ready = this.#records.all().filter((record) => record.state === "ready");
    const present = await Promise.all(ready.map((record) => this.#isPresent(record.domain)));
    return ready.filter((_record, i) => present[i]).map((record) => this.#describe(record));
  }

  /** Throws `DVCE_VOLUME_NOT_FOUND`, also when somebody has removed the volume's file. */
  async get(domain: string): Promise<AgentVolume> {
    const record = this.#records.get(domain);
    if (record?.state !== "ready" || !(await this.#isPresent(domain))) throw notFound(domain);
    return this.#describe(record);
  }

  /** Throws `DVCE_VOLUME_IN_USE` while a domain has it as a disk, and `DVCE_VOLUME_NOT_FOUND`. */
  delete(domain: string): Promise<void> {
    return this.#exclusively(domain, async () => {
      const record = this.#records.get(domain);
      if (record === undefined) throw notFound(domain);
      const using = await this.#options.hypervisor.domainsUsing([this.path(domain), this.seedPath(domain)]);
      if (using.length > 0) {
        throw new DvceError(
          "DVCE_VOLUME_IN_USE",
          `The volume ${domain} is a disk of the domain ${using.join(", ")}. Undefine the domain first.`,
        );
      }
      await this.#records.write({ ...record, state: "deleting" });
      await this.#remove(record);
      await this.#options.hypervisor.refreshStoragePool().catch((error: unknown) => {
        this.#options.logger.warn({ err: error, domain }, "libvirt still lists a volume that was deleted");
      });
    });
  }

  /** Versions that volumes have, also such as are being made or deleted. */
  versions(): ReadonlySet<string> {
    return new Set(this.#records.all().map((record) => record.version));
  }

  /** Whether a volume needs the version's index. */
  uses(version: string): boolean {
    return this.#records.all().some((record) => record.version === version);
  }

  path(domain: string): string {
    return join(this.#options.directory, `${domain}.qcow2`);
  }

  seedPath(domain: string): string {
    return join(this.#options.directory, `${domain}-seed.iso`);
  }

  async #create(order: AgentCreateVolume): Promise<AgentVolume> {
    const { domain, version, sizeBytes } = order;
    const digest = seedDigest(order.seed);
    const existing = this.#records.get(domain);
    if (existing !== undefined) {
      if (
        existing.version !== version ||
        existing.sizeBytes !== sizeBytes ||
        existing.seedDigest !== digest
      ) {
        throw new DvceError(
          "DVCE_VOLUME_EXISTS",
          `The volume ${domain} exists with another image, size or seed. Delete it first.`,
        );
      }
      if (existing.state === "ready" && (await this.#isPresent(domain))) return this.#describe(existing);
      await this.#remove(existing); // an earlier try failed, or its files are gone
    } else if (await this.#isPresent(domain)) {
      // Nothing of ours is ever left without a record, so this may be a guest's data.
      throw new DvceError(
        "DVCE_VOLUME_EXISTS",
        `The file ${this.path(domain)} is there, but this node has no readable record of its volume. ` +
          "Restore the record, or move the file away, and try again.",
      );
    }
    const { index } = await this.#options.versions.require(version);
    if (sizeBytes < index.sizeBytes) {
      throw new DvceError(
        "DVCE_VOLUME_SIZE_INVALID",
        `The volume ${domain} is to have ${sizeBytes} bytes, its image has ${index.sizeBytes}. ` +
          "Give the member a disk of at least the image's size.",
        { details: [{ path: ["sizeBytes"], message: `must be at least ${index.sizeBytes}` }] },
      );
    }
    const record: VolumeRecord = {
      domain,
      state: "making",
      version,
      sizeBytes,
      seedDigest: digest,
      createdAt: this.#options.now().toISOString(),
      fetchedBytesBefore: this.#options.fetchedBytesOf(version),
    };
    await this.#records.write(record);
    this.#options.onMaking(version);
    try {
      await this.#makeFiles(order, digest);
      await this.#options.hypervisor.refreshStoragePool();
      const ready: VolumeRecord = { ...record, state: "ready" };
      await this.#records.write(ready);
      return this.#describe(ready);
    } catch (error) {
      await this.#remove(record);
      await this.#options.hypervisor.refreshStoragePool().catch(() => undefined);
      throw error;
    }
  }

  async #makeFiles(order: AgentCreateVolume, digest: string): Promise<void> {
    const { directory, scratchDirectory, nbdSocketPath } = this.#options;
    const work = join(scratchDirectory, randomUUID());
    const overlay = `${work}.qcow2`;
    const seed = `${work}.iso`;
    try {
      const backing = `nbd+unix:///${order.version}?socket=${nbdSocketPath}`;
      const size = String(order.sizeBytes);
      // A size that is no multiple of 512 is rounded up by qemu-img itself.
      await runTool("qemu-img", ["create", "-q", "-f", "qcow2", "-b", backing, "-F", "raw", overlay, size]);
      await makeSeed(seed, order.seed, `${order.domain}-${digest.slice(0, 16)}`, scratchDirectory);
      for (const file of [overlay, seed]) {
        await chmod(file, 0o600); // libvirt gives it to QEMU's user when the domain starts
        await syncFile(file);
      }
      await rename(overlay, this.path(order.domain));
      await rename(seed, this.seedPath(order.domain));
      await syncDirectory(directory);
    } finally {
      await rm(overlay, { force: true });
      await rm(seed, { force: true });
    }
  }

  async #remove(record: VolumeRecord): Promise<void> {
    await rm(this.path(record.domain), { force: true });
    await rm(this.seedPath(record.domain), { force: true });
    await syncDirectory(this.#options.directory);
    await this.#records.remove(record.domain);
  }

  #describe(record: VolumeRecord): AgentVolume {
    const { domain, version, sizeBytes, createdAt } = record;
    return {
      domain,
      version,
      sizeBytes,
      path: this.path(domain),
      seedPath: this.seedPath(domain),
      seedDigest: record.seedDigest,
      createdAt,
      fetchedBytes: Math.max(0, this.#options.fetchedBytesOf(version) - record.fetchedBytesBefore),
      hydration: this.#options.hydrationOf(version),
    };
  }

  async #isPresent(domain: string): Promise<boolean> {
    return access(this.path(domain)).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return false;
        throw error; // unreadable is not gone: what counts as gone is made anew
      },
    );
  }

  async #exclusively<T>(domain: string, work: () => Promise<T>): Promise<T> {
    const before = this.#working.get(domain) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#working.set(domain, mine);
    try {
      return await mine;
    } finally {
      if (this.#working.get(domain) === mine) this.#working.delete(domain);
    }
  }
}

function notFound(domain: string): DvceError {
  return new DvceError("DVCE_VOLUME_NOT_FOUND", `This node has no volume ${domain}.`);
}
