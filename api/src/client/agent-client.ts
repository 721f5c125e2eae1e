import { z } from "zod";
import type { ChunkWait } from "../schema/chunk-batch";
import { chunksStoredSchema } from "../schema/image";
import { versionInventorySchema, type VersionInventory } from "../schema/node";
import { agentPullSchema, type AgentPull, type AgentPullRequest } from "../schema/pull";
import { verifiedSchema, type ChunkRun, type Verified } from "../schema/verify";
import type { ConsoleTail } from "../schema/vm";
import { consoleTailSchema } from "../schema/vm";
import type { AgentCreateVolume, AgentVolume } from "../schema/volume";
import { agentVolumeSchema } from "../schema/volume";
import { HttpClient, type HttpClientOptions } from "./http";

const octets = { "content-type": "application/octet-stream" };
const enc = encodeURIComponent;

/** Typed client of a node agent's API; used by the controller and by peers. Throws `DvceError`. */
export class AgentClient {
  readonly #http: HttpClient;

  constructor(options: Omit<HttpClientOptions, "peer">) {
    this.#http = new HttpClient({ ...options, peer: "node" });
  }

  get url(): string {
    return this.#http.url;
  }

  /** Makes an index known to the node and answers which of its chunks the node has. Idempotent. */
  putVersion(version: string, index: Buffer): Promise<VersionInventory> {
    const url = `/v1/versions/${enc(version)}`;
    return this.#http.json(versionInventorySchema, { method: "PUT", url, data: index, headers: octets });
  }
  getInventory(version: string): Promise<VersionInventory> {
    return this.#http.json(versionInventorySchema, { url: `/v1/versions/${enc(version)}/inventory` });
  }
  /** Stores a chunk batch; answered when it would survive a power cut. */
  async putChunks(batch: Buffer): Promise<number> {
    const request = { method: "PUT", url: "/v1/chunks", data: batch, headers: octets, timeout: 300_000 };
    return (await this.#http.json(chunksStoredSchema, request)).stored;
  }
  /**
   * Streams back a chunk batch with those of the asked chunks that the node has, in the asked order, and then those that it
   * was to wait for, as they arrive there.
   */
  fetchChunks(
    digests: readonly string[],
    options: { readonly wait?: ChunkWait; readonly signal?: AbortSignal } = {},
  ): Promise<NodeJS.ReadableStream> {
    const { wait, signal } = options;
    return this.#http.stream({
      method: "POST",
      url: "/v1/chunks/batch",
      data: { digests, ...(wait === undefined ? {} : { wait }) },
      ...(signal === undefined ? {} : { signal }),
    });
  }
  /** Tells the node that it sent damaged chunks; it checks them. */
  async reportDamagedChunks(digests: readonly string[]): Promise<void> {
    await this.#http.empty({ method: "POST", url: "/v1/chunks/damaged", data: { digests } });
  }

  /** Has the node re-read some of a version's chunks. */
  verifyChunks(version: string, run: ChunkRun): Promise<Verified> {
    const url = `/v1/versions/${enc(version)}/verify`;
    return this.#http.json(verifiedSchema, { method: "POST", url, data: run, timeout: 300_000 });
  }
  /** Has the node fetch the chunks of a version that it lacks, in the background. Idempotent. */
  async replicateVersion(version: string): Promise<void> {
    await this.#http.empty({ method: "POST", url: `/v1/versions/${enc(version)}/replicate`, data: {} });
  }

  /** Has the node download an image and store it, in the background; answers how far it is. Idempotent. */
  startPull(id: string, pull: AgentPullRequest): Promise<AgentPull> {
    return this.#http.json(agentPullSchema, { method: "PUT", url: `/v1/pulls/${enc(id)}`, data: pull });
  }
  /** The index of the image that a pull stored. */
  getPullIndex(id: string): Promise<Buffer> {
    return this.#http.bytes({ url: `/v1/pulls/${enc(id)}/index` });
  }
  /** Stops a pull if need be, and forgets it. Idempotent. */
  async deletePull(id: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/pulls/${enc(id)}` });
  }

  createVolume(volume: AgentCreateVolume): Promise<AgentVolume> {
    const request = { method: "POST", url: "/v1/volumes", data: volume, timeout: 120_000 };
    return this.#http.json(agentVolumeSchema, request);
  }
  async listVolumes(): Promise<AgentVolume[]> {
    const schema = z.object({ volumes: z.array(agentVolumeSchema) });
    return (await this.#http.json(schema, { url: "/v1/volumes" })).volumes;
  }
  getVolume(domain: string): Promise<AgentVolume> {
    return this.#http.json(agentVolumeSchema, { url: `/v1/volumes/${enc(domain)}` });
  }
  async deleteVolume(domain: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/volumes/${enc(domain)}` });
  }
  /** Takes a volume away and keeps its disk for the node that its member moves to. */
  async retireVolume(domain: string): Promise<void> {
    await this.#http.empty({ method: "POST", url: `/v1/volumes/${enc(domain)}/retire`, data: {} });
  }
  /** The file of a retired disk, and after it the 32 bytes of its SHA-256. */
  fetchRetiredDisk(domain: string, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
    return this.#http.stream({ url: `/v1/retired-disks/${enc(domain)}`, signal });
  }
  /** Idempotent. */
  async deleteRetiredDisk(domain: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/retired-disks/${enc(domain)}` });
  }
  getConsole(domain: string, tailBytes: number): Promise<ConsoleTail> {
    return this.#http.json(consoleTailSchema, { url: `/v1/consoles/${enc(domain)}`, params: { tailBytes } });
  }
}
