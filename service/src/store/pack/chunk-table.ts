import { DigestTable } from "@dvce/image";
import { recordHeaderSizeBytes } from "./format";

export interface Place {
  /** Pack number. */
  readonly pack: number;
  /** Offset of the record in the pack. */
  readonly offsetBytes: number;
}

export interface ChunkLocation extends Place {
  readonly payloadBytes: number;
  readonly sizeBytes: number;
}

export interface ChunkEntry extends ChunkLocation {
  /** A view that must not be written to. */
  readonly digest: Buffer;
  /** When the chunk was last put or held: milliseconds of a monotonic clock, modulo 2^32. */
  readonly heldMs: number;
}

/** No pack has this number: the chunk was dropped. */
const dropped = 0;
const fieldCount = 5;
/** Entries of dropped chunks that are not worth making the table anew. */
const droppedEntriesMin = 100_000;

/** The bytes that a chunk takes in its pack. */
export function recordBytes({ payloadBytes }: { readonly payloadBytes: number }): number {
  return recordHeaderSizeBytes + payloadBytes;
}

/** Whether two locations name one record. */
export function samePlace(a: Place, b: Place): boolean {
  return a.pack === b.pack && a.offsetBytes === b.offsetBytes;
}

/** Where each chunk lies: flat arrays of fixed records, 60 to 120 bytes a chunk with its slots. */
export class ChunkTable {
  #digests = new DigestTable();
  /** Five numbers an entry: pack, offset, payload size, size, when held. */
  #fields = new Uint32Array(fieldCount * 1024);
  #count = 0;
  /** Bytes of each pack that chunks of this table take. */
  readonly #liveBytes = new Map<number, { readonly pack: number; bytes: number }>();
  /** The one that was changed last, and so most likely is next. */
  #lastLive: { readonly pack: number; bytes: number } = { pack: dropped, bytes: 0 };

