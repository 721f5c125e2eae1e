/** Images (names), their versions, and how a version's bytes come into the pool: announce, send, commit. */
import {
  DvceError,
  isDvceError,
  type AnnouncedVersion,
  type ErrorDetail,
  type Image,
  type ImageVersion,
  type VersionSources,
} from "@dvce/api";
import { ChunkBitmap, ImageIndex } from "@dvce/image";
import type { Agents } from "../agent-link/agents";
import type { History } from "../history/history";
import type { State } from "../state";
import type { ImageVersionRow } from "../state/image-versions-table";
import type { VersionRow } from "../state/versions-table";
import { timestampOf, type Clock } from "../state/clock";
import type { ActiveFetchers } from "./active-fetchers";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";
import type { Locality } from "./locality";
import type { LostChunks } from "./lost-chunks";
import type { NodeRegistry } from "./node-registry";
import { chooseTargets } from "./replica-targets";
import type { ControllerSettings } from "./settings";

export interface ImagesParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
  readonly locality: Locality;
  readonly lost: LostChunks;
  readonly agents: Agents;
  readonly fetchers: ActiveFetchers;
  readonly history: History;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
}

/** How often a node is asked about an index again when something else was heard of it meanwhile. */
const asksMax = 5;

export class Images {
  constructor(private readonly parts: ImagesParts) {}

