import { DigestTable } from "@dvce/image";

export interface ChunkLocation {
  /** Pack number. */
  readonly pack: number;
  /** Offset of the record in the pack. */
  readonly offsetBytes: number;
  readonly payloadBytes: number;
  readonly sizeBytes: number;
}

/** No pack has this number: the chunk was dropped. */
const dropped = 0xffffffff;

/** Where each chunk lies: flat arrays of fixed records, 48 bytes a chunk and its slots. */
export class ChunkTable {
  readonly #digests = new DigestTable();
  /** Four numbers an entry: pack, offset, payload size, size. */
  #fields = new Uint32Array(4 * 1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  has(digest: Buffer): boolean {
    const entry = this.#digests.find(digest);
    return entry >= 0 && this.#fields[entry * 4] !== dropped;
  }

  find(digest: Buffer): ChunkLocation | undefined {
    const entry = this.#digests.find(digest);
    return entry < 0 ? undefined : this.#at(entry);
  }

  /** Adds a chunk; one that is known lies at the new place from now on. */
  set(digest: Buffer, location: ChunkLocation): void {
    const { entry, added } = this.#digests.add(digest);
    if (entry * 4 === this.#fields.length) {
      const fields = new Uint32Array(this.#fields.length * 2);
      fields.set(this.#fields);
      this.#fields = fields;
    }
    if (added || this.#fields[entry * 4] === dropped) this.#count++;
    this.#fields.set(
      [location.pack, location.offsetBytes, location.payloadBytes, location.sizeBytes],
      entry * 4,
    );
  }

  /** Forgets a chunk if it still lies at `location`. */
  drop(digest: Buffer, location: ChunkLocation): boolean {
    const entry = this.#digests.find(digest);
    const now = entry < 0 ? undefined : this.#at(entry);
    if (now === undefined || now.pack !== location.pack || now.offsetBytes !== location.offsetBytes)
      return false;
    this.#fields[entry * 4] = dropped;
    this.#count--;
    return true;
  }

  /** Every chunk that lies in one pack. */
  *inPack(pack: number): Generator<ChunkLocation & { readonly digest: Buffer }, void, undefined> {
    for (let entry = 0; entry < this.#digests.size; entry++) {
      if (this.#fields[entry * 4] !== pack) continue;
      const location = this.#at(entry);
      if (location !== undefined) yield { ...location, digest: this.#digests.digestAt(entry) };
    }
  }

  #at(entry: number): ChunkLocation | undefined {
    const [pack = dropped, offsetBytes = 0, payloadBytes = 0, sizeBytes = 0] = this.#fields.subarray(
      entry * 4,
      entry * 4 + 4,
    );
    return pack === dropped ? undefined : { pack, offsetBytes, payloadBytes, sizeBytes };
  }
}
