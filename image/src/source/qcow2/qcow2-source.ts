import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, resolve, sep } from "node:path";
import { DvceError } from "@dvce/api";
import type { ImageFile } from "../image-file";
import type { DataExtent, ImageSource } from "../image-source";
import { mergeExtents } from "../merge-extents";
import { type Cluster, ClusterMap } from "./clusters";
import { decompressCluster } from "./decompress";
import { parseQcow2Header, type Qcow2Header, qcow2HeadSizeBytesMax } from "./header";

/** Opens an image of a backing chain; given in so that this file need not import its own caller. */
export type OpenBacking = (path: string) => Promise<ImageSource>;

/** Clusters decompressed at once for one read: bounds memory, and is enough for libuv's four threads. */
const decompressionsMax = 8;

/**
 * A qcow2 image, version 2 or 3, with zero and compressed clusters. What it lacks comes from its backing file, when
 * that is named relative to the image and lies in the same folder or below: an image from elsewhere must not be able to
 * draw any other file of this machine into the pool.
 */
export class Qcow2Source implements ImageSource {
  readonly sizeBytes: number;
  readonly #file: ImageFile;
  readonly #header: Qcow2Header;
  readonly #map: ClusterMap;
  readonly #backing: ImageSource | undefined;

  private constructor(
    file: ImageFile,
    header: Qcow2Header,
    map: ClusterMap,
    backing: ImageSource | undefined,
  ) {
    this.#file = file;
    this.#header = header;
    this.#map = map;
    this.#backing = backing;
    this.sizeBytes = header.sizeBytes;
  }

  get dependsOnOtherFiles(): boolean {
    return this.#backing !== undefined;
  }

  /**
   * Takes over `file` when this succeeds. Throws `DVCE_IMAGE_FORMAT_UNKNOWN`, `DVCE_IMAGE_UNREADABLE` or
   * `DVCE_IMAGE_TRUNCATED`.
   */
  static async open(file: ImageFile, openBacking: OpenBacking): Promise<Qcow2Source> {
    const head = Buffer.alloc(Math.min(file.sizeBytes, qcow2HeadSizeBytesMax));
    await file.read(0, head);
    const header = parseQcow2Header(file.path, head);
    const map = await ClusterMap.open(file, header);
    const backing =
      header.backing === undefined
        ? undefined
        : await openBacking(await backingPath(file.path, header.backing)).catch((cause: unknown) => {
            throw aboutBacking(file.path, cause);
          });
    return new Qcow2Source(file, header, map, backing);
  }

  dataExtents(): AsyncIterable<DataExtent> {
    const own = this.#ownExtents();
    // Where this file says nothing the backing file decides. Where it says zeros over the backing file's data, the zeros
    // are read: they are never stored.
    return this.#backing === undefined ? own : mergeExtents(own, this.#backing.dataExtents(), this.sizeBytes);
  }

