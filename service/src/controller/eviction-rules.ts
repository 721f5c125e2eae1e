/**
 * Which replicas a node may drop. Pure, on a snapshot of who has what.
 *
 * A chunk may be shared by several versions, and to drop it is to drop it from all of them. So it is looked at in every
 * version that has it:
 *
 * 1. as many good copies as the pool keeps replicas, and at least one, must stay on other nodes;
 * 2. a version that the node is a replica target of keeps it there, unless another good node that has the whole version
 *    takes its place as a target; targets of a version that is still being pushed keep everything.
 *
 * A good copy is one on a node that is up, has reported all that it holds under its present registration, whose store takes
 * chunks, and that has no damaged chunks which have yet to be healed or found lost.
 */
import { ChunkBitmap } from "@dvce/image";

/** Of the chunks asked for, those that a version has: chunk `wanted[i]` of the request is its chunk `numbers[i]`. */
export interface SharedChunks {
  readonly wanted: readonly number[];
  readonly numbers: readonly number[];
}

/** A version that has some of the chunks asked for. */
export interface SharingVersion extends SharedChunks {
  readonly version: string;
  readonly complete: boolean;
  readonly targets: readonly string[];
}

export interface OtherNode {
  readonly name: string;
  /** Whether what it holds counts as good copies; see above. */
  readonly good: boolean;
  /** Whether it may become a target. */
  readonly ready: boolean;
  /** What it holds of a version; undefined is nothing. */
  bitmap(version: string): ChunkBitmap | undefined;
  /** Whether it holds the whole version. */
  whole(version: string): boolean;
}

export interface EvictionQuestion {
  readonly node: string;
  /** Every node but `node`. */
  readonly others: readonly OtherNode[];
  /** Every version that has any of the chunks, that of the request among them. */
  readonly versions: readonly SharingVersion[];
  /** Which chunks are asked for. */
  readonly wanted: ChunkBitmap;
  /** Copies of each chunk that the pool keeps. */
  readonly replicas: number;
}

export interface EvictionDecision {
  readonly approved: ChunkBitmap;
  /** Versions that get another target in the node's place. */
  readonly retargeted: readonly { readonly version: string; readonly targets: readonly string[] }[];
}

/** See the top of this file. */
export function decideEviction(question: EvictionQuestion): EvictionDecision {
  const { node, wanted, versions } = question;
  const copies = countCopies(question);
  const approved = new ChunkBitmap(wanted.length);
  const needed = Math.max(1, question.replicas);
  for (let i = 0; i < wanted.length; i++) if (wanted.has(i) && (copies[i] ?? 0) >= needed) approved.set(i);

  const retargeted: { version: string; targets: readonly string[] }[] = [];
  const held = versions.filter((version) => version.targets.includes(node));
  const successors = new Map(held.map((version) => [version.version, successor(question, version)]));
  // Those that no other target takes over first: what they keep may make a change of target needless elsewhere.
  for (const version of held) {
    if (successors.get(version.version) !== undefined) continue;
    for (const i of version.wanted) approved.clear(i);
  }
  for (const { version, targets, wanted: shared } of held) {
    const next = successors.get(version);
    if (next === undefined || !shared.some((i) => approved.has(i))) continue;
    retargeted.push({ version, targets: targets.map((target) => (target === node ? next : target)) });
  }
  return { approved, retargeted };
}

/** Good copies on other nodes, for each chunk of the request. */
function countCopies({ others, versions, wanted }: EvictionQuestion): Uint16Array {
  const copies = new Uint16Array(wanted.length);
  for (const other of others) {
    if (!other.good) continue;
    const seen = new Uint8Array(wanted.length);
    for (const version of versions) {
      const bitmap = other.bitmap(version.version);
      if (bitmap === undefined) continue;
      version.wanted.forEach((chunk, i) => {
        if (bitmap.has(version.numbers[i] ?? 0)) seen[chunk] = 1;
      });
    }
    for (let i = 0; i < seen.length; i++) if (seen[i] === 1) copies[i] = (copies[i] ?? 0) + 1;
  }
  return copies;
}

/** The node that could take the asking one's place as a target. */
function successor({ others }: EvictionQuestion, version: SharingVersion): string | undefined {
  if (!version.complete) return undefined;
  return others.find(
    (other) =>
      other.good && other.ready && !version.targets.includes(other.name) && other.whole(version.version),
  )?.name;
}
