import { bootProfileSchema, bootRecordedSchema } from "../schema/boot-profile";
import type { BootProfile, BootRecorded, BootRecording } from "../schema/boot-profile";
import { clusterListSchema, clusterPlanSchema, clusterSchema } from "../schema/cluster";
import type { Cluster, ClusterPlan, ClusterSpecInput, CommitClusterInput } from "../schema/cluster";
import { evictionReplySchema, type EvictionReply, type EvictionRequest } from "../schema/eviction";
import { imageHistorySchema, type HistoryQuery, type ImageHistory } from "../schema/history";
import {
  announcedVersionSchema,
  chunksStoredSchema,
  imageListSchema,
  imageSchema,
  imageVersionSchema,
  newestVersionSchema,
  versionSourcesSchema,
} from "../schema/image";
import type { AnnouncedVersion, Image, ImageVersion, VersionSources } from "../schema/image";
import { heartbeatReplySchema, nodeListSchema, nodeRegisteredSchema, nodeSchema } from "../schema/node";
import type { Heartbeat, HeartbeatReply, Node, NodeAction, NodeJoin, NodeRegistered } from "../schema/node";
import type { CreateVolume, Volume } from "../schema/volume";
import { volumeListSchema, volumeSchema } from "../schema/volume";
import { pullListSchema, pullSchema, type Pull, type PullRequest } from "../schema/pull";
import { verifiedSchema, type ReadChunks, type Verified, type VerifyRequest } from "../schema/verify";
import { identitySchema, type TokenIdentity } from "../schema/token";
import type { ConsoleTail, Vm } from "../schema/vm";
import { consoleTailSchema, vmListSchema } from "../schema/vm";
import { HttpClient, type HttpClientOptions } from "./http";

const octets = { "content-type": "application/octet-stream" };
const enc = encodeURIComponent;

/** Typed client of the controller's REST API. Every method throws `DvceError`. */
export class ControllerClient {
  readonly #http: HttpClient;
  readonly #options: Omit<HttpClientOptions, "peer">;

  constructor(options: Omit<HttpClientOptions, "peer">) {
    this.#options = options;
    this.#http = new HttpClient({ ...options, peer: "controller" });
  }

  get url(): string {
    return this.#http.url;
  }

