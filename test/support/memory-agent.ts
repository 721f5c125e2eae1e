/** A node agent that keeps everything in memory, and a pool of them. For tests of the controller. */
import {
  DvceError,
  seedDigest,
  seedPath,
  volumePath,
  type AgentCreateVolume,
  type AgentPull,
  type AgentPullRequest,
  type AgentVolume,
  type ChunkRun,
  type ConsoleTail,
  type NodeRegistration,
  type Verified,
  type VersionInventory,
} from "@dvce/api";
import {
  ChunkBitmap,
  decodeBatch,
  decodeChunk,
  digestOf,
  encodeBatch,
  encodeChunk,
  type EncodedChunk,
  ImageIndex,
  IndexBuilder,
} from "@dvce/image";
import { Readable } from "node:stream";
import { createHash } from "node:crypto";
import type { AgentPort } from "../../service/src/agent-link/agents";
import { Controller, type ControllerOptions } from "../../service/src/controller/controller";
import { Database } from "../../service/src/state";

const GiB = 1024 ** 3;

export class MemoryAgent implements AgentPort {
  readonly chunks = new Set<string>();
  readonly indexes = new Map<string, ImageIndex>();
  readonly volumes = new Map<string, AgentVolume>();
  readonly retired = new Map<string, AgentVolume>();
  /** What volumes were ordered, last first. */
  readonly orders: AgentCreateVolume[] = [];
  /** Payloads of those that came in batches. */
  readonly #payloads = new Map<string, EncodedChunk>();
  /** Chunks whose bytes went bad; found when they are verified. */
  readonly rotten = new Set<string>();
  /** Images that this node can fetch, by their addresses. */
  readonly web = new Map<string, { readonly index: ImageIndex; readonly chunks: readonly Buffer[] }>();
  readonly pulls = new Map<string, AgentPull>();
  /** Nothing answers. */
  down = false;
  #sequence = 0;

  constructor(readonly url: string) {}

  /** Of the next report or request. */
  nextSequence(): number {
    return ++this.#sequence;
  }

  async putVersion(version: string, index: Buffer): Promise<VersionInventory> {
    this.#mustBeUp();
    this.indexes.set(version, ImageIndex.decode(index));
    return this.inventory(version);
  }

  inventory(version: string): VersionInventory {
    const index = this.indexes.get(version);
    if (index === undefined) throw new DvceError("DVCE_VERSION_NOT_FOUND", version);
    const bitmap = new ChunkBitmap(index.chunkCount);
    index.chunks.forEach((chunk, i) => {
      if (this.chunks.has(chunk.digest)) bitmap.set(i);
    });
    return { version, bitmap: bitmap.toBase64() };
  }

  async putChunks(batch: Buffer): Promise<number> {
    this.#mustBeUp();
    const chunks = decodeBatch(batch);
    for (const chunk of chunks) {
      this.chunks.add(digestOf(decodeChunk(chunk)));
      this.#payloads.set(chunk.digest, { ...chunk, payload: Buffer.from(chunk.payload) });
    }
    return chunks.length;
  }

