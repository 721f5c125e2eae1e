/**
 * The node's base files, one a version: opened when first asked for, open until removed or the agent stops.
 * `<data>/base/<version>.raw` and `.map`; see base-map.ts for what a crash leaves of them.
 */
import { DvceError } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { chmod, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory, temporaryPrefix } from "../agent/files";
import type { KnownVersions } from "../agent/known-versions";
import { BaseFile, countBits } from "./base-file";
import { readMap } from "./base-map";
import type { ChunkSupply } from "./chunk-supply";
import { SpareMemory } from "./spare-memory";

export interface BaseFilesOptions {
  readonly directory: string;
  readonly versions: KnownVersions;
  readonly supply: ChunkSupply;
  /** Volumes that may back directly on the version's raw file. */
  readonly backedBy: (version: string) => readonly string[];
  readonly logger: FastifyBaseLogger;
  /** Bytes kept in memory for readers where files cannot be written. Default 64 MiB. */
  readonly spareBytesMax?: number;
}

const rawSuffix = ".raw";
const mapSuffix = ".map";
const spareBytesMaxDefault = 64 * 1024 * 1024;

export class BaseFiles {
  readonly #options: BaseFilesOptions;
  readonly #spare: SpareMemory;
  readonly #files = new Map<string, Promise<BaseFile>>();
  /** Those of `#files` that are open. */
  readonly #open = new Map<string, BaseFile>();
  /** Removals under way; a version is opened again after its own. */
  readonly #removing = new Map<string, Promise<void>>();
  /** Versions with files on the disk, and whether those were whole when last closed or looked at. */
  readonly #whole = new Map<string, boolean>();
  readonly #openedListeners = new Set<(file: BaseFile) => void>();
  readonly #removedListeners = new Set<(version: string) => Promise<void>>();
  readonly #wholeListeners = new Set<(version: string) => void>();

  private constructor(options: BaseFilesOptions) {
    this.#options = options;
    this.#spare = new SpareMemory(options.spareBytesMax ?? spareBytesMaxDefault);
  }

  /** Finds what is there, and removes the files of versions that neither the pool nor a volume knows. */
  static async open(options: BaseFilesOptions): Promise<BaseFiles> {
    const files = new BaseFiles(options);
    const { directory, versions, backedBy } = options;
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o711); // QEMU's user must reach its files by name, and need not list them
    const names = await readdir(directory);
    for (const name of names) {
      if (name.startsWith(temporaryPrefix)) await rm(join(directory, name));
    }
    const found = names.filter((name) => name.endsWith(rawSuffix) || name.endsWith(mapSuffix));
    for (const version of new Set(found.map((name) => name.slice(0, -rawSuffix.length)))) {
      const known = versions.get(version);
      if (known === undefined && backedBy(version).length === 0) await files.#removeFiles(version);
      else files.#whole.set(version, known !== undefined && (await files.#isWholeOnDisk(known.index)));
    }
    return files;
  }

  /** The version's base file. Throws `DVCE_VERSION_NOT_FOUND`. */
  async open(version: string): Promise<BaseFile> {
    const known = this.#files.get(version);
    if (known !== undefined) return known;
    const { index } = await this.#options.versions.require(version);
    await this.#removing.get(version);
    const meanwhile = this.#files.get(version);
    if (meanwhile !== undefined) return meanwhile;
    const { supply, backedBy, logger } = this.#options;
    const opening = BaseFile.open({
      rawPath: this.pathOf(version),
      mapPath: this.#mapPath(version),
      index,
      supply,
      spare: this.#spare,
      backed: backedBy(version).length > 0,
      onWriteFailed: (error) => logger.warn({ err: error, version }, "a base file cannot be written"),
      onChanged: (extents) =>
        logger.error(
          { version, extents: extents.length },
          "a base file had changed on the disk; it is filled again",
        ),
    });
    this.#files.set(version, opening);
    const file = await opening;
    this.#whole.set(version, file.whole);
    this.#open.set(version, file);
    file.onWhole(() => {
      this.#whole.set(version, true);
      logger.info({ version }, "a base file is whole");
      for (const listener of this.#wholeListeners) listener(version);
    });
    for (const listener of this.#openedListeners) listener(file);
    return file;
  }

  /** Tells of each base file that is opened, before anything is read from it. */
  onOpened(listener: (file: BaseFile) => void): void {
    this.#openedListeners.add(listener);
  }

  /** Tells of each version whose base file has become, or was opened, whole. */
  onWhole(listener: (version: string) => void): void {
    this.#wholeListeners.add(listener);
  }

  /** Called before a base file is closed and removed; resolves when nothing reads it any more. */
  onRemove(listener: (version: string) => Promise<void>): void {
    this.#removedListeners.add(listener);
  }

  /** Versions that have a base file. */
  versions(): readonly string[] {
    return [...this.#whole.keys()];
  }

  /** Every byte of the version is in its base file, durably: a volume can back on the file itself. */
  isWhole(version: string): boolean {
    const file = this.#open.get(version);
    return this.#whole.has(version) && (file?.whole ?? this.#whole.get(version) === true);
  }

  /** Where the version's raw file lies, or would. */
  pathOf(version: string): string {
    return join(this.#options.directory, `${version}${rawSuffix}`);
  }

  /** Bytes that the version's base file takes on the disk; of all of them without a version. */
  async diskBytes(version?: string): Promise<number> {
    const versions = version === undefined ? this.versions() : [version];
    const paths = versions.flatMap((each) => [this.pathOf(each), this.#mapPath(each)]);
    const sizes = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /**
   * Removes a version's base file; the next read of the version begins another. Throws `DVCE_IMAGE_IN_USE` while
   * a volume backs directly on it.
   */
  async remove(version: string): Promise<void> {
    const volumes = this.#options.backedBy(version);
    if (volumes.length > 0) {
      throw new DvceError(
        "DVCE_IMAGE_IN_USE",
        `The volumes ${volumes.join(", ")} back on the base file of version ${version}. Delete them first.`,
      );
    }
    this.#whole.delete(version); // no volume is made on it from here on
    const removal = (this.#removing.get(version) ?? Promise.resolve()).then(() => this.#remove(version));
    this.#removing.set(version, removal);
    try {
      await removal;
    } finally {
      if (this.#removing.get(version) === removal) this.#removing.delete(version);
    }
  }

  /** Writes every map and closes the files. */
  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    for (const file of files) await (await file).close();
  }

  async #remove(version: string): Promise<void> {
    const file = this.#files.get(version);
    this.#files.delete(version);
    this.#open.delete(version);
    for (const listener of this.#removedListeners) await listener(version);
    await (await file)?.close();
    this.#spare.dropAll(`${version}/`);
    await this.#removeFiles(version);
  }

  async #removeFiles(version: string): Promise<void> {
    await rm(this.#mapPath(version), { force: true });
    await syncDirectory(this.#options.directory); // a map must never outlive its file
    await rm(this.pathOf(version), { force: true });
  }

  async #isWholeOnDisk(index: { version: string; sizeBytes: number; extentCount: number }): Promise<boolean> {
    const raw = await stat(this.pathOf(index.version)).catch(() => undefined);
    if (raw?.size !== index.sizeBytes) return false;
    const bits = await readMap(this.#mapPath(index.version), index);
    return bits !== undefined && countBits(bits) === index.extentCount;
  }

  #mapPath(version: string): string {
    return join(this.#options.directory, `${version}${mapSuffix}`);
  }
}
