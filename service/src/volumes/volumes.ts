/**
 * The node's volumes: for each a qcow2 overlay on a version and a NoCloud seed. The overlay backs on the version's
 * NBD export; or on its base file itself where that is whole, so that its guest needs no agent.
 *
 * Files are made under temporary names and renamed when they are whole and safe. What each crash leaves is said
 * in volume-records.ts; `open` cleans it up. Work on one volume happens one at a time.
 */
import { DvceError, seedDigest, type AgentCreateVolume, type AgentVolume, type Hydration } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { randomUUID } from "node:crypto";
import { access, chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { syncDirectory, syncFile } from "../agent/files";
import type { KnownVersions } from "../agent/known-versions";
import type { Hypervisor } from "../agent/libvirt/hypervisor";
import { runTool } from "../agent/run-tool";
import { receiveDisk } from "./disk-transfer";
import { Restores } from "./restores";
import type { RetiredDisks } from "./retired-disks";
import { makeSeed } from "./seed";
import type { VolumeRecord, VolumeRecords } from "./volume-records";

export interface VolumesOptions {
  /** Where overlays and seeds lie; libvirt's storage pool is over it. */
  readonly directory: string;
  readonly records: VolumeRecords;
  /** On the same file system as `directory`. */
  readonly retired: RetiredDisks;
  /** The retired disk of a domain, as `sendDisk` sends it, from the agent at the URL. */
  readonly fetchDisk: (
    agentUrl: string,
    domain: string,
    signal: AbortSignal,
  ) => Promise<AsyncIterable<Buffer>>;
  /** On the same file system as `directory`. Everything in it is removed at start. */
  readonly scratchDirectory: string;
  readonly nbdSocketPath: string;
  readonly versions: KnownVersions;
  readonly hypervisor: Hypervisor;
  /** Path of the version's base file if that is whole. */
  readonly wholeFileOf: (version: string) => string | undefined;
  /** The version's count of image bytes fetched from peers so far. */
  readonly fetchedBytesOf: (version: string) => number;
  /** How much of the version this node has. */
  readonly hydrationOf: (version: string) => Hydration;
  /** A volume of the version begins to be made. */
  readonly onMaking: (version: string) => void;
  readonly now: () => Date;
  readonly logger: FastifyBaseLogger;
}

/** A volume that was written to this lately may be about to start. */
const switchQuietMs = 30_000;

const infoSchema = z.object({ "backing-filename": z.string().optional(), "virtual-size": z.number() });

export class Volumes {
  readonly #options: VolumesOptions;
  readonly #records: VolumeRecords;
  readonly #working = new Map<string, Promise<unknown>>();
  readonly #restores = new Restores();

  private constructor(options: VolumesOptions) {
    this.#options = options;
    this.#records = options.records;
  }

  /** Reads the records and removes what earlier work left half-made. */
  static async open(options: VolumesOptions): Promise<Volumes> {
    await rm(options.scratchDirectory, { recursive: true, force: true });
    await mkdir(options.scratchDirectory, { recursive: true, mode: 0o700 });
    await mkdir(options.directory, { recursive: true });
    await chmod(options.directory, 0o711); // QEMU's user must reach its files by name, and need not list them
    const volumes = new Volumes(options);
    for (const record of options.records.all()) {
      if (record.state === "retiring") await volumes.#retire(record);
      else if (record.state !== "ready") await volumes.#remove(record);
      else if (record.onBaseFile) await volumes.#checkBacking(record);
    }
    return volumes;
  }

  /**
   * Makes a volume. The same order again answers the volume that is there.
   * Throws `DVCE_VOLUME_EXISTS` when it is there and was ordered otherwise, `DVCE_VOLUME_SIZE_INVALID`,
   * `DVCE_VERSION_NOT_FOUND`, `DVCE_TOOL_FAILED`; after any error nothing of it is left. One that is to have the
   * contents of a retired disk is first answered by `DVCE_VOLUME_COPYING`: give the same order again.
   */
  create(order: AgentCreateVolume): Promise<AgentVolume> {
    if (order.contents === undefined) {
      return this.#exclusively(order.domain, () =>
        this.#create(order, (overlay, b) => this.#makeOverlay(order, overlay, b)),
      );
    }
    return this.#restores.join(order, (onBytes, signal) =>
      this.#exclusively(order.domain, () =>
        this.#create(order, (overlay, backing) =>
          this.#copyOverlay(order, overlay, backing, onBytes, signal),
        ),
      ),
    );
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
    return this.#take(domain, "deleting", (record) => this.#remove(record));
  }

  /** Like `delete`, but the disk is kept as a retired one. */
  retire(domain: string): Promise<void> {
    return this.#take(domain, "retiring", (record) => this.#retire(record));
  }

  /** Ends what takes long. */
  close(): Promise<void> {
    return this.#restores.stop();
  }

  async #take(
    domain: string,
    state: "deleting" | "retiring",
    take: (record: VolumeRecord) => Promise<void>,
  ): Promise<void> {
    await this.#restores.stop(domain);
    await this.#exclusively(domain, async () => {
      const record = this.#records.get(domain);
      if (record === undefined) throw notFound(domain);
      const using = await this.#options.hypervisor.domainsUsing([this.path(domain), this.seedPath(domain)]);
      if (using.length > 0) {
        throw new DvceError(
          "DVCE_VOLUME_IN_USE",
          `The volume ${domain} is a disk of the domain ${using.join(", ")}. Undefine the domain first.`,
        );
      }
      await this.#records.write({ ...record, state });
      await take(record);
      await this.#options.hypervisor.refreshStoragePool().catch((error: unknown) => {
        this.#options.logger.warn({ err: error, domain }, "libvirt still lists a volume that was deleted");
      });
    });
  }

  /** Versions that volumes have, also such as are being made or deleted. */
  versions(): ReadonlySet<string> {
    return new Set(this.#records.all().map((record) => record.version));
  }

  /**
   * Lets volumes whose version's base file has become whole back on the file, from their next start on. Those that a
   * guest uses now, or that changed lately, are left for the next call: a domain that starts in the moment in which its
   * disk is switched would find it locked. Throws what libvirt throws.
   */
  async switchToWholeFiles(): Promise<void> {
    const { wholeFileOf, hypervisor } = this.#options;
    const waiting = (record: VolumeRecord) =>
      record.state === "ready" && !record.onBaseFile && wholeFileOf(record.version) !== undefined;
    if (!this.#records.all().some(waiting)) return;
    const running = new Set(await hypervisor.runningDomains());
    let switched = false;
    for (const { domain } of this.#records.all().filter(waiting)) {
      if (running.has(domain)) continue;
      if (await this.#exclusively(domain, () => this.#switch(domain))) switched = true;
    }
    if (switched) await hypervisor.refreshStoragePool();
  }

  async #switch(domain: string): Promise<boolean> {
    const { wholeFileOf, now, logger } = this.#options;
    const record = this.#records.get(domain);
    const changed = await stat(this.path(domain)).catch(() => undefined);
    if (record?.state !== "ready" || record.onBaseFile || changed === undefined) return false;
    if (now().getTime() - changed.mtimeMs < switchQuietMs) return false;
    await this.#records.write({ ...record, onBaseFile: true });
    const wholeFile = wholeFileOf(record.version);
    const rebase = [
      "rebase",
      "-q",
      "-u",
      "-f",
      "qcow2",
      "-F",
      "raw",
      "-b",
      wholeFile ?? "",
      this.path(domain),
    ];
    try {
      // Takes QEMU's own lock of the overlay: it fails while any QEMU has it open, and none can open it meanwhile.
      if (wholeFile !== undefined) await runTool("qemu-img", rebase);
      await syncFile(this.path(domain));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.info(
        { domain, reason },
        "a volume cannot be switched to its whole base file now; it goes on as it is",
      );
    }
    const isSwitched = wholeFile !== undefined && (await this.#backingOf(domain)) === wholeFile;
    if (isSwitched) logger.info({ domain }, "a volume backs on its whole base file from its next start on");
    else await this.#records.write(record);
    return isSwitched;
  }

  /** A crash may have come between the record of a switch and the switch. */
  async #checkBacking(record: VolumeRecord): Promise<void> {
    const backing = await this.#backingOf(record.domain).catch(() => undefined);
    if (backing?.startsWith("nbd") === true) await this.#records.write({ ...record, onBaseFile: false });
  }

  /** What the overlay backs on, as its header says. */
  async #backingOf(domain: string): Promise<string | undefined> {
    const info = ["info", "--force-share", "--output=json", "-f", "qcow2", this.path(domain)];
    return infoSchema.parse(JSON.parse(await runTool("qemu-img", info)))["backing-filename"];
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

  async #create(
    order: AgentCreateVolume,
    makeOverlay: (overlay: string, backing: string) => Promise<void>,
  ): Promise<AgentVolume> {
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
      onBaseFile: this.#options.wholeFileOf(version) !== undefined,
    };
    await this.#records.write(record);
    this.#options.onMaking(version);
    try {
      // Asked again: until the record was written, nothing kept the base file from being removed.
      const wholeFile = record.onBaseFile ? this.#options.wholeFileOf(version) : undefined;
      const backing = wholeFile ?? exportUri(version, this.#options.nbdSocketPath);
      await this.#makeFiles(order, digest, (overlay) => makeOverlay(overlay, backing));
      await this.#options.hypervisor.refreshStoragePool();
      const ready: VolumeRecord = { ...record, state: "ready", onBaseFile: wholeFile !== undefined };
      await this.#records.write(ready);
      return this.#describe(ready);
    } catch (error) {
      await this.#remove(record);
      await this.#options.hypervisor.refreshStoragePool().catch(() => undefined);
      throw error;
    }
  }

  async #makeFiles(
    order: AgentCreateVolume,
    digest: string,
    makeOverlay: (overlay: string) => Promise<void>,
  ): Promise<void> {
    const { directory, scratchDirectory } = this.#options;
    const work = join(scratchDirectory, randomUUID());
    const overlay = `${work}.qcow2`;
    const seed = `${work}.iso`;
    try {
      await makeOverlay(overlay);
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

  async #makeOverlay({ sizeBytes }: AgentCreateVolume, overlay: string, backing: string): Promise<void> {
    const size = String(sizeBytes);
    // A size that is no multiple of 512 is rounded up by qemu-img itself.
    await runTool("qemu-img", ["create", "-q", "-f", "qcow2", "-b", backing, "-F", "raw", overlay, size]);
  }

  /** The other node's overlay is one on the same version, so it only has to be told where that lies here. */
  async #copyOverlay(
    { domain, sizeBytes, contents }: AgentCreateVolume,
    overlay: string,
    backing: string,
    onBytes: (receivedBytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (contents === undefined) throw new Error("an order without contents copies nothing");
    signal.throwIfAborted();
    const pieces = await this.#options.fetchDisk(contents.agentUrl, domain, signal);
    await receiveDisk(pieces, overlay, onBytes);
    await runTool("qemu-img", ["rebase", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", backing, overlay]);
    const info = infoSchema.parse(
      JSON.parse(await runTool("qemu-img", ["info", "--output=json", "-f", "qcow2", overlay])),
    );
    const wantedBytes = Math.ceil(sizeBytes / 512) * 512;
    if (info["virtual-size"] === wantedBytes) return;
    throw new DvceError(
      "DVCE_VOLUME_SIZE_INVALID",
      `The disk of ${domain} on ${contents.node} has ${info["virtual-size"]} bytes, the volume is to have ${wantedBytes}.`,
    );
  }

  async #retire(record: VolumeRecord): Promise<void> {
    if (await this.#isPresent(record.domain)) {
      await this.#options.retired.take(record.domain, this.path(record.domain));
    }
    await this.#remove(record);
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

/** What QEMU opens for a version that this node exports. */
function exportUri(version: string, nbdSocketPath: string): string {
  return `nbd+unix:///${version}?socket=${nbdSocketPath}`;
}

function notFound(domain: string): DvceError {
  return new DvceError("DVCE_VOLUME_NOT_FOUND", `This node has no volume ${domain}.`);
}
