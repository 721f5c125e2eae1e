/**
 * Nodes that exchange chunks over real HTTP in this process: real stores, routes, fetchers and worker threads, and as much of a
 * controller as answers who has what and who fetches. What each node is asked and sends is counted.
 */
import type { ChunkBatchRequest, VersionSources } from "@dvce/api";
import { ChunkBitmap, ChunkWorkers, digestOf, encodeChunk, IndexBuilder, type ImageIndex } from "@dvce/image";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { LocalChunks } from "../../service/src/agent/local-chunks";
import { chunkRoutes } from "../../service/src/agent/routes/chunks";
import { hashToken, verifierOf } from "../../service/src/auth/bearer-token";
import { ActiveFetchers } from "../../service/src/controller/active-fetchers";
import type { ChunkDecoder } from "../../service/src/peers/peer-request";
import { Transfer, type TransferSettings } from "../../service/src/peers/transfer";
import { buildServer, type Server } from "../../service/src/plugins/server";
import { MemoryChunkStore, openPackStore, type ChunkStore } from "../../service/src/store";
import { pseudoRandom } from "../support/pseudo-random";

const token = "token-of-the-nodes";
const logger = pino({ level: process.env["DVCE_TEST_LOG"] ?? "silent" });

export interface TestImage {
  readonly index: ImageIndex;
  readonly chunks: readonly Buffer[];
}

/** Chunks of two to three times their compressed size, as those of images are. */
export function testImage(chunkCount: number, chunkBytes = 65_536): TestImage {
  const builder = new IndexBuilder(chunkCount * chunkBytes);
  const chunks = Array.from({ length: chunkCount }, (_, i) => {
    const chunk = Buffer.alloc(chunkBytes, `chunk ${i} `);
    pseudoRandom(chunkBytes / 2, i + 1).copy(chunk);
    const extent = { offsetBytes: i * chunkBytes, offsetInChunk: 0, lengthBytes: chunkBytes };
    builder.add(Buffer.from(digestOf(chunk), "hex"), chunkBytes, extent);
    return chunk;
  });
  return { index: builder.build(), chunks };
}

export interface SwarmNodeOptions {
  readonly store?: ChunkStore;
  readonly settings?: TransferSettings;
  readonly decoder?: ChunkDecoder;
  /** Changes what the node sends. */
  readonly tamper?: (bytes: Buffer) => Buffer;
  /** Changes what the controller tells the node. */
  readonly misinform?: (answer: VersionSources) => VersionSources;
}

export class SwarmNode {
  /** Digests of each request that this node was sent. */
  readonly asked: ChunkBatchRequest[] = [];
  sentBytes = 0;
  fetchedBytes = 0;

  constructor(
    readonly name: string,
    readonly url: string,
    readonly local: LocalChunks,
    readonly transfer: Transfer,
    readonly app: Server,
    readonly store: ChunkStore,
  ) {}

  has(image: TestImage): number {
    return image.index.chunks.filter(({ digest }) => this.store.has(digest)).length;
  }

  /** Everything of an image, checked against the original. Answers the chunks in the order in which they came. */
  async readAll(image: TestImage, onChunk: (chunk: number) => void = () => undefined): Promise<number[]> {
    const order: number[] = [];
    const all = Array.from({ length: image.index.chunkCount }, (_, i) => i);
    await this.transfer.reader.readMany(image.index, all, {
      priority: "background",
      onData: async (chunk, data) => {
        if (!data.equals(image.chunks[chunk] ?? Buffer.alloc(0)))
          throw new Error(`${this.name} read wrong bytes for chunk ${chunk}`);
        order.push(chunk);
        onChunk(chunk);
      },
    });
    return order;
  }

  /** As a crash: connections break off. */
  async kill(): Promise<void> {
    this.transfer.close();
    await this.app.close();
  }
}

