/**
 * Answers peers that ask for chunks: one batch, streamed as fast as the peer takes it.
 *
 * First those that are here, in the order asked. Where the peer waits, then those that this node is to get for it, as they
 * arrive; the batch ends when all have come, or when none has for as long as the peer waits.
 *
 * Memory: an answer that is being sent holds some records, see stored-records.ts, and so many are sent at a time; the others
 * wait. An answer that only waits for arrivals holds nothing and takes nobody's place.
 */
import { chunkBatchMax, type ChunkBatchRequest, type ChunkWait } from "@dvce/api";
import { batchSizeBytesMax, batchStart, encodeBatchEnd } from "@dvce/image";
import { setTimeout as sleep } from "node:timers/promises";
import { Turnstile } from "../agent/turnstile";
import { storedRecords, type Records, type ServedChunks } from "./stored-records";
import type { TransferLimits } from "./transfer-limits";

export interface BatchServerOptions {
  readonly chunks: ServedChunks;
  /** Gets a chunk for a peer if that is this node's to do. Whether it has come. Never throws. */
  readonly supply: (digest: string, wait: ChunkWait) => Promise<boolean>;
  readonly limits: TransferLimits;
}

/** Answers that are being sent at a time. */
const sendersMax = 64;

export class BatchServer {
  readonly #options: BatchServerOptions;
  readonly #senders = new Turnstile(sendersMax);

  constructor(options: BatchServerOptions) {
    this.#options = options;
  }

  /**
   * The answer, in pieces that hold until the next is taken. Chunks beyond the bounds of a batch are left out; the peer asks
   * again for them.
   * @param peer who asks, for the limits
   * @param signal aborted when the peer is gone
   */
  async *send(request: ChunkBatchRequest, peer: string, signal: AbortSignal): AsyncGenerator<Buffer> {
    const { digests, wait } = request;
    const arrivals = wait === undefined ? undefined : this.#getForPeer(digests, wait);
    yield batchStart;
    let count = 0;
    let leftBytes = batchSizeBytesMax - 1024;
    for await (const records of this.#records(digests, arrivals, signal)) {
      leftBytes -= records.bytes.length;
      if (leftBytes < 0 || count + records.count > chunkBatchMax) break;
      await this.#options.limits.take(peer, records.bytes.length, signal);
      yield records.bytes;
      count += records.count;
    }
    yield encodeBatchEnd(count);
  }

  async *#records(
    digests: readonly string[],
    arrivals: Arrivals | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<Records> {
    yield* this.#inTurn(digests, signal);
    if (arrivals === undefined) return;
    for (;;) {
      const arrived = await arrivals.next(signal);
      if (arrived.length === 0) return;
      yield* this.#inTurn(arrived, signal);
    }
  }

  async *#inTurn(digests: readonly string[], signal: AbortSignal): AsyncGenerator<Records> {
    await this.#senders.enter();
    try {
      if (!signal.aborted) yield* storedRecords(this.#options.chunks, digests);
    } finally {
      this.#senders.leave();
    }
  }

  #getForPeer(digests: readonly string[], wait: ChunkWait): Arrivals {
    const { chunks, supply } = this.#options;
    const arrivals = new Arrivals(wait.waitMs);
    for (const digest of digests) if (!chunks.has(digest)) arrivals.expect(digest, supply(digest, wait));
    return arrivals;
  }
}

/** Chunks on their way to this node. */
class Arrivals {
  readonly #waitMs: number;
  #expected = 0;
  #arrived: string[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  expect(digest: string, coming: Promise<boolean>): void {
    this.#expected++;
    void coming.then((came) => {
      this.#expected--;
      if (came) this.#arrived.push(digest);
      this.#changed.resolve();
    });
  }

  /** What has arrived since the last call; waits for the first of them. Empty when nothing more comes in time. */
  async next(signal: AbortSignal): Promise<readonly string[]> {
    const timer = new AbortController();
    const late = sleep(this.#waitMs, "late", { signal: AbortSignal.any([signal, timer.signal]) }).catch(
      () => "late",
    );
    try {
      while (this.#arrived.length === 0 && this.#expected > 0 && !signal.aborted) {
        if ((await Promise.race([this.#changed.promise, late])) === "late") break;
        this.#changed = Promise.withResolvers<void>();
      }
    } finally {
      timer.abort();
    }
    const arrived = this.#arrived;
    this.#arrived = [];
    return arrived;
  }
}
