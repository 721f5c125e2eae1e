import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";
import { checkDiskHead, diskHeadSizeBytes } from "./disk-head";
import type { ImageFile } from "./image-file";
import type { DataExtent, ImageSource } from "./image-source";

const execFileAsync = promisify(execFile);

const mapSchema = z.array(
  z.object({ start: z.number().int(), length: z.number().int(), zero: z.boolean(), data: z.boolean() }),
);

/**
 * A raw disk image. Node cannot ask a file for its holes, so `qemu-img map` is asked where it is installed; without
 * it the holes are read, which takes longer and gives the same index, since zero blocks are never stored.
 */
export class RawSource implements ImageSource {
  readonly sizeBytes: number;
  readonly dependsOnOtherFiles = false;
  readonly #file: ImageFile;

  private constructor(file: ImageFile) {
    this.#file = file;
    this.sizeBytes = file.sizeBytes;
  }

  /**
   * Takes over `file` when this succeeds. Throws `DVCE_IMAGE_FORMAT_UNKNOWN` without a boot sector or partition table, and
   * `DVCE_IMAGE_TRUNCATED` when the table speaks of more bytes than there are.
   */
  static async open(file: ImageFile): Promise<RawSource> {
    const head = Buffer.alloc(Math.min(file.sizeBytes, diskHeadSizeBytes));
    await file.read(0, head);
    checkDiskHead(head, file.sizeBytes, file.path);
    return new RawSource(file);
  }

  async *dataExtents(): AsyncGenerator<DataExtent, void, undefined> {
    const mapped = this.#file.isSparse ? await this.#map() : undefined;
    yield* mapped ?? [{ offsetBytes: 0, lengthBytes: this.sizeBytes }];
  }

  read(offsetBytes: number, target: Buffer): Promise<void> {
    return this.#file.readOnce(offsetBytes, target);
  }

  verifyUnchanged(): Promise<void> {
    return this.#file.verifyUnchanged();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The file's data extents, or undefined where nobody can tell. */
  async #map(): Promise<DataExtent[] | undefined> {
    let stdout: string;
    try {
      const image = `json:${JSON.stringify({ driver: "raw", file: { driver: "file", filename: this.#file.path } })}`;
      const result = await execFileAsync("qemu-img", ["map", "--output=json", "-U", image], {
        maxBuffer: 256 * 1024 * 1024,
        timeout: 60_000,
      });
      stdout = result.stdout;
    } catch {
      return undefined; // not installed or not able to: the whole file is read instead
    }
    const map = mapSchema.safeParse(JSON.parse(stdout));
    if (!map.success) return undefined;
    return map.data
      .filter((extent) => extent.data && !extent.zero)
      .map((extent) => ({
        offsetBytes: extent.start,
        lengthBytes: Math.min(extent.start + extent.length, this.sizeBytes) - extent.start,
      }))
      .filter((extent) => extent.lengthBytes > 0);
  }
}