  async fetchChunks(digests: readonly string[]): Promise<NodeJS.ReadableStream> {
    this.#mustBeUp();
    return Readable.from([encodeBatch(digests.flatMap((digest) => this.#payloads.get(digest) ?? []))]);
  }

  async verifyChunks(version: string, { firstChunk, chunks }: ChunkRun): Promise<Verified> {
    this.#mustBeUp();
    const all = this.indexes.get(version)?.chunks.slice(firstChunk, firstChunk + chunks) ?? [];
    const here = all.filter(({ digest }) => this.chunks.has(digest));
    const good = here.filter(({ digest }) => !this.rotten.has(digest));
    return {
      goodChunks: good.length,
      goodBytes: good.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      absentChunks: all.length - here.length,
      bad: here.flatMap(({ digest }) => (this.rotten.has(digest) ? digest : [])),
    };
  }

  async replicateVersion(version: string): Promise<void> {
    this.#mustBeUp();
    for (const { digest } of this.indexes.get(version)?.chunks ?? []) this.chunks.add(digest);
  }

  /** Downloads when it is first asked, and is done when it is asked again. */
  async startPull(id: string, { url }: AgentPullRequest): Promise<AgentPull> {
    this.#mustBeUp();
    const image = this.web.get(url);
    const begun = this.pulls.get(id);
    const pull: AgentPull = { phase: "download", doneBytes: 1, totalBytes: 2, version: null, error: null };
    if (begun !== undefined && image !== undefined) {
      for (const chunk of image.chunks) await this.putChunks(encodeBatch([encodeChunk(chunk)]));
      const { version } = image.index;
      this.pulls.set(id, { ...pull, phase: "done", doneBytes: 2, version });
    } else if (begun !== undefined) {
      const error = { code: "DVCE_IMAGE_DOWNLOAD_FAILED", message: `nothing at ${url}` };
      this.pulls.set(id, { ...pull, phase: "failed", error });
    } else this.pulls.set(id, pull);
    return this.pulls.get(id) ?? pull;
  }

  async getPullIndex(id: string): Promise<Buffer> {
    const { version } = this.pulls.get(id) ?? {};
    const image = [...this.web.values()].find(({ index }) => index.version === version);
    if (image === undefined) throw new DvceError("DVCE_PULL_NOT_FOUND", id);
    return image.index.encode();
  }

  async deletePull(id: string): Promise<void> {
    this.#mustBeUp();
    this.pulls.delete(id);
  }

  async createVolume(volume: AgentCreateVolume): Promise<AgentVolume> {
    this.#mustBeUp();
    this.orders.unshift(volume);
    const { domain, version, sizeBytes, seed } = volume;
    const made: AgentVolume = {
      domain,
      version,
      sizeBytes,
      path: volumePath(domain),
      seedPath: seedPath(domain),
      seedDigest: seedDigest(seed),
      createdAt: "2026-01-01T00:00:00.000Z",
      fetchedBytes: 0,
      hydration: { state: "waiting", presentBytes: 0, totalBytes: 1 },
    };
    this.volumes.set(domain, made);
    return made;
  }

  async listVolumes(): Promise<AgentVolume[]> {
    this.#mustBeUp();
    return [...this.volumes.values()];
  }

  async getVolume(domain: string): Promise<AgentVolume> {
    this.#mustBeUp();
    const volume = this.volumes.get(domain);
    if (volume === undefined) throw new DvceError("DVCE_VOLUME_NOT_FOUND", `no volume ${domain}`);
    return volume;
  }

  async deleteVolume(domain: string): Promise<void> {
    await this.getVolume(domain);
    this.volumes.delete(domain);
  }

  async retireVolume(domain: string): Promise<void> {
    this.retired.set(domain, await this.getVolume(domain));
    this.volumes.delete(domain);
  }

  async deleteRetiredDisk(domain: string): Promise<void> {
    this.#mustBeUp();
    this.retired.delete(domain);
  }

  async getConsole(domain: string, tailBytes: number): Promise<ConsoleTail> {
    this.#mustBeUp();
    const text = `console of ${domain}`;
    return { text: text.slice(-tailBytes), totalBytes: text.length };
  }

  #mustBeUp(): void {
    if (this.down) throw new DvceError("DVCE_NODE_UNREACHABLE", `no answer from ${this.url}`);
  }
}

export const registrationOf = (agentUrl: string, more: Partial<NodeRegistration> = {}): NodeRegistration => ({
  agentUrl,
  architecture: "x86_64",
  domainType: "qemu",
  labels: {},
  capacity: { vcpus: 4, memoryMiB: 4096, diskBytes: 100 * GiB },
  linkBytesPerSecond: 125e6,
  ...more,
});

/** A controller with a clock that stands still, and nodes in memory. */
export class MemoryPool {
  readonly agents = new Map<string, MemoryAgent>();
  readonly #epochs = new Map<string, number>();
  readonly #options: ControllerOptions;
  nowMs = Date.parse("2026-01-01T00:00:00Z");
  controller: Controller;

  constructor(options: { settings?: ControllerOptions["settings"]; path?: string } = {}) {
    this.#options = {
      database: Database.open(options.path ?? ":memory:"),
      clock: () => this.nowMs,
      connectAgent: (url) => {
        const agent = [...this.agents.values()].find((candidate) => candidate.url === url);
        if (agent === undefined) throw new Error(`no agent at ${url}`);
        return agent;
      },
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    };
    this.controller = new Controller(this.#options);
  }

  close(): void {
    this.#options.database.close();
  }

  /** Another controller process over the same database. */
  restartController(): void {
    this.controller = new Controller(this.#options);
  }

  agent(name: string): MemoryAgent {
    const agent = this.agents.get(name);
    if (agent === undefined) throw new Error(`no agent ${name}`);
    return agent;
  }

  /** Registers a node and reports until it is ready. */
  join(name: string, more: Partial<NodeRegistration> = {}): MemoryAgent {
    const agent = this.agents.get(name) ?? new MemoryAgent(`http://${name}`);
    this.agents.set(name, agent);
    this.#epochs.set(name, this.controller.registry.register(name, registrationOf(agent.url, more)).epoch);
    this.beat(name);
    this.beat(name);
    return agent;
  }

  /** Brings `imageOf(...numbers)` into the pool as the newest version of `image`; answers the version. */
  async push(image: string, ...numbers: number[]): Promise<string> {
    const { index, chunks } = imageOf(...numbers);
    const { images } = this.controller;
    await images.announce(image, index.encode());
    await images.putChunks(index.version, encodeBatch(chunks.map((chunk) => encodeChunk(chunk))));
    await images.commit(index.version, image);
    return index.version;
  }

  /** One heartbeat with everything that the node has. */
  beat(name: string) {
    const agent = this.agent(name);
    const reply = this.controller.registry.heartbeat(name, {
      epoch: this.#epochs.get(name) ?? 1,
      sequence: agent.nextSequence(),
      storeBytes: agent.chunks.size,
      baseBytes: 0,
      diskFreeBytes: 50 * GiB,
      inventory: [...agent.indexes.keys()].map((version) => agent.inventory(version)),
    });
    for (const version of agent.indexes.keys()) {
      if (!reply.versions.includes(version)) agent.indexes.delete(version);
    }
    return reply;
  }

  beatAll(): void {
    for (const [name, agent] of this.agents) if (!agent.down) this.beat(name);
  }

  /** Lets time pass, with heartbeats from every agent that is not down. */
  pass(milliseconds: number): void {
    for (let left = milliseconds; left > 0; left -= 2_000) {
      this.nowMs += Math.min(left, 2_000);
      this.beatAll();
      this.controller.tick();
    }
  }
}

const chunkSizeBytes = 64 * 1024;

/** An image of chunks that hold nothing but their own number each. */
export function imageOf(...chunkNumbers: readonly number[]): { index: ImageIndex; chunks: Buffer[] } {
  const builder = new IndexBuilder(chunkNumbers.length * chunkSizeBytes);
  const chunks = chunkNumbers.map((number) => Buffer.alloc(chunkSizeBytes, `chunk ${number} `));
  chunks.forEach((chunk, position) => {
    const digest = createHash("sha256").update(chunk).digest();
    const extent = { offsetBytes: position * chunkSizeBytes, offsetInChunk: 0, lengthBytes: chunkSizeBytes };
    builder.add(digest, chunkSizeBytes, extent);
  });
  return { index: builder.build(), chunks };
}
