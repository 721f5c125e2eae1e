/** What a node exchanges with its peers, wired together: it reads chunks from wherever they are, and serves its own. */
import { AgentClient, type VersionSources } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import type { LocalChunks } from "../agent/local-chunks";
import { BatchServer } from "./batch-server";
import { ChunkReader } from "./chunk-reader";
import { PeerFetcher } from "./peer-fetcher";
import type { ChunkDecoder } from "./peer-request";
import { SourceDirectory } from "./source-directory";
import { piecesOf } from "./stream-pieces";
import { TransferLimits } from "./transfer-limits";

/** Limits in bytes on the wire, before HTTP and below. Default none. */
export interface TransferSettings {
  /** What this node fetches, from all peers together. */
  readonly fetchBytesPerSecond?: number;
  /** What this node serves, to all peers together. */
  readonly serveBytesPerSecond?: number;
  /** What is exchanged with one peer, in each direction. */
  readonly peerBytesPerSecond?: number;
}

export interface TransferOptions {
  /** This node's name. */
  readonly node: string;
  /** The pool's node token, which peers ask for. */
  readonly nodeToken: string;
  readonly local: LocalChunks;
  readonly decoder: ChunkDecoder;
  /** A version that this node knows. */
  readonly version: (version: string) => KnownChunks | undefined;
  /** Asks the controller, as this node. */
  readonly sourcesOf: (version: string) => Promise<VersionSources>;
  /** Image bytes that came from peers, before compression. */
  readonly onFetched: (version: string, sizeBytes: number) => void;
  readonly settings?: TransferSettings;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
}

/** An index with a way to find chunks in it. */
export interface KnownChunks {
  readonly index: ImageIndex;
  /** The number of the chunk, or -1. */
  numberOf(digest: Buffer): number;
}

export class Transfer {
  readonly reader: ChunkReader;
  readonly batches: BatchServer;
  readonly #directory: SourceDirectory;
  readonly #fetcher: PeerFetcher;

  constructor(options: TransferOptions) {
    const { node, nodeToken, local, decoder, settings = {}, nowMs, logger } = options;
    const clients = new Map<string, AgentClient>();
    const clientOf = (url: string): AgentClient => {
      const client = clients.get(url) ?? new AgentClient({ url, token: nodeToken });
      clients.set(url, client);
      return client;
    };
    this.#directory = new SourceDirectory({ self: node, askController: options.sourcesOf, nowMs });
    this.#fetcher = new PeerFetcher({
      self: node,
      directory: this.#directory,
      askAgent: async ({ agentUrl, digests, wait, signal }) => {
        const client = clientOf(agentUrl);
        return piecesOf(
          await client.fetchChunks(digests, { signal, ...(wait === undefined ? {} : { wait }) }),
        );
      },
      reportDamage: (agentUrl, digests) => clientOf(agentUrl).reportDamagedChunks(digests),
      decoder,
      onChunks: async (version, chunks) => {
        options.onFetched(
          version,
          chunks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        );
        await local.add(chunks);
      },
      limits: limits(settings.fetchBytesPerSecond, settings.peerBytesPerSecond),
      nowMs,
      logger,
    });
    this.reader = new ChunkReader({ local, peers: this.#fetcher, decoder, logger });
    this.batches = new BatchServer({
      chunks: local,
      supply: async (digest, { version, priority }) => {
        const known = options.version(version);
        const chunk = known?.numberOf(Buffer.from(digest, "hex")) ?? -1;
        return known !== undefined && chunk >= 0 && this.#fetcher.supply(known.index, chunk, priority);
      },
      limits: limits(settings.serveBytesPerSecond, settings.peerBytesPerSecond),
    });
  }

  /** Drops what is known of a version's spread. */
  forget(version: string): void {
    this.#directory.forget(version);
  }

  /** Fails every fetch under way. */
  close(): void {
    this.#fetcher.close();
  }
}

function limits(total: number | undefined, peer: number | undefined): TransferLimits {
  return new TransferLimits({
    ...(total === undefined ? {} : { totalBytesPerSecond: total }),
    ...(peer === undefined ? {} : { peerBytesPerSecond: peer }),
  });
}
