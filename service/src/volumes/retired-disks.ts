/**
 * Disks of volumes that were replaced: `<data>/retired/<domain>.qcow2`, kept for the node to which their member may have
 * moved, until the controller has them removed. A disk comes here by one rename and goes by one removal, so a crash
 * leaves it here or not here.
 */
import { DvceError } from "@dvce/api";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "../agent/files";

export class RetiredDisks {
  private constructor(private readonly directory: string) {}

  static async open(directory: string): Promise<RetiredDisks> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new RetiredDisks(directory);
  }

  /** Takes over a volume's file, which no domain uses. An earlier disk of the domain goes. */
  async take(domain: string, file: string): Promise<void> {
    await rename(file, this.#path(domain));
    await syncDirectory(this.directory);
    await syncDirectory(dirname(file));
  }

  /** @throws DvceError `DVCE_VOLUME_NOT_FOUND` */
  async find(domain: string): Promise<{ readonly path: string; readonly sizeBytes: number }> {
    const path = this.#path(domain);
    try {
      return { path, sizeBytes: (await stat(path)).size };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new DvceError("DVCE_VOLUME_NOT_FOUND", `This node has no retired disk of ${domain}.`);
    }
  }

  /** Idempotent. */
  async remove(domain: string): Promise<void> {
    await rm(this.#path(domain), { force: true });
    await syncDirectory(this.directory);
  }

  #path(domain: string): string {
    return join(this.directory, `${domain}.qcow2`);
  }
}