  /** Makes room in a table that is empty yet, which spares moving everything while it grows. */
  reserve(capacity: number): void {
    if (this.#digests.size > 0) throw new Error("the table is not empty");
    this.#digests = new DigestTable(capacity);
    this.#fields = new Uint32Array(fieldCount * Math.max(1024, capacity));
  }

  get count(): number {
    return this.#count;
  }

  liveBytesOf(pack: number): number {
    return this.#liveBytes.get(pack)?.bytes ?? 0;
  }

  has(digest: Buffer): boolean {
    const entry = this.#digests.find(digest);
    return entry >= 0 && this.#fields[entry * fieldCount] !== dropped;
  }

  find(digest: Buffer): ChunkLocation | undefined {
    const entry = this.#digests.find(digest);
    return entry < 0 ? undefined : locationAt(this.#fields, entry);
  }

  /** Adds a chunk; one that is known lies at the new place from now on. It counts as held at `nowMs`. */
  set(digest: Buffer, { pack, offsetBytes, payloadBytes, sizeBytes }: ChunkLocation, nowMs: number): void {
    const { entry, added } = this.#digests.add(digest);
    this.#locate(entry, added, pack, offsetBytes, payloadBytes, sizeBytes, nowMs);
  }

  /** As {@link set}, for the digest whose words begin at `words[at]`. */
  setWords(
    words: Int32Array,
    at: number,
    pack: number,
    offsetBytes: number,
    payloadBytes: number,
    sizeBytes: number,
    nowMs: number,
  ): void {
    const size = this.#digests.size;
    const entry = this.#digests.addWords(words, at);
    this.#locate(entry, this.#digests.size > size, pack, offsetBytes, payloadBytes, sizeBytes, nowMs);
  }

  /** A chunk that lies at `from` lies at `to` from now on. Answers false, and does nothing, if it does not. */
  move(digest: Buffer, from: ChunkLocation, to: ChunkLocation): boolean {
    const entry = this.#entryAt(digest, from);
    if (entry < 0) return false;
    this.#forget(entry);
    this.#place(entry, to.pack, to.offsetBytes, to.payloadBytes, to.sizeBytes);
    return true;
  }

  /** Keeps a chunk that is here. Answers whether it is. */
  hold(digest: Buffer, nowMs: number): boolean {
    const entry = this.#digests.find(digest);
    if (entry < 0 || this.#fields[entry * fieldCount] === dropped) return false;
    this.#fields[entry * fieldCount + 4] = nowMs;
    return true;
  }

  /** A pack is gone, and with it what is known of it. */
  forgetPack(pack: number): void {
    this.#liveBytes.delete(pack);
    if (this.#lastLive.pack === pack) this.#lastLive = { pack: dropped, bytes: 0 };
  }

  /** Forgets a chunk if it still lies at `location`. */
  drop(digest: Buffer, location: ChunkLocation): boolean {
    const entry = this.#entryAt(digest, location);
    if (entry < 0) return false;
    this.#forget(entry);
    return true;
  }

  /** Every chunk of one pack; looks at the whole table. */
  *inPack(pack: number): Generator<ChunkEntry, void, undefined> {
    for (const entry of this.entries()) if (entry.pack === pack) yield entry;
  }

  /**
   * Every chunk, each as it is when it is yielded; what is added meanwhile may or may not be seen. After `shrink` the caller
   * goes on with what was there before it.
   */
  *entries(): Generator<ChunkEntry, void, undefined> {
    const digests = this.#digests;
    let fields = this.#fields;
    for (let entry = 0; entry < digests.size; entry++) {
      if (digests === this.#digests) fields = this.#fields;
      const location = locationAt(fields, entry);
      if (location === undefined) continue;
      yield { ...location, digest: digests.digestAt(entry), heldMs: fields[entry * fieldCount + 4] ?? 0 };
    }
  }

  /** Gives back the memory of dropped chunks when they are many. */
  shrink(): void {
    if (this.#digests.size - this.#count < Math.max(droppedEntriesMin, this.#count)) return;
    const old = [this.#digests, this.#fields] as const;
    const digests = new DigestTable(this.#count + 1);
    const fields = new Uint32Array(Math.max(1024, this.#count + 1) * fieldCount);
    for (let entry = 0; entry < old[0].size; entry++) {
      if (old[1][entry * fieldCount] === dropped) continue;
      const { entry: added } = digests.add(old[0].digestAt(entry));
      fields.set(old[1].subarray(entry * fieldCount, (entry + 1) * fieldCount), added * fieldCount);
    }
    this.#digests = digests;
    this.#fields = fields;
  }

  #entryAt(digest: Buffer, location: ChunkLocation): number {
    const entry = this.#digests.find(digest);
    const now = entry < 0 ? undefined : locationAt(this.#fields, entry);
    return now !== undefined && samePlace(now, location) ? entry : -1;
  }

  #locate(
    entry: number,
    added: boolean,
    pack: number,
    offsetBytes: number,
    payloadBytes: number,
    sizeBytes: number,
    nowMs: number,
  ): void {
    if (entry * fieldCount >= this.#fields.length) {
      const fields = new Uint32Array(this.#fields.length * 2);
      fields.set(this.#fields);
      this.#fields = fields;
    }
    if (!added) this.#forget(entry);
    this.#place(entry, pack, offsetBytes, payloadBytes, sizeBytes);
    this.#fields[entry * fieldCount + 4] = nowMs;
  }

  #place(entry: number, pack: number, offsetBytes: number, payloadBytes: number, sizeBytes: number): void {
    const at = entry * fieldCount;
    this.#fields[at] = pack;
    this.#fields[at + 1] = offsetBytes;
    this.#fields[at + 2] = payloadBytes;
    this.#fields[at + 3] = sizeBytes;
    this.#count++;
    this.#addLive(pack, recordHeaderSizeBytes + payloadBytes);
  }

  #forget(entry: number): void {
    const location = locationAt(this.#fields, entry);
    if (location === undefined) return;
    this.#fields[entry * fieldCount] = dropped;
    this.#count--;
    this.#addLive(location.pack, -recordBytes(location));
  }

  #addLive(pack: number, bytes: number): void {
    if (this.#lastLive.pack !== pack) {
      const live = this.#liveBytes.get(pack) ?? { pack, bytes: 0 };
      this.#liveBytes.set(pack, live);
      this.#lastLive = live;
    }
    this.#lastLive.bytes += bytes;
  }
}

function locationAt(fields: Uint32Array, entry: number): ChunkLocation | undefined {
  const at = entry * fieldCount;
  const pack = fields[at] ?? dropped;
  if (pack === dropped) return undefined;
  return {
    pack,
    offsetBytes: fields[at + 1] ?? 0,
    payloadBytes: fields[at + 2] ?? 0,
    sizeBytes: fields[at + 3] ?? 0,
  };
}
