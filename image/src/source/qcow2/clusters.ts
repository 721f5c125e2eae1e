/**
 * Where a qcow2 image keeps each guest cluster: the two tables of docs/interop/qcow2.txt, big-endian.
 *
 * L1 entry: bits 9–55 offset of an L2 table, 0 for none.
 * L2 entry: bit 62 clear: bits 9–55 offset of the cluster, 0 for none; bit 0 (version 3) reads as zeros.
 *           bit 62 set: compressed; with x = 62 - (cluster bits - 8): bits 0 to x-1 offset, bits x to 61 number of
 *           further 512-byte sectors that the data reaches into.
 */
import { DvceError } from "@dvce/api";
import type { ImageFile } from "../image-file";
import type { Qcow2Header } from "./header";

export type Cluster =
  /** Not in this file: the backing file's bytes, or zeros without one. */
  | { readonly kind: "absent" }
  | { readonly kind: "zero" }
  | { readonly kind: "data"; readonly offsetBytes: number }
  /** `lengthBytes` is an upper bound: data ends somewhere in its last sector. */
  | { readonly kind: "compressed"; readonly offsetBytes: number; readonly lengthBytes: number };

const absent: Cluster = { kind: "absent" };
const zero: Cluster = { kind: "zero" };
const offsetMask = 0x00fffffffffffe00n;
const compressedFlag = 1n << 62n;
/** L2 tables kept in memory: 4 MiB with the usual clusters of 64 KiB. */
const tablesCachedMax = 64;

export class ClusterMap {
  readonly #file: ImageFile;
  readonly #header: Qcow2Header;
  readonly #l1: Buffer;
  /** By L1 entry, least recently used first. */
  readonly #tables = new Map<number, Buffer>();

  private constructor(file: ImageFile, header: Qcow2Header, l1: Buffer) {
    this.#file = file;
    this.#header = header;
    this.#l1 = l1;
  }

  /**
   * Reads the tables and checks that everything they name lies inside the file. Throws `DVCE_IMAGE_TRUNCATED`
   * when it does not.
   */
  static async open(file: ImageFile, header: Qcow2Header): Promise<ClusterMap> {
    const l1 = Buffer.alloc(header.l1Entries * 8);
    if (header.l1Offset + l1.length > file.sizeBytes)
      throw truncated(file, "its first table", header.l1Offset + l1.length);
    await file.read(header.l1Offset, l1);
    const map = new ClusterMap(file, header, l1);
    await map.#checkBounds();
    return map;
  }

  get clusterCount(): number {
    return Math.ceil(this.#header.sizeBytes / this.#header.clusterSizeBytes);
  }

  /** Clusters that one L2 table describes. */
  get clustersPerTable(): number {
    return this.#header.clusterSizeBytes / 8;
  }

  /** Whether the `table`-th run of {@link clustersPerTable} clusters has a table at all. */
  hasTable(table: number): boolean {
    return this.#tableOffset(table) !== 0;
  }

  /** Where guest cluster `index` is kept. */
  async cluster(index: number): Promise<Cluster> {
    const table = await this.#table(Math.floor(index / this.clustersPerTable));
    if (table === undefined) return absent;
    return this.#decode(table.readBigUInt64BE((index % this.clustersPerTable) * 8));
  }

  #decode(entry: bigint): Cluster {
    if ((entry & compressedFlag) !== 0n) {
      const offsetBits = BigInt(62 - (this.#header.clusterBits - 8));
      const offsetBytes = Number(entry & ((1n << offsetBits) - 1n));
      const furtherSectors = Number((entry & (compressedFlag - 1n)) >> offsetBits);
      return {
        kind: "compressed",
        offsetBytes,
        lengthBytes: (furtherSectors + 1) * 512 - (offsetBytes % 512),
      };
    }
    if (this.#header.hasZeroClusters && (entry & 1n) !== 0n) return zero;
    const offsetBytes = Number(entry & offsetMask);
    return offsetBytes === 0 ? absent : { kind: "data", offsetBytes };
  }

  #tableOffset(table: number): number {
    return table < this.#header.l1Entries ? Number(this.#l1.readBigUInt64BE(table * 8) & offsetMask) : 0;
  }

  async #table(number: number): Promise<Buffer | undefined> {
    const offset = this.#tableOffset(number);
    if (offset === 0) return undefined;
    let table = this.#tables.get(number);
    if (table === undefined) {
      table = Buffer.alloc(this.#header.clusterSizeBytes);
      await this.#file.read(offset, table);
    }
    this.#tables.delete(number);
    this.#tables.set(number, table);
    if (this.#tables.size > tablesCachedMax) {
      const [oldest] = this.#tables.keys();
      if (oldest !== undefined) this.#tables.delete(oldest);
    }
    return table;
  }

  async #checkBounds(): Promise<void> {
    const { clusterSizeBytes, sizeBytes } = this.#header;
    // QEMU lets the last sector of a file be short.
    const fileEnd = Math.ceil(this.#file.sizeBytes / 512) * 512;
    for (let number = 0; number * this.clustersPerTable < this.clusterCount; number++) {
      const offset = this.#tableOffset(number);
      if (offset === 0) continue;
      if (offset + clusterSizeBytes > fileEnd)
        throw truncated(this.#file, "a table", offset + clusterSizeBytes);
      const table = await this.#table(number);
      const first = number * this.clustersPerTable;
      const count = Math.min(this.clustersPerTable, this.clusterCount - first);
      for (let i = 0; table !== undefined && i < count; i++) {
        const cluster = this.#decode(table.readBigUInt64BE(i * 8));
        if (cluster.kind === "absent" || cluster.kind === "zero") continue;
        // Of the last cluster only the part inside the disk need exist.
        const guestBytes = Math.min(clusterSizeBytes, sizeBytes - (first + i) * clusterSizeBytes);
        const end = cluster.kind === "data" ? cluster.offsetBytes + guestBytes : cluster.offsetBytes + 1;
        if (end > fileEnd) throw truncated(this.#file, `the data of cluster ${first + i}`, end);
      }
    }
  }
}

function truncated(file: ImageFile, what: string, end: number): DvceError {
  return new DvceError(
    "DVCE_IMAGE_TRUNCATED",
    `${file.path} is truncated: ${what} ends at byte ${end} and the file has ${file.sizeBytes}. ` +
      "Copy or download it again.",
  );
}
