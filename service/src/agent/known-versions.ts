/**
 * The versions whose indexes this node has: `<data>/versions/<digest>.dvci`, each written in one piece under its
 * digest. A file that is torn or damaged fails its digest check at start, is removed and fetched again.
 *
 * Indexes stay in their files, of which the pages in use are in memory; see ImageIndex.open.
 */
import { DvceError, isDvceError } from "@dvce/api";
import { ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncDirectory, temporaryPrefix, writeSynced } from "./files";

const suffix = ".dvci";

/** A version with a way to find a chunk's number by its digest. */
export class KnownVersion {
  readonly index: ImageIndex;

  constructor(index: ImageIndex) {
    this.index = index;
  }

  get version(): string {
    return this.index.version;
  }

  /** The number of the chunk in the index, or -1. */
  numberOf(digest: Buffer): number {
    return this.index.chunkNumber(digest);
  }
}

export interface KnownVersionsOptions {
  readonly directory: string;
  /** The index of a version, from the controller. Throws `DVCE_VERSION_NOT_FOUND`. */
  readonly fetchIndex: (version: string) => Promise<Buffer>;
  readonly logger: FastifyBaseLogger;
}

export class KnownVersions {
  readonly #options: KnownVersionsOptions;
  readonly #known = new Map<string, KnownVersion>();
  readonly #fetching = new Map<string, Promise<KnownVersion>>();
  readonly #timesGiven = new Map<string, number>();
  /** Versions being forgotten; one is kept again only after all traces of it are gone. */
  readonly #forgetting = new Map<string, Promise<void>>();
  #added: (version: KnownVersion) => void = () => undefined;
  #forgotten: (version: string) => Promise<void> = async () => undefined;

  private constructor(options: KnownVersionsOptions) {
    this.#options = options;
  }

  /** Reads every index of the directory. */
  static async open(options: KnownVersionsOptions): Promise<KnownVersions> {
    const versions = new KnownVersions(options);
    await mkdir(options.directory, { recursive: true });
    for (const name of await readdir(options.directory)) {
      const path = join(options.directory, name);
      if (name.startsWith(temporaryPrefix)) await rm(path);
      if (name.startsWith(temporaryPrefix) || !name.endsWith(suffix)) continue;
      try {
        const version = new KnownVersion(await openIndex(name.slice(0, -suffix.length), path));
        versions.#known.set(version.version, version);
      } catch (error) {
        if (!isDvceError(error, "DVCE_INDEX_INVALID")) throw error; // what is wrong is not the file
        options.logger.warn({ err: error, path }, "an index is damaged; it is removed and fetched again");
        await rm(path);
      }
    }
    return versions;
  }

  /** Tells a listener of versions added and forgotten from now on. One listener. */
  listen(added: (version: KnownVersion) => void, forgotten: (version: string) => Promise<void>): void {
    this.#added = added;
    this.#forgotten = forgotten;
  }

  get(version: string): KnownVersion | undefined {
    return this.#known.get(version);
  }

  all(): readonly KnownVersion[] {
    return [...this.#known.values()];
  }

  /** Keeps an index. Idempotent. Throws `DVCE_INDEX_INVALID`, also when its digest is not `version`. */
  async put(version: string, bytes: Buffer): Promise<KnownVersion> {
    this.#timesGiven.set(version, this.timesGiven(version) + 1);
    const known = this.#known.get(version);
    if (known !== undefined) return known;
    await this.#forgetting.get(version);
    const path = this.pathOf(version);
    const temporary = join(this.#options.directory, `${temporaryPrefix}${version}-${randomUUID()}`);
    let index: ImageIndex | undefined;
    try {
      await writeSynced(temporary, bytes);
      index = await openIndex(version, temporary);
      await rename(temporary, path);
      await syncDirectory(this.#options.directory);
    } catch (error) {
      index?.close();
      await rm(temporary, { force: true });
      throw error;
    }
    const meanwhile = this.#known.get(version);
    if (meanwhile !== undefined) {
      index.close();
      return meanwhile;
    }
    const added = new KnownVersion(index);
    this.#known.set(version, added);
    this.#added(added);
    return added;
  }

  /** The version, from the controller when it is not known yet. Throws `DVCE_VERSION_NOT_FOUND`. */
  async require(version: string): Promise<KnownVersion> {
    const known = this.#known.get(version);
    if (known !== undefined) return known;
    const running = this.#fetching.get(version);
    if (running !== undefined) return running;
    const fetching = this.#options
      .fetchIndex(version)
      .then((bytes) => this.put(version, bytes))
      .finally(() => this.#fetching.delete(version));
    this.#fetching.set(version, fetching);
    return fetching;
  }

  /** How often the version's index was given to this node since the agent started. */
  timesGiven(version: string): number {
    return this.#timesGiven.get(version) ?? 0;
  }

  /** Drops an index. Its chunks stay in the store. */
  async forget(version: string): Promise<void> {
    const known = this.#known.get(version);
    if (known === undefined) return this.#forgetting.get(version);
    this.#known.delete(version);
    const forgetting = rm(this.pathOf(version), { force: true })
      .then(() => this.#forgotten(version))
      .finally(() => {
        known.index.close();
        this.#forgetting.delete(version);
      });
    this.#forgetting.set(version, forgetting);
    await forgetting;
  }

  /** Where the version's index lies, or would. */
  pathOf(version: string): string {
    return join(this.#options.directory, `${version}${suffix}`);
  }
}

/** Throws `DVCE_INDEX_INVALID`, also when the file holds another version's index. */
async function openIndex(version: string, path: string): Promise<ImageIndex> {
  const index = await ImageIndex.open(path);
  if (index.version === version) return index;
  index.close();
  throw new DvceError(
    "DVCE_INDEX_INVALID",
    `The index has the digest ${index.version}, but was given as version ${version}. Send the index that the ` +
      "version is named after.",
  );
}
