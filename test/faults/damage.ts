/** Ways in which a disk can lie about a chunk that it keeps. Each writes behind the store's back. */
import { ftruncateSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { ChunkPlace, ChunkStore } from "../../service/src/store";
import type { Random } from "../support/random";

export const damageKinds = ["flipPayload", "flipHeader", "zero", "swap", "forge", "truncate"] as const;
export type DamageKind = (typeof damageKinds)[number];

interface Located extends Omit<ChunkPlace, "release"> {
  readonly digest: string;
}

/** Where every chunk lies. The store must stay open, and nothing be put or collected, until the damage is done. */
function locateAll(store: ChunkStore): Map<string, Located> {
  const places = new Map<string, Located>();
  for (const digest of store.digests()) {
    const place = store.locate(digest);
    if (place === undefined) throw new Error(`${digest} is not to be found`);
    place.release();
    places.set(digest, { ...place, digest });
  }
  return places;
}

const recordBytes = (place: Located) => place.payloadOffsetBytes - place.offsetBytes + place.payloadBytes;

/** Damages these chunks of a store, each in some way; answers which are bad now, more than were asked for at times. */
export function damage(store: ChunkStore, digests: readonly string[], random: Random): Set<string> {
  const places = locateAll(store);
  const bad = new Set<string>();
  for (const digest of digests) {
    const place = places.get(digest);
    if (place === undefined || bad.has(digest)) continue;
    for (const name of damageOne(place, random.pick(damageKinds), places, bad, random)) bad.add(name);
  }
  // Once at least, since it is rare: the end of a pack is gone.
  const cut = places.get(digests[0] ?? "");
  if (cut !== undefined) for (const name of truncateBehind(cut, places)) bad.add(name);
  return bad;
}

function damageOne(
  place: Located,
  kind: DamageKind,
  places: ReadonlyMap<string, Located>,
  bad: ReadonlySet<string>,
  random: Random,
): string[] {
  const record = Buffer.alloc(recordBytes(place));
  readSync(place.fd, record, 0, record.length, place.offsetBytes);
  const headerBytes = place.payloadOffsetBytes - place.offsetBytes;
  const write = (bytes: Buffer) => writeSync(place.fd, bytes, 0, bytes.length, place.offsetBytes);
  const flip = (at: number) => {
    record.writeUInt8(record.readUInt8(at) ^ (1 << random.below(8)), at);
    write(record);
    return [place.digest];
  };
  switch (kind) {
    case "flipPayload":
    case "truncate": // done once for the whole store
      return flip(headerBytes + random.below(place.payloadBytes));
    case "flipHeader":
      return flip(random.below(headerBytes));
    case "zero":
      write(record.fill(0));
      return [place.digest];
    case "forge": {
      // Other bytes under the same digest, with every checksum right: only the digest tells.
      record[headerBytes + random.below(place.payloadBytes)] = random.below(256);
      const payload = record.subarray(headerBytes);
      payload.writeUInt8(payload.readUInt8(payload.length - 1) ^ 0xff, payload.length - 1);
      record.writeUInt32LE(crc32(payload), 48);
      record.writeUInt32LE(crc32(record.subarray(0, 52)), 52);
      write(record);
      return [place.digest];
    }
    case "swap": {
      const other = [...places.values()].find(
        (one) => one.digest !== place.digest && !bad.has(one.digest) && recordBytes(one) === record.length,
      );
      if (other === undefined) return flip(headerBytes);
      const otherRecord = Buffer.alloc(record.length);
      readSync(other.fd, otherRecord, 0, otherRecord.length, other.offsetBytes);
      write(otherRecord);
      writeSync(other.fd, record, 0, record.length, other.offsetBytes);
      return [place.digest, other.digest];
    }
  }
}

/** Cuts a pack off in the midst of one of its last records. */
function truncateBehind(inPack: Located, places: ReadonlyMap<string, Located>): string[] {
  const pack = [...places.values()].filter(({ fd }) => fd === inPack.fd);
  const last = pack.toSorted((a, b) => b.offsetBytes - a.offsetBytes).slice(0, 3);
  const first = last.at(-1);
  if (first === undefined) return [];
  ftruncateSync(first.fd, first.offsetBytes + Math.floor(recordBytes(first) / 2));
  return last.map(({ digest }) => digest);
}