  /** The same client, whose requests end with `signal` too. */
  withSignal(signal: AbortSignal): ControllerClient {
    return new ControllerClient({ ...this.#options, signal });
  }

  /** Who this client's token belongs to. */
  getIdentity(): Promise<TokenIdentity> {
    return this.#http.json(identitySchema, { url: "/v1/identity" });
  }

  async listNodes(): Promise<Node[]> {
    return (await this.#http.json(nodeListSchema, { url: "/v1/nodes" })).nodes;
  }
  registerNode(name: string, registration: NodeJoin): Promise<NodeRegistered> {
    const url = `/v1/nodes/${enc(name)}/registration`;
    return this.#http.json(nodeRegisteredSchema, { method: "PUT", url, data: registration });
  }
  heartbeat(name: string, heartbeat: Heartbeat): Promise<HeartbeatReply> {
    const url = `/v1/nodes/${enc(name)}/heartbeat`;
    return this.#http.json(heartbeatReplySchema, { method: "POST", url, data: heartbeat });
  }
  getNode(name: string): Promise<Node> {
    return this.#http.json(nodeSchema, { url: `/v1/nodes/${enc(name)}` });
  }
  /** Asks whether a node may drop replicas; answers which. Only those approved may be dropped. */
  requestEvictions(name: string, request: EvictionRequest): Promise<EvictionReply> {
    const url = `/v1/nodes/${enc(name)}/evictions`;
    return this.#http.json(evictionReplySchema, { method: "POST", url, data: request });
  }
  changeNode(name: string, action: NodeAction): Promise<Node> {
    // With a body, since axios marks a POST without one as a form, which the controller does not take.
    return this.#http.json(nodeSchema, { method: "POST", url: `/v1/nodes/${enc(name)}/${action}`, data: {} });
  }

  /** Takes a node out of the pool that was fenced, or with which nothing is lost. */
  async removeNode(name: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/nodes/${enc(name)}` });
  }

  async listImages(): Promise<Image[]> {
    return (await this.#http.json(imageListSchema, { url: "/v1/images" })).images;
  }
  getImage(name: string): Promise<Image> {
    return this.#http.json(imageSchema, { url: `/v1/images/${enc(name)}` });
  }
  /** What happened to an image and its versions, newest first; also to one that was deleted. */
  getImageHistory(name: string, query: Partial<HistoryQuery> = {}): Promise<ImageHistory> {
    return this.#http.json(imageHistorySchema, { url: `/v1/images/${enc(name)}/history`, params: query });
  }
  /** The version that an image's name stands for now. Nodes may ask this too. */
  async getNewestVersion(name: string): Promise<string> {
    return (await this.#http.json(newestVersionSchema, { url: `/v1/images/${enc(name)}/newest` })).version;
  }
  async deleteImage(name: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/images/${enc(name)}` });
  }
  /** Takes one version from an image; the version itself goes with the last name that it has. */
  async deleteImageVersion(name: string, version: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/images/${enc(name)}/versions/${enc(version)}` });
  }
  /** Makes a version that is whole in the pool the newest of the image `name`, which may be new. Idempotent. */
  tagVersion(version: string, name: string): Promise<ImageVersion> {
    const url = `/v1/images/${enc(name)}/versions/${enc(version)}`;
    return this.#http.json(imageVersionSchema, { method: "PUT", url, data: {} });
  }

  /** Makes an index known, for a plan or before its chunks are sent. Idempotent; asking again resumes. */
  announceVersion(image: string, index: Buffer): Promise<AnnouncedVersion> {
    return this.#http.json(announcedVersionSchema, {
      method: "POST",
      url: "/v1/versions",
      params: { image },
      data: index,
      headers: octets,
    });
  }
  /** Sends one chunk batch; answered when every target holds it durably. */
  async putChunks(version: string, batch: Buffer): Promise<number> {
    const url = `/v1/versions/${enc(version)}/chunks`;
    const answer = await this.#http.json(chunksStoredSchema, {
      method: "PUT",
      url,
      data: batch,
      headers: octets,
      timeout: 300_000,
    });
    return answer.stored;
  }
  /** Makes an announced version the image's newest, once every target has every chunk. */
  commitVersion(version: string, image: string): Promise<ImageVersion> {
    const url = `/v1/versions/${enc(version)}/commit`;
    return this.#http.json(imageVersionSchema, { method: "POST", url, data: { image } });
  }
  getVersion(version: string): Promise<ImageVersion> {
    return this.#http.json(imageVersionSchema, { url: `/v1/versions/${enc(version)}` });
  }
  getVersionIndex(version: string): Promise<Buffer> {
    return this.#http.bytes({ url: `/v1/versions/${enc(version)}/index` });
  }
  /** @param node the node that asks in order to fetch: for a while it counts as one that fetches the version */
  getVersionSources(version: string, node?: string): Promise<VersionSources> {
    const url = `/v1/versions/${enc(version)}/sources`;
    return this.#http.json(versionSourcesSchema, {
      url,
      ...(node === undefined ? {} : { params: { node } }),
    });
  }

  /** What the first recorded boot of the version read. Throws `DVCE_BOOT_PROFILE_NOT_FOUND` before there is one. */
  getBootProfile(version: string): Promise<BootProfile> {
    return this.#http.json(bootProfileSchema, { url: `/v1/versions/${enc(version)}/boot-profile` });
  }
  /** Tells of a boot. It becomes the version's profile when there is none, or when `force` is set. */
  putBootProfile(version: string, recording: BootRecording, force = false): Promise<BootRecorded> {
    const url = `/v1/versions/${enc(version)}/boot-profile`;
    return this.#http.json(bootRecordedSchema, { method: "PUT", url, params: { force }, data: recording });
  }

  /** Streams back a batch of some of the version's chunks: those that one node has of them. Ask again for the rest. */
  readChunks(version: string, request: ReadChunks, signal?: AbortSignal): Promise<NodeJS.ReadableStream> {
    return this.#http.stream({
      method: "POST",
      url: `/v1/versions/${enc(version)}/read`,
      data: request,
      timeout: 300_000,
      ...(signal ? { signal } : {}),
    });
  }
  /** Has a node re-read some of a version's chunks. */
  verifyChunks(version: string, request: VerifyRequest): Promise<Verified> {
    const url = `/v1/versions/${enc(version)}/verify`;
    return this.#http.json(verifiedSchema, { method: "POST", url, data: request, timeout: 300_000 });
  }

  /** Has a node fetch an image from the web. The same request again joins one under way, or goes on with a failed one. */
  startPull(request: PullRequest): Promise<Pull> {
    return this.#http.json(pullSchema, { method: "POST", url: "/v1/pulls", data: request });
  }
  getPull(id: string): Promise<Pull> {
    return this.#http.json(pullSchema, { url: `/v1/pulls/${enc(id)}` });
  }
  async listPulls(): Promise<Pull[]> {
    return (await this.#http.json(pullListSchema, { url: "/v1/pulls" })).pulls;
  }

  /** @param options `explain`: say for each member which nodes were passed over, and why */
  planCluster(spec: ClusterSpecInput, options: { readonly explain?: boolean } = {}): Promise<ClusterPlan> {
    const url = `/v1/clusters/${enc(spec.name)}/plan`;
    const params = options.explain === true ? { explain: true } : {};
    return this.#http.json(clusterPlanSchema, { method: "POST", url, params, data: spec });
  }
  commitCluster(commit: CommitClusterInput): Promise<Cluster> {
    const url = `/v1/clusters/${enc(commit.spec.name)}`;
    return this.#http.json(clusterSchema, { method: "PUT", url, data: commit });
  }
  getCluster(name: string): Promise<Cluster> {
    return this.#http.json(clusterSchema, { url: `/v1/clusters/${enc(name)}` });
  }
  async listClusters(): Promise<Cluster[]> {
    return (await this.#http.json(clusterListSchema, { url: "/v1/clusters" })).clusters;
  }
  async deleteCluster(name: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/clusters/${enc(name)}` });
  }

  createVolume(volume: CreateVolume): Promise<Volume> {
    return this.#http.json(volumeSchema, {
      method: "POST",
      url: "/v1/volumes",
      data: volume,
      timeout: 120_000,
    });
  }
  getVolume(domain: string): Promise<Volume> {
    return this.#http.json(volumeSchema, { url: `/v1/volumes/${enc(domain)}` });
  }
  async listVolumes(): Promise<Volume[]> {
    return (await this.#http.json(volumeListSchema, { url: "/v1/volumes" })).volumes;
  }
  async deleteVolume(domain: string): Promise<void> {
    await this.#http.empty({ method: "DELETE", url: `/v1/volumes/${enc(domain)}` });
  }

  async listVms(): Promise<Vm[]> {
    return (await this.#http.json(vmListSchema, { url: "/v1/vms" })).vms;
  }
  getConsole(domain: string, tailBytes: number): Promise<ConsoleTail> {
    return this.#http.json(consoleTailSchema, {
      url: `/v1/vms/${enc(domain)}/console`,
      params: { tailBytes },
    });
  }
}
