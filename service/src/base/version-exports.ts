/**
 * The known versions as NBD exports, each over its base file. A base file is made when a version is first opened
 * and stays open until the version is forgotten.
 */
import type { FastifyBaseLogger } from "fastify";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KnownVersion, KnownVersions } from "../agent/known-versions";
import type { NbdExport, NbdExports, NbdExtent } from "../nbd/export";
import type { ChunkReader } from "../peers/chunk-reader";
import { BaseFile } from "./base-file";

export interface VersionExportsOptions {
  /** Everything in it is removed at start. */
  readonly directory: string;
  readonly versions: KnownVersions;
  readonly chunks: ChunkReader;
  readonly logger: FastifyBaseLogger;
}

export class VersionExports implements NbdExports {
  readonly #options: VersionExportsOptions;
  readonly #files = new Map<string, Promise<BaseFile>>();

  private constructor(options: VersionExportsOptions) {
    this.#options = options;
  }

  static async open(options: VersionExportsOptions): Promise<VersionExports> {
    await rm(options.directory, { recursive: true, force: true });
    await mkdir(options.directory, { recursive: true });
    return new VersionExports(options);
  }

  names(): readonly string[] {
    return this.#options.versions.all().map((version) => version.version);
  }

  async open(name: string): Promise<NbdExport | undefined> {
    const version = this.#options.versions.get(name);
    if (version === undefined) return undefined;
    return new VersionExport(version, () => this.#file(version));
  }

  /** Closes and removes a version's base file. Reads that are under way fail. */
  async remove(version: string): Promise<void> {
    const file = this.#files.get(version);
    if (file === undefined) return;
    this.#files.delete(version);
    await (await file).close();
    await rm(this.#path(version), { force: true });
  }

  async close(): Promise<void> {
    for (const version of [...this.#files.keys()]) await this.remove(version);
  }

  #file(version: KnownVersion): Promise<BaseFile> {
    const known = this.#files.get(version.version);
    if (known !== undefined) return known;
    const { chunks, logger } = this.#options;
    const made = BaseFile.create({
      path: this.#path(version.version),
      index: version.index,
      readChunk: (chunk) => chunks.read(version.index, chunk),
      onWriteFailed: (error) =>
        logger.warn({ err: error, version: version.version }, "a base file cannot be written"),
    });
    made.catch(() => this.#files.delete(version.version)); // the next reader tries again
    this.#files.set(version.version, made);
    return made;
  }

  #path(version: string): string {
    return join(this.#options.directory, `${version}.raw`);
  }
}

class VersionExport implements NbdExport {
  readonly #version: KnownVersion;
  readonly #file: () => Promise<BaseFile>;

  constructor(version: KnownVersion, file: () => Promise<BaseFile>) {
    this.#version = version;
    this.#file = file;
  }

  get sizeBytes(): number {
    return this.#version.index.sizeBytes;
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    return (await this.#file()).read(offsetBytes, lengthBytes);
  }

  *extents(offsetBytes: number, lengthBytes: number): Iterable<NbdExtent> {
    for (const extent of this.#version.index.extents(offsetBytes, lengthBytes)) {
      yield { offsetBytes: extent.offsetBytes, lengthBytes: extent.lengthBytes, hole: extent.chunk < 0 };
    }
  }
}
