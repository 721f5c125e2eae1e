import type { ChunkSink, Digest } from "@dvce/image";
import type { ChunkStore } from "./chunk-store";

/** Chunks that an ingest has found missing and is about to put, by store: settled when they are put or given up. */
const claims = new WeakMap<ChunkStore, Map<Digest, Promise<void>>>();

/**
 * A store as the sink of one ingest. Ingests into one store at the same time share work: a chunk that one of them is about to
 * put, another waits for instead of compressing it too, and takes over if that fails.
 */
export function storeSink(store: ChunkStore): ChunkSink {
  const claimed = claims.get(store) ?? new Map<Digest, Promise<void>>();
  claims.set(store, claimed);
  const own = new Map<Digest, () => void>();

  const release = (digest: Digest): void => {
    const settle = own.get(digest);
    if (settle === undefined) return;
    own.delete(digest);
    claimed.delete(digest);
    settle();
  };

  return {
    async missing(digests) {
      let absent = notHeld(store, digests);
      for (;;) {
        const others = absent.flatMap((digest) => claimed.get(digest) ?? []);
        if (others.length === 0) break;
        await Promise.all(others);
        absent = notHeld(store, digests);
      }
      for (const digest of absent) {
        const { promise, resolve } = Promise.withResolvers<void>();
        claimed.set(digest, promise);
        own.set(digest, resolve);
      }
      return absent;
    },
    async put(chunks) {
      try {
        await store.put(chunks, { verified: true });
      } finally {
        for (const { digest } of chunks) release(digest);
      }
    },
    close() {
      for (const digest of [...own.keys()]) release(digest);
    },
  };
}

function notHeld(store: ChunkStore, digests: readonly Digest[]): Digest[] {
  const held = new Set(store.hold(digests));
  return digests.filter((digest) => !held.has(digest));
}
