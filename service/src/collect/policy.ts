/**
 * What a node drops when its images take too much disk, and in which order. Pure, on a snapshot.
 *
 * 1. base files that no volume here needs: all that is in them can be decoded again from chunks;
 * 2. chunks that nothing refers to;
 * 3. replicas of versions that no volume here needs, the least recently used first, as far as the controller approves.
 *
 * Chunks that a version in use shares with one that is not stay: dropping them would only fetch them again.
 */
import { ChunkBitmap } from "@dvce/image";

export interface CacheLimits {
  /** Most that packs, base files and images that are being pulled may take together; undefined for no such limit. */
  readonly bytesMax: number | undefined;
  /** Free space of the disk that they must leave. */
  readonly diskFreeBytesMin: number;
}

export interface CacheUse {
  /** What packs, base files and images that are being pulled take. */
  readonly cacheBytes: number;
  readonly diskFreeBytes: number;
}

/** A limit that was passed is gone back from by this share of it, so that the next fetch does not pass it again. */
const slackShare = 0.05;

/** Bytes beyond the limits; 0 within them. Never more than there is to drop. */
export function bytesOver({ cacheBytes, diskFreeBytes }: CacheUse, limits: CacheLimits): number {
  const overMax = limits.bytesMax === undefined ? 0 : cacheBytes - limits.bytesMax;
  return Math.min(cacheBytes, Math.max(0, overMax, limits.diskFreeBytesMin - diskFreeBytes));
}

/** Whether so many bytes more stay within the limits. */
export function fits({ cacheBytes, diskFreeBytes }: CacheUse, limits: CacheLimits, bytes: number): boolean {
  const { bytesMax, diskFreeBytesMin } = limits;
  return (
    (bytesMax === undefined || cacheBytes + bytes <= bytesMax) && diskFreeBytes - bytes >= diskFreeBytesMin
  );
}

/** Limits that are held when something is dropped at all: a little within those that must not be passed. */
export function limitsToReach({ bytesMax, diskFreeBytesMin }: CacheLimits): CacheLimits {
  return {
    bytesMax: bytesMax === undefined ? undefined : Math.floor(bytesMax * (1 - slackShare)),
    diskFreeBytesMin: Math.ceil(diskFreeBytesMin * (1 + slackShare)),
  };
}

/** Limits that leave room for so many bytes more within these. */
export function lessRoom({ bytesMax, diskFreeBytesMin }: CacheLimits, bytes: number): CacheLimits {
  return {
    bytesMax: bytesMax === undefined ? undefined : Math.max(0, bytesMax - bytes),
    diskFreeBytesMin: diskFreeBytesMin + bytes,
  };
}

/** Versions by how little they are needed: those in use not at all, then the least recently used first. */
export function inOrderOfDropping(
  versions: readonly string[],
  inUse: (version: string) => boolean,
  lastUsedMs: (version: string) => number,
): string[] {
  return versions
    .filter((version) => !inUse(version))
    .sort((a, b) => lastUsedMs(a) - lastUsedMs(b) || (a < b ? -1 : 1));
}

export interface EvictionCandidates {
  /** Chunks of the version that are here. */
  readonly held: ChunkBitmap;
  /** Chunks that were asked about already, or that a version in use has. */
  readonly isKept: (chunk: number) => boolean;
  readonly sizeBytesOf: (chunk: number) => number;
  /** Enough chunks to make up so many bytes, before compression. */
  readonly bytes: number;
}

/** The chunks to ask for next; none set when the version has nothing more to give. The last ones of an image first. */
export function chunksToEvict({ held, isKept, sizeBytesOf, bytes }: EvictionCandidates): ChunkBitmap {
  const wanted = new ChunkBitmap(held.length);
  // Backwards, as boots read mostly what lies near the start.
  for (let chunk = held.length - 1, sum = 0; chunk >= 0 && sum < bytes; chunk--) {
    if (!held.has(chunk) || isKept(chunk)) continue;
    wanted.set(chunk);
    sum += sizeBytesOf(chunk);
  }
  return wanted;
}
