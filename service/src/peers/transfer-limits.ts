/** Holds the bytes that peers exchange to rates: all of one direction together, and each peer of its own. */
import { TokenBucket, type TokenBucketOptions } from "../rate/token-bucket";

export interface TransferRates {
  /** Of everything in this direction. Default no limit. */
  readonly totalBytesPerSecond?: number;
  /** Of each peer. Default no limit. */
  readonly peerBytesPerSecond?: number;
}

/** So many peers' buckets are kept; the one that was used longest ago goes first. */
const peersMax = 1024;

export class TransferLimits {
  readonly #total: TokenBucket;
  readonly #peerBytesPerSecond: number;
  readonly #time: Pick<TokenBucketOptions, "nowMs" | "sleep">;
  readonly #peers = new Map<string, TokenBucket>();

  /** @param time the clock; default the machine's */
  constructor(rates: TransferRates = {}, time: Pick<TokenBucketOptions, "nowMs" | "sleep"> = {}) {
    this.#time = time;
    this.#total = new TokenBucket({ ...time, bytesPerSecond: rates.totalBytesPerSecond ?? Infinity });
    this.#peerBytesPerSecond = rates.peerBytesPerSecond ?? Infinity;
  }

  /** Resolves when so many bytes may pass to or from the peer. Rejects with the signal's reason. */
  async take(peer: string, bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#peerBytesPerSecond !== Infinity) await this.#bucketOf(peer).take(bytes, signal);
    await this.#total.take(bytes, signal);
  }

  #bucketOf(peer: string): TokenBucket {
    const bucket =
      this.#peers.get(peer) ?? new TokenBucket({ ...this.#time, bytesPerSecond: this.#peerBytesPerSecond });
    this.#peers.delete(peer); // goes to the end
    this.#peers.set(peer, bucket);
    if (this.#peers.size > peersMax) {
      for (const oldest of this.#peers.keys()) {
        this.#peers.delete(oldest);
        break;
      }
    }
    return bucket;
  }
}
