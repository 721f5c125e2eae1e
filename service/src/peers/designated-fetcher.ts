/**
 * Which of the nodes that fetch a version at the same time gets a chunk from a node that has it; the others get it from
 * that one, so that the holder sends it about once.
 *
 * Rendezvous hashing (Thaler and Ravishankar, 1998): every node gives every chunk a score, and the highest wins. Nodes that
 * know the same fetchers choose alike without talking, and when one joins or leaves, only its own chunks change hands.
 */
import { digestOf } from "@dvce/image";

/** A node that asked lately who has the version's chunks. */
export interface Fetcher {
  readonly node: string;
  readonly agentUrl: string;
}

const nodeHashes = new Map<string, number>();
const nodeHashesMax = 10_000;

/** The fetcher with the highest score for the chunk; undefined of none. Independent of their order. */
export function designatedFetcher(digest: string, fetchers: readonly Fetcher[]): Fetcher | undefined {
  const chunkHash = Number.parseInt(digest.slice(0, 8), 16);
  let best: Fetcher | undefined;
  let bestScore = -1;
  for (const fetcher of fetchers) {
    const score = mix(chunkHash ^ nodeHash(fetcher.node));
    if (score > bestScore || (score === bestScore && best !== undefined && fetcher.node < best.node)) {
      best = fetcher;
      bestScore = score;
    }
  }
  return best;
}

function nodeHash(node: string): number {
  let hash = nodeHashes.get(node);
  if (hash === undefined) {
    if (nodeHashes.size >= nodeHashesMax) nodeHashes.clear();
    hash = Number.parseInt(digestOf(Buffer.from(node)).slice(0, 8), 16);
    nodeHashes.set(node, hash);
  }
  return hash;
}

/** The finaliser of MurmurHash3 (Appleby, public domain): every bit of the input changes half of the output's. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
