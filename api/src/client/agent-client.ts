import { z } from "zod";
import { chunksStoredSchema } from "../schema/image";
import { versionInventorySchema, type VersionInventory } from "../schema/node";
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
  /** Streams back a chunk batch with those of the asked chunks that the node has, in the asked order. */
  fetchChunks(digests: readonly string[], signal?: AbortSignal): Promise<NodeJS.ReadableStream> {
    return this.#http.stream({
      method: "POST",
      url: "/v1/chunks/batch",
      data: { digests },
      ...(signal ? { signal } : {}),
    });
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
  getConsole(domain: string, tailBytes: number): Promise<ConsoleTail> {
    return this.#http.json(consoleTailSchema, { url: `/v1/consoles/${enc(domain)}`, params: { tailBytes } });
  }
}