export class Swarm {
  readonly nodes = new Map<string, SwarmNode>();
  readonly folder: string;
  readonly #image: TestImage;
  readonly #fetchers = new ActiveFetchers(() => Date.now());
  readonly #workers = new ChunkWorkers();

  private constructor(image: TestImage, folder: string) {
    this.#image = image;
    this.folder = folder;
  }

  static async start(image: TestImage): Promise<Swarm> {
    return new Swarm(image, await mkdtemp(join(tmpdir(), "dvce-swarm-")));
  }

  async close(): Promise<void> {
    for (const node of this.nodes.values()) {
      await node.kill();
      await node.local.flush();
      await node.store.close();
    }
    await this.#workers.close();
    await rm(this.folder, { recursive: true });
  }

  /** A node with all chunks, in packs. */
  async addOrigin(name: string, options: SwarmNodeOptions = {}): Promise<SwarmNode> {
    const store = options.store ?? (await openPackStore(join(this.folder, name)));
    await store.put(
      this.#image.chunks.map((chunk) => encodeChunk(chunk)),
      { verified: true },
    );
    return this.add(name, { ...options, store });
  }

  async add(name: string, options: SwarmNodeOptions = {}): Promise<SwarmNode> {
    const store = options.store ?? new MemoryChunkStore();
    const local = new LocalChunks({
      store,
      onKept: () => undefined,
      onStored: () => undefined,
      onLost: () => undefined,
      onStoreFailed: () => undefined,
    });
    const { index } = this.#image;
    const numbers = new Map(index.chunks.map(({ digest }, i) => [digest, i]));
    const transfer = new Transfer({
      node: name,
      nodeToken: token,
      local,
      decoder: options.decoder ?? this.#workers,
      version: (version) =>
        version === index.version
          ? { index, numberOf: (digest) => numbers.get(digest.toString("hex")) ?? -1 }
          : undefined,
      sourcesOf: async (version) => (options.misinform ?? ((answer) => answer))(this.#sources(version, name)),
      onFetched: (_version, sizeBytes) => {
        const node = this.nodes.get(name);
        if (node !== undefined) node.fetchedBytes += sizeBytes;
      },
      ...(options.settings === undefined ? {} : { settings: options.settings }),
      nowMs: () => Date.now(),
      logger,
    });
    const verify = verifierOf([{ name: "pool", role: "node", tokenSha256: hashToken(token) }]);
    const app = await buildServer({ title: name, version: "0", logger, verify });
    const nodes = this.nodes;
    chunkRoutes(app, local, {
      async *send(request, peer, signal) {
        const node = nodes.get(name);
        node?.asked.push(request);
        for await (const bytes of transfer.batches.send(request, peer, signal)) {
          if (node !== undefined) node.sentBytes += bytes.length;
          yield options.tamper === undefined ? bytes : options.tamper(bytes);
        }
      },
    });
    const url = await app.listen({ host: "127.0.0.1", port: 0 });
    const node = new SwarmNode(name, url, local, transfer, app, store);
    this.nodes.set(name, node);
    return node;
  }

  /** As a controller, whose word of what nodes have is as old as its last heartbeat: here, only of origins. */
  #sources(version: string, asking: string): VersionSources {
    this.#fetchers.asked(version, asking);
    const { index } = this.#image;
    const nodes = [...this.nodes.values()].map(({ name, url }) => ({ node: name, agentUrl: url }));
    const active = this.#fetchers.of(version);
    return {
      sources: nodes
        .filter(({ node }) => node.startsWith("origin"))
        .map((node) => {
          const bitmap = new ChunkBitmap(index.chunkCount);
          const { store } = this.nodes.get(node.node) ?? {};
          for (let i = 0; i < index.chunkCount; i++)
            if (store?.has(index.chunkDigest(i)) === true) bitmap.set(i);
          return { ...node, bitmap: bitmap.toBase64() };
        }),
      fetchers: nodes.filter(({ node }) => active.includes(node)),
    };
  }
}
