/**
 * What the agent knows of its volumes: `<data>/records/<domain>.json`, one each, written durably.
 *
 * A record is written as `making` before the first file of its volume appears and as `ready` after the last is
 * safe; as `deleting` before the first is removed, and removed itself after the last. So after a crash every
 * file that is not of a `ready` volume is named by a record, and the next start removes both. `retiring` is like
 * `deleting`, but the disk goes to the retired ones.
 */
import { bytesSchema, digestSchema, timestampSchema } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { syncDirectory, temporaryPrefix, writeFileDurably } from "../agent/files";

export const volumeRecordSchema = z.object({
  domain: z.string(),
  state: z.enum(["making", "ready", "deleting", "retiring"]),
  version: digestSchema,
  sizeBytes: bytesSchema,
  seedDigest: digestSchema,
  createdAt: timestampSchema,
  /** The version's count of fetched bytes when the volume was made. */
  fetchedBytesBefore: bytesSchema,
  /**
   * The overlay may back on the version's base file itself instead of its NBD export. Written before it does, so that
   * the file is never removed under it.
   */
  onBaseFile: z.boolean().default(false),
});

export type VolumeRecord = z.infer<typeof volumeRecordSchema>;

const suffix = ".json";

export class VolumeRecords {
  readonly #directory: string;
  readonly #records = new Map<string, VolumeRecord>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Reads every record. A record that cannot be understood is left alone and reported: its volume may matter. */
  static async open(directory: string, logger: FastifyBaseLogger): Promise<VolumeRecords> {
    const records = new VolumeRecords(directory);
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      if (name.startsWith(temporaryPrefix)) await rm(path);
      if (name.startsWith(temporaryPrefix) || !name.endsWith(suffix)) continue;
      try {
        const record = volumeRecordSchema.parse(JSON.parse(await readFile(path, "utf8")));
        records.#records.set(record.domain, record);
      } catch (error) {
        logger.error({ err: error, path }, "a volume's record cannot be read; the volume is not listed");
      }
    }
    return records;
  }

  get(domain: string): VolumeRecord | undefined {
    return this.#records.get(domain);
  }

  all(): readonly VolumeRecord[] {
    return [...this.#records.values()].sort((a, b) => (a.domain < b.domain ? -1 : 1));
  }

  /** Volumes that may back directly on the version's base file. */
  onBaseFileOf(version: string): readonly string[] {
    return this.all()
      .filter((record) => record.onBaseFile && record.version === version)
      .map(({ domain }) => domain);
  }

  async write(record: VolumeRecord): Promise<void> {
    await writeFileDurably(this.#path(record.domain), `${JSON.stringify(record, null, 2)}\n`);
    this.#records.set(record.domain, record);
  }

  async remove(domain: string): Promise<void> {
    await rm(this.#path(domain), { force: true });
    await syncDirectory(this.#directory);
    this.#records.delete(domain);
  }

  #path(domain: string): string {
    return join(this.#directory, `${domain}${suffix}`);
  }
}