  /** Images that have a committed version, by name. */
  list(): Image[] {
    const names = new Set(this.parts.state.imageVersions.list().map((link) => link.image));
    return [...names].flatMap((name) => this.#find(name) ?? []);
  }

  /** @throws DvceError `DVCE_IMAGE_NOT_FOUND` */
  get(name: string): Image {
    const image = this.#find(name);
    if (image === undefined) throw imageNotFound(name);
    return image;
  }

  /**
   * Drops the image's name, and those of its versions that no other image has.
   *
   * @throws DvceError `DVCE_IMAGE_NOT_FOUND`; `DVCE_IMAGE_IN_USE` naming the clusters
   */
  delete(name: string): void {
    const { state, history } = this.parts;
    const links = state.imageVersions.ofImage(name);
    if (links.length === 0) throw imageNotFound(name);
    const orphans = this.#orphans(name, links, `Image ${name}`);
    state.transaction(() => {
      state.imageVersions.deleteImage(name);
      orphans.forEach((version) => state.versions.delete(version));
      history.append("image-deleted", { image: name });
    });
    orphans.forEach((version) => this.#forget(version));
  }

  /**
   * Takes one version from an image, whose newest is then the one committed before it. The version itself goes with the
   * last name that it has, and an image with its last version.
   *
   * @throws DvceError `DVCE_IMAGE_NOT_FOUND`; `DVCE_VERSION_NOT_FOUND` when the image has no such version;
   *   `DVCE_IMAGE_IN_USE` naming the clusters
   */
  deleteVersion(name: string, version: string): void {
    const { state, history } = this.parts;
    if (state.imageVersions.ofImage(name).length === 0) throw imageNotFound(name);
    const link = state.imageVersions.get(name, version);
    if (link === undefined) {
      throw new DvceError(
        "DVCE_VERSION_NOT_FOUND",
        `Image ${name} has no version ${version}; 'dvce image inspect ${name}' lists those that it has.`,
      );
    }
    const orphans = this.#orphans(name, [link], `Version ${version} of image ${name}`);
    state.transaction(() => {
      state.imageVersions.delete(name, version);
      orphans.forEach((orphan) => state.versions.delete(orphan));
      history.append("version-deleted", { image: name, version });
    });
    orphans.forEach((orphan) => this.#forget(orphan));
  }

  /**
   * Makes a version that is whole in the pool the newest of the image `name`, which may be new. Moves no bytes.
   *
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_IMAGE_INCOMPLETE` for a version that was never pushed whole
   */
  tag(version: string, name: string): ImageVersion {
    const { state, history, clock } = this.parts;
    if (!this.#row(version).complete) {
      throw new DvceError(
        "DVCE_IMAGE_INCOMPLETE",
        `Version ${version} was announced and not pushed whole, so it cannot be tagged ${name}. Push it first.`,
      );
    }
    const newest = state.imageVersions.ofImage(name).findLast((link) => link.committedOrder !== null);
    if (newest?.version !== version) {
      state.transaction(() => {
        state.imageVersions.insert(name, version, clock());
        state.imageVersions.commit(name, version);
        history.append("tagged", { image: name, version });
      });
    }
    const link = state.imageVersions.get(name, version);
    if (link === undefined) throw versionNotFound(version);
    return this.#describe(this.#row(version), link);
  }

  /** @throws DvceError `DVCE_VERSION_NOT_FOUND` */
  getVersion(version: string): ImageVersion {
    const row = this.#row(version);
    const link = this.parts.state.imageVersions.ofVersion(version)[0];
    if (link === undefined) throw versionNotFound(version);
    return this.#describe(row, link);
  }

  /** @throws DvceError `DVCE_VERSION_NOT_FOUND` */
  getIndexBytes(version: string): Buffer {
    const bytes = this.parts.state.versions.indexBytes(version);
    if (bytes === undefined) throw versionNotFound(version);
    return bytes;
  }

  /**
   * Nodes that have chunks of the version and can serve them, and those that fetch it now. Also nodes that take no new
   * members.
   *
   * @param asking the node that asks in order to fetch
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`
   */
  getSources(version: string, asking?: string): VersionSources {
    this.#row(version);
    const { registry, inventories, fetchers } = this.parts;
    const nodes = registry.list().filter(({ state }) => state !== "fenced" && state !== "unreachable");
    if (nodes.some(({ name }) => name === asking)) fetchers.asked(version, asking ?? "");
    const active = fetchers.of(version);
    const image = this.parts.state.imageVersions.ofVersion(version)[0]?.image;
    return {
      ...(image === undefined ? {} : { image }),
      lostChunks: this.parts.lost.ofVersion(version),
      sources: nodes.flatMap(({ name, agentUrl }) => {
        const bitmap = inventories.bitmap(name, version);
        return bitmap === undefined ? [] : { node: name, agentUrl, bitmap: bitmap.toBase64() };
      }),
      fetchers: nodes
        .filter(({ name }) => active.includes(name))
        .map(({ name, agentUrl }) => ({ node: name, agentUrl })),
    };
  }

  /**
   * Makes an index known to the pool and answers where its chunks go and which of them are lacking there.
   * Announcing a known version resumes its upload; targets that went away meanwhile are replaced.
   *
   * @throws DvceError `DVCE_INDEX_INVALID`; `DVCE_PLACEMENT_INFEASIBLE` when no node is ready
   */
  async announce(image: string, indexBytes: Buffer): Promise<AnnouncedVersion> {
    const { state, clock, settings } = this.parts;
    const index = ImageIndex.decode(indexBytes);
    const { version } = index;
    this.dropExpired();
    // Recorded before any node hears of it: nodes forget versions that heartbeats do not list.
    state.transaction(() => {
      const expiresMs = clock() + settings.announcementLifeMs;
      if (state.versions.get(version) === undefined) {
        const { sizeBytes, dataBytes, chunkCount } = index;
        const row = { version, sizeBytes, dataBytes, chunkCount, targets: [], createdMs: clock() };
        state.versions.insert(row, indexBytes, expiresMs);
      } else state.versions.renew(version, expiresMs);
      state.imageVersions.insert(image, version, clock());
    });

    const failures = await this.#sendIndex(version, indexBytes);
    const row = this.#row(version);
    const targets = chooseTargets({
      nodes: this.parts.registry.list().map((node) => ({
        name: node.name,
        state: node.state,
        answered: !failures.has(node.name),
        diskFreeBytes: node.diskFreeBytes,
        presentBytes: index.dataBytes - this.parts.inventories.missingBytes(node.name, version),
      })),
      replicas: settings.replicas,
      current: row.targets,
      complete: row.complete,
      failures,
    });
    state.versions.setTargets(version, targets);
    const link = state.imageVersions.get(image, version);
    if (link === undefined) throw versionNotFound(version); // deleted while nodes were asked
    const warning =
      targets.length < settings.replicas
        ? `only ${targets.length} of ${settings.replicas} replicas: no more nodes are ready`
        : undefined;
    return {
      ...this.#describe(row, link),
      targets,
      missing: this.#missing(index, targets).toBase64(),
      ...(warning === undefined ? {} : { warning }),
    };
  }

  /**
   * Passes a chunk batch to every target at once, as it came; answered when all of them hold it durably.
   *
   * @returns number of chunks stored on each
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_NODE_UNREACHABLE`; whatever a target refuses it with
   */
  async putChunks(version: string, batch: Buffer): Promise<number> {
    const { targets } = this.#row(version);
    if (targets.length === 0) throw announceFirst(version);
    const results = await Promise.allSettled(
      targets.map(async (target) => this.parts.agents.of(target).putChunks(batch)),
    );
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return Math.min(...results.map((result) => (result.status === "fulfilled" ? result.value : 0)));
  }

  /**
   * Makes a version the image's newest.
   *
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_IMAGE_INCOMPLETE` naming each target and what it lacks
   */
  async commit(version: string, image: string): Promise<ImageVersion> {
    const { state, history, inventories } = this.parts;
    const row = this.#row(version);
    if (state.imageVersions.get(image, version) === undefined) throw announceFirst(version);
    if (row.targets.length === 0) throw announceFirst(version);
    const failures = await this.#sendIndex(version, this.getIndexBytes(version), row.targets);
    const details: ErrorDetail[] = row.targets.flatMap((target) => {
      const failure = failures.get(target);
      // A complete version lost nothing by a node that is away just now.
      if (failure !== undefined) return row.complete ? [] : { message: `${target}: ${failure.message}` };
      const missing = inventories.missingBytes(target, version);
      return missing === 0 ? [] : { message: `${target} lacks ${missing} of ${row.dataBytes} bytes` };
    });
    if (details.length > 0) {
      throw new DvceError(
        "DVCE_IMAGE_INCOMPLETE",
        `Version ${version} of image ${image} is not whole on every node that should hold it. ` +
          "Push it again: only what is missing is sent, and nodes that went away are replaced.",
        { details },
      );
    }
    state.transaction(() => {
      if (state.imageVersions.get(image, version) === undefined) throw versionNotFound(version);
      state.versions.setComplete(version);
      state.imageVersions.commit(image, version);
      history.append("imported", {
        image,
        version,
        detail: { targets: row.targets, sizeBytes: row.sizeBytes, dataBytes: row.dataBytes },
      });
    });
    const link = state.imageVersions.get(image, version);
    if (link === undefined) throw versionNotFound(version);
    return this.#describe(this.#row(version), link);
  }

  /** Forgets announcements that were never completed in time. */
  dropExpired(): void {
    this.parts.fetchers.prune();
    for (const version of this.parts.state.versions.deleteExpired(this.parts.clock())) this.#forget(version);
  }

  #find(name: string): Image | undefined {
    const links = this.parts.state.imageVersions.ofImage(name);
    const newest = links.filter((link) => link.committedOrder !== null).pop();
    if (newest === undefined) return undefined;
    return {
      name,
      version: newest.version,
      versions: links.map((link) => this.#describe(this.#row(link.version), link)),
    };
  }

  #describe(row: VersionRow, link: ImageVersionRow): ImageVersion {
    return {
      version: row.version,
      image: link.image,
      state: link.committedOrder === null ? "announced" : "complete",
      sizeBytes: row.sizeBytes,
      dataBytes: row.dataBytes,
      chunkCount: row.chunkCount,
      createdAt: timestampOf(link.createdMs),
      replicas: this.parts.registry.list().flatMap((node) => {
        if (node.state === "fenced") return [];
        const presentBytes = row.dataBytes - this.parts.inventories.missingBytes(node.name, row.version);
        return presentBytes > 0 ? { node: node.name, presentBytes } : [];
      }),
      lostChunks: this.parts.lost.ofVersion(row.version),
    };
  }

  /**
   * Those of the links' versions that no other image has. That a complete one was also announced under another name does not
   * count: it may never come to anything there, and the version would stay for ever under no image.
   *
   * @throws DvceError `DVCE_IMAGE_IN_USE` when clusters use any of them
   */
  #orphans(name: string, links: readonly ImageVersionRow[], what: string): string[] {
    const { state } = this.parts;
    const orphans = links
      .map((link) => link.version)
      .filter((version) => {
        const others = state.imageVersions.ofVersion(version).filter(({ image }) => image !== name);
        const isComplete = state.versions.get(version)?.complete ?? false;
        return !others.some(({ committedOrder }) => !isComplete || committedOrder !== null);
      });
    const users = [...state.placements.list(), ...state.volumes.list()].filter((user) =>
      orphans.includes(user.version),
    );
    if (users.length === 0) return orphans;
    const clusters = [...new Set(users.map((user) => user.cluster))].sort();
    throw new DvceError(
      "DVCE_IMAGE_IN_USE",
      `${what} is used by ${clusters.join(", ")}. Destroy those clusters, or give them another image, first; or keep the ` +
        "version under another name ('dvce image tag'), as when an image in use is renamed.",
      { details: clusters.map((cluster) => ({ message: `cluster ${cluster}` })) },
    );
  }

  /**
   * Gives the index to nodes (all that are ready, unless named) and takes in what each says it has.
   *
   * @returns why it failed, for each node that did not take it
   */
  async #sendIndex(
    version: string,
    indexBytes: Buffer,
    targets?: readonly string[],
  ): Promise<Map<string, DvceError>> {
    const { registry } = this.parts;
    const ready = registry.list().filter((node) => node.state === "ready" || node.state === "cordoned");
    const names = new Set(targets ?? [...ready.map((node) => node.name), ...this.#row(version).targets]);
    const failures = new Map<string, DvceError>();
    await Promise.all(
      [...names].map(async (name) => {
        try {
          await this.#ask(name, version, indexBytes);
        } catch (error) {
          if (!isDvceError(error)) throw error;
          failures.set(name, error);
        }
      }),
    );
    return failures;
  }

  /**
   * Gives the index to a node and takes in what it says it has. What was said of the node while it answered may be newer
   * than its answer, which then does not count: it would bring back chunks that the node was allowed to drop.
   */
  async #ask(node: string, version: string, indexBytes: Buffer): Promise<void> {
    const { agents, inventories, state } = this.parts;
    for (let asks = 0; asks < asksMax; asks++) {
      const revision = inventories.revision(node);
      const { bitmap } = await agents.of(node).putVersion(version, indexBytes);
      if (inventories.revision(node) !== revision) continue;
      if (state.versions.get(version) !== undefined) inventories.report(node, version, bitmap);
      return;
    }
    throw new DvceError(
      "DVCE_NODE_UNREACHABLE",
      `Node ${node} kept reporting other chunks while it was asked what it has of version ${version}. Try again.`,
    );
  }

  /** Chunks that at least one target lacks. */
  #missing(index: ImageIndex, targets: readonly string[]): ChunkBitmap {
    const missing = new ChunkBitmap(index.chunkCount);
    for (const target of targets) {
      const bitmap = this.parts.inventories.bitmap(target, index.version);
      for (let i = 0; i < index.chunkCount; i++) if (bitmap?.has(i) !== true) missing.set(i);
    }
    return missing;
  }

  #row(version: string): VersionRow {
    const row = this.parts.state.versions.get(version);
    if (row === undefined) throw versionNotFound(version);
    return row;
  }

  #forget(version: string): void {
    this.parts.indexes.drop(version);
    this.parts.inventories.forgetVersion(version);
    this.parts.locality.forgetVersion(version);
    this.parts.lost.forgetVersion(version);
  }
}

const imageNotFound = (name: string) =>
  new DvceError(
    "DVCE_IMAGE_NOT_FOUND",
    `There is no image ${name}; 'dvce image ls' lists those that were pushed.`,
  );

const versionNotFound = (version: string) =>
  new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    `The pool knows no version ${version}: it was never announced, was deleted, or expired before it was complete.`,
  );

const announceFirst = (version: string) =>
  new DvceError(
    "DVCE_IMAGE_INCOMPLETE",
    `Version ${version} has no target nodes under this name yet. Announce it before sending or committing it.`,
  );
