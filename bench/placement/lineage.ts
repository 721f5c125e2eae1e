/**
 * A made lineage of images, as a distribution and the teams that build on it release them: each version keeps most
 * chunks of its parent and has some of its own. Chunks are counted in segments of one mebibyte.
 *
 * Shares follow what `npm run bench -- dedup` finds on Debian images: a week's updates change some percent of an image,
 * a role (a web server, a database) adds to it, a point release changes much.
 */
import type { Random } from "../../test/support/random";

export const segmentBytes = 1024 * 1024;

/** A version as the set of its segments. */
export interface LineageVersion {
  readonly digest: string;
  readonly segments: SegmentSet;
  readonly sizeBytes: number;
}

/** Segments as bits. */
export class SegmentSet {
  private constructor(private readonly words: Uint32Array) {}

  static of(segments: Iterable<number>, universe: number): SegmentSet {
    const words = new Uint32Array(Math.ceil(universe / 32));
    for (const segment of segments)
      words[segment >>> 5] = (words[segment >>> 5] ?? 0) | (1 << (segment & 31));
    return new SegmentSet(words);
  }

  /** Those of any of the sets. */
  static union(sets: readonly SegmentSet[], universe: number): SegmentSet {
    const words = new Uint32Array(Math.ceil(universe / 32));
    for (const set of sets)
      for (let at = 0; at < words.length; at++) words[at] = (words[at] ?? 0) | (set.words[at] ?? 0);
    return new SegmentSet(words);
  }

  has(segment: number): boolean {
    return (((this.words[segment >>> 5] ?? 0) >>> (segment & 31)) & 1) === 1;
  }

  /** How many of these `other` lacks. */
  missingFrom(other: SegmentSet): number {
    let count = 0;
    for (let at = 0; at < this.words.length; at++)
      count += bitCount((this.words[at] ?? 0) & ~(other.words[at] ?? 0));
    return count;
  }
}

function bitCount(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const baseSegments = 420;

interface Step {
  readonly likelihood: number;
  /** Share of the parent's segments, at least and at most. */
  readonly replaced: readonly [number, number];
  /** Segments, at least and at most. */
  readonly added: readonly [number, number];
}

/** How a version comes from its parent. */
const updates: Step = { likelihood: 0.6, replaced: [0.02, 0.12], added: [0, 10] };
const role: Step = { likelihood: 0.3, replaced: [0.01, 0.05], added: [40, 260] };
const pointRelease: Step = { likelihood: 0.1, replaced: [0.25, 0.6], added: [0, 40] };

/** Versions, the first of them the root; each other one comes from an earlier one, mostly a late one. */
export function makeLineage(
  random: Random,
  versionCount: number,
): { versions: LineageVersion[]; universe: number } {
  let universe = baseSegments;
  const sets: number[][] = [[...Array(baseSegments).keys()]];
  while (sets.length < versionCount) {
    const parent = sets[Math.floor(sets.length * random.unit() ** 0.5)] ?? [];
    let chance = random.unit();
    const step = [role, pointRelease].find((one) => (chance -= one.likelihood) < 0) ?? updates;
    const replaced = random.between(...step.replaced);
    const kept = parent.filter(() => random.unit() >= replaced);
    const fresh = parent.length - kept.length + Math.round(random.between(...step.added));
    sets.push([...kept, ...Array.from({ length: fresh }, () => universe++)]);
  }
  return {
    universe,
    versions: sets.map((segments, index) => ({
      digest: index.toString(16).padStart(64, "0"),
      segments: SegmentSet.of(segments, universe),
      sizeBytes: segments.length * segmentBytes,
    })),
  };
}
