import type { ChunkTable } from "./chunk-table";
import type { Packs, PackSize } from "./packs";
import { readSidecar, type SidecarRecord } from "./sidecar";
import type { StoreFiles } from "./store-files";

/** Which records a pack has. Kept on the disk only, in the indexes beside the packs, except for the newest pack. */
export class PackRecords {
  readonly #options: {
    readonly files: StoreFiles;
    readonly directory: string;
    readonly packs: Packs;
    readonly table: ChunkTable;
  };
  #last: { readonly number: number; readonly records: readonly SidecarRecord[] } | undefined;

  constructor(options: { files: StoreFiles; directory: string; packs: Packs; table: ChunkTable }) {
    this.#options = options;
  }

  /** Every record of a pack that holds a chunk, and maybe records of dropped ones, in the order of their places. */
  async of(pack: PackSize): Promise<readonly SidecarRecord[]> {
    const { files, directory, packs, table } = this.#options;
    if (pack.number === packs.newest?.number) return packs.newestRecords;
    if (this.#last?.number === pack.number) return this.#last.records;
    let records = await readSidecar(files, directory, pack.number, pack.sizeBytes);
    if (records === undefined) {
      // The table knows better than a scan of the pack, which would pass over damaged records.
      records = [];
      for (const { digest, offsetBytes, payloadBytes, sizeBytes } of table.inPack(pack.number))
        records.push({ digest: Buffer.from(digest), offsetBytes, payloadBytes, sizeBytes });
      records.sort((a, b) => a.offsetBytes - b.offsetBytes);
    }
    this.#last = { number: pack.number, records };
    return records;
  }
}
