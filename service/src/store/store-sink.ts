import type { ChunkSink, Digest } from "@dvce/image";
import type { ChunkStore, PutOptions } from "./chunk-store";

/** Chunks that one ingest found missing together and is about to put. */
interface Claim {
  /** Those not put yet. */
  readonly digests: Set<Digest>;
  /** Resolves when all of them are put or given up. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
}

/** Claims by chunk, for each store. */
const claims = new WeakMap<ChunkStore, Map<Digest, Claim>>();

/**
 * A store as the sink of one ingest. Ingests into one store at the same time share work: a chunk that one of them is about to
 * put, another waits for instead of compressing it too, and takes over if that fails.
 */
export function storeSink(store: ChunkStore, options: Pick<PutOptions, "pastCache"> = {}): ChunkSink {
  const claimed = claims.get(store) ?? new Map<Digest, Claim>();
  claims.set(store, claimed);
  const own = new Set<Claim>();

  const release = (claim: Claim, digest: Digest): void => {
    claimed.delete(digest);
    claim.digests.delete(digest);
    if (claim.digests.size > 0) return;
    own.delete(claim);
    claim.settle();
  };

  return {
    async missing(digests) {
      let absent = notHeld(store, digests);
      for (;;) {
        const others = new Set(absent.flatMap((digest) => claimed.get(digest) ?? []));
        if (others.size === 0) break;
        await Promise.all([...others].map(({ settled }) => settled));
        absent = notHeld(store, digests);
      }
      const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
      const claim: Claim = { digests: new Set(absent), settled, settle };
      if (absent.length > 0) own.add(claim);
      for (const digest of absent) claimed.set(digest, claim);
      return absent;
    },
    async put(chunks) {
      try {
        await store.put(chunks, { ...options, verified: true });
      } finally {
        for (const { digest } of chunks) {
          const claim = claimed.get(digest);
          if (claim !== undefined && own.has(claim)) release(claim, digest);
        }
      }
    },
    close() {
      for (const claim of [...own]) for (const digest of [...claim.digests]) release(claim, digest);
    },
  };
}

function notHeld(store: ChunkStore, digests: readonly Digest[]): Digest[] {
  const held = new Set(store.hold(digests));
  return digests.filter((digest) => !held.has(digest));
}