  async *#ownExtents(): AsyncGenerator<DataExtent, void, undefined> {
    const { clusterSizeBytes } = this.#header;
    const { clusterCount, clustersPerTable } = this.#map;
    const extent = (first: number, end: number): DataExtent => ({
      offsetBytes: first * clusterSizeBytes,
      lengthBytes: Math.min(end * clusterSizeBytes, this.sizeBytes) - first * clusterSizeBytes,
    });
    let start = -1;
    for (let table = 0; table * clustersPerTable < clusterCount; table++) {
      const first = table * clustersPerTable;
      const end = this.#map.hasTable(table) ? Math.min(clusterCount, first + clustersPerTable) : first;
      for (let index = first; index < end; index++) {
        const { kind } = await this.#map.cluster(index);
        const isData = kind === "data" || kind === "compressed";
        if (isData && start < 0) start = index;
        if (!isData && start >= 0) {
          yield extent(start, index);
          start = -1;
        }
      }
      if (end === first && start >= 0) {
        yield extent(start, first);
        start = -1;
      }
    }
    if (start >= 0) yield extent(start, clusterCount);
  }

  async read(offsetBytes: number, target: Buffer): Promise<void> {
    const waiting = new Set<Promise<void>>();
    try {
      for (let done = 0; done < target.length;) {
        const { part, first, inCluster } = await this.#nextPart(offsetBytes + done, target.subarray(done));
        if (first.kind === "compressed") {
          const task = this.#readCompressed(first, inCluster, part).finally(() => waiting.delete(task));
          task.catch(() => undefined); // it is awaited below; until then a failure must not count as unhandled
          waiting.add(task);
          if (waiting.size >= decompressionsMax) await Promise.race(waiting);
        } else {
          await this.#readPlain(first, inCluster, offsetBytes + done, part);
        }
        done += part.length;
      }
      await Promise.all(waiting);
    } finally {
      await Promise.allSettled(waiting); // after a failure nothing writes to the target any more
    }
  }

  /** The beginning of `target` that one access can fill: one cluster, or more that are neighbours in the file too. */
  async #nextPart(offsetBytes: number, target: Buffer) {
    const { clusterSizeBytes } = this.#header;
    const index = Math.floor(offsetBytes / clusterSizeBytes);
    const inCluster = offsetBytes % clusterSizeBytes;
    const first = await this.#map.cluster(index);
    let length = Math.min(clusterSizeBytes - inCluster, target.length);
    for (let next = 1; first.kind === "data" && length < target.length; next++) {
      const cluster = await this.#map.cluster(index + next);
      if (cluster.kind !== "data" || cluster.offsetBytes !== first.offsetBytes + next * clusterSizeBytes)
        break;
      length += Math.min(clusterSizeBytes, target.length - length);
    }
    return { first, inCluster, part: target.subarray(0, length) };
  }

  async verifyUnchanged(): Promise<void> {
    await this.#file.verifyUnchanged();
    await this.#backing?.verifyUnchanged();
  }

  async close(): Promise<void> {
    await this.#file.close();
    await this.#backing?.close();
  }

  async #readPlain(cluster: Cluster, inCluster: number, guestOffset: number, part: Buffer): Promise<void> {
    if (cluster.kind === "data") {
      const at = cluster.offsetBytes + inCluster;
      // The last sector of the file may be short; what is not there reads as zeros.
      const there = Math.min(part.length, Math.max(0, this.#file.sizeBytes - at));
      part.fill(0, there);
      await this.#file.read(at, part.subarray(0, there));
      return;
    }
    part.fill(0);
    if (cluster.kind === "absent" && this.#backing !== undefined) {
      const there = Math.min(part.length, Math.max(0, this.#backing.sizeBytes - guestOffset));
      await this.#backing.read(guestOffset, part.subarray(0, there));
    }
  }

  async #readCompressed(
    cluster: Extract<Cluster, { kind: "compressed" }>,
    inCluster: number,
    part: Buffer,
  ): Promise<void> {
    const end = Math.min(this.#file.sizeBytes, cluster.offsetBytes + cluster.lengthBytes);
    const data = Buffer.alloc(end - cluster.offsetBytes);
    await this.#file.read(cluster.offsetBytes, data);
    let bytes: Buffer;
    try {
      bytes = await decompressCluster(data, this.#header.compression, this.#header.clusterSizeBytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new DvceError(
        "DVCE_IMAGE_UNREADABLE",
        `${this.#file.path} is damaged: its compressed cluster at byte ${cluster.offsetBytes} cannot be read (${why}). ` +
          "Copy or download it again.",
        { cause },
      );
    }
    bytes.copy(part, 0, inCluster, inCluster + part.length);
  }
}

async function backingPath(path: string, backing: NonNullable<Qcow2Header["backing"]>): Promise<string> {
  const refuse = (why: string) =>
    new DvceError(
      "DVCE_IMAGE_FORMAT_UNKNOWN",
      `${path} is a qcow2 image over the backing file ${JSON.stringify(backing.name)}, ${why}. ` +
        `Convert it to one that stands alone: qemu-img convert -O qcow2 ${path} alone.qcow2`,
    );
  if (backing.format !== undefined && backing.format !== "qcow2" && backing.format !== "raw") {
    throw refuse(`of format ${JSON.stringify(backing.format)}; raw and qcow2 are read`);
  }
  if (isAbsolute(backing.name) || /^[a-z0-9+.-]+:/i.test(backing.name)) {
    throw refuse("which is not named relative to it");
  }
  const self = await realpath(path).catch(() => undefined);
  if (self === undefined) throw refuse("and came without a folder that it could lie in");
  const folder = dirname(self);
  const target = resolve(folder, backing.name);
  // Resolved twice, so that neither ".." nor a symbolic link leads out of the folder.
  const real = await realpath(target).catch(() => undefined);
  if (real === undefined) throw refuse("which is not there");
  if (!real.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    throw refuse("which lies outside its folder");
  if (real === self) throw refuse("which is itself");
  return real;
}

/** A chain that fails below says where it began. */
function aboutBacking(path: string, cause: unknown): unknown {
  if (!(cause instanceof DvceError)) return cause;
  return new DvceError(cause.code, `${cause.message} (It is a backing file of ${path}.)`, { cause });
}
