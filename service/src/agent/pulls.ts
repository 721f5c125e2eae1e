/**
 * Images that this node fetches from the web: `<data>/pulls/`.
 *
 *     images/<checksum>.partial[.<pid>]    a download under way, continued by whoever asks for it next
 *     images/<checksum>.img                a whole, verified download; removed when its chunks are stored
 *     <id>.dvci                            index of the image that a pull stored, until it is fetched and forgotten
 *
 * Which pulls run is kept in memory only: the controller tells it again. A SIGKILL at any time costs the bytes of the file
 * since the last write, and cutting the image again; chunks that are stored are not stored again. What nobody goes on with
 * for a week is removed at start. Downloads count as the node's images do; one that the node has no room for is refused and
 * removed.
 */
import { DvceError, isDvceError, type AgentPull, type AgentPullRequest } from "@dvce/api";
import { indexMessage, ingestImage, openImageSource, resolveImage, type ChunkSink } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryPrefix, writeFileDurably } from "./files";
import { RoomWatch } from "./room-watch";
import { Turnstile } from "./turnstile";

export interface PullsOptions {
  readonly directory: string;
  /** Where one ingest puts its chunks. */
  readonly openSink: () => ChunkSink;
  /** Keeps chunks from collection for its grace. */
  readonly hold: (digests: readonly string[]) => void;
  /** Whether images may take so many bytes more of the disk. */
  readonly hasRoom: (bytes: number) => Promise<boolean>;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
}

interface Running {
  status: AgentPull;
  readonly request: AgentPullRequest;
  readonly stopping: AbortController;
  readonly work: Promise<void>;
}

/** Downloads and ingests at a time; an ingest takes a few hundred MB of memory and every core. */
const pullsAtATimeMax = 2;
const heldAtATime = 4_096;
/** Unit of what a file takes, as `stat` counts it. */
const blockBytes = 512;
const abandonedMs = 7 * 24 * 60 * 60 * 1000;

const waiting: AgentPull = { phase: "download", doneBytes: 0, totalBytes: null, version: null, error: null };

export class Pulls {
  readonly #options: PullsOptions;
  readonly #pulls = new Map<string, Running>();
  readonly #places = new Turnstile(pullsAtATimeMax);

  private constructor(options: PullsOptions) {
    this.#options = options;
  }

  static async open(options: PullsOptions): Promise<Pulls> {
    const images = join(options.directory, "images");
    await mkdir(images, { recursive: true });
    for (const directory of [options.directory, images]) {
      for (const name of await readdir(directory)) {
        const path = join(directory, name);
        const found = await stat(path);
        const abandoned = options.nowMs() - found.mtimeMs > abandonedMs;
        if (found.isFile() && (abandoned || name.startsWith(temporaryPrefix))) await rm(path);
      }
    }
    return new Pulls(options);
  }

  /** Starts a pull, or answers how far it is. One that failed starts again when it was forgotten. */
  start(id: string, request: AgentPullRequest): AgentPull {
    const known = this.#pulls.get(id);
    if (known !== undefined) return known.status;
    const stopping = new AbortController();
    const running: Running = {
      status: waiting,
      request,
      stopping,
      work: Promise.resolve().then(() => this.#run(id, running)),
    };
    this.#pulls.set(id, running);
    return running.status;
  }

  /** Whether chunks are stored for an index that does not exist yet: nothing may be collected meanwhile. */
  get isIngesting(): boolean {
    return [...this.#pulls.values()].some(({ status }) => status.phase === "ingest");
  }

  /** What downloads take on the disk. */
  async diskBytes(): Promise<number> {
    const names = await readdir(this.#images);
    const found = await Promise.all(
      names.map((name) => stat(join(this.#images, name)).catch(() => undefined)),
    );
    return found.reduce((sum, file) => sum + (file === undefined ? 0 : file.blocks * blockBytes), 0);
  }

  /** @throws DvceError `DVCE_PULL_NOT_FOUND` while there is no index */
  async index(id: string): Promise<Buffer> {
    if (this.#pulls.get(id)?.status.phase === "done") return readFile(this.#indexPath(id));
    throw new DvceError("DVCE_PULL_NOT_FOUND", `This node has no pull ${id} that is done. Start it first.`);
  }

  /** Stops a pull if need be, and removes what it left. */
  async forget(id: string): Promise<void> {
    const pull = this.#pulls.get(id);
    if (pull === undefined) return;
    pull.stopping.abort(new Error("the pull was given up"));
    await pull.work;
    this.#pulls.delete(id);
    await rm(this.#indexPath(id), { force: true });
  }

  /** Stops everything; partial files stay, to be continued. */
  async close(): Promise<void> {
    for (const { stopping } of this.#pulls.values()) stopping.abort(new Error("the agent stops"));
    await Promise.all([...this.#pulls.values()].map(({ work }) => work));
  }

  /** Never rejects. */
  async #run(id: string, pull: Running): Promise<void> {
    const { logger } = this.#options;
    await this.#places.enter();
    try {
      await this.#pull(id, pull);
    } catch (error) {
      if (pull.stopping.signal.aborted) return;
      logger.warn({ err: error, id }, "a pull failed");
      const { code, message } = isDvceError(error)
        ? error
        : { code: "DVCE_INTERNAL", message: "Something went wrong inside the agent; see its log." };
      pull.status = { ...pull.status, phase: "failed", error: { code, message } };
    } finally {
      this.#places.leave();
    }
  }

  async #pull(id: string, pull: Running): Promise<void> {
    const { directory, openSink, hold, logger } = this.#options;
    pull.stopping.signal.throwIfAborted();
    const room = new RoomWatch({ hasRoom: this.#options.hasRoom, refusal: () => noRoom(pull.request.url) });
    const signal = AbortSignal.any([pull.stopping.signal, room.signal]);
    const { path } = await resolveImage({
      ...pull.request,
      cacheDirectory: directory,
      signal,
      onProgress: ({ doneBytes, totalBytes }) => {
        pull.status = { ...waiting, doneBytes, totalBytes: totalBytes ?? null };
        room.note(doneBytes, Math.max(0, (totalBytes ?? doneBytes) - doneBytes));
      },
    }).catch(async (error: unknown) => {
      throw await this.#refused(pull, room, error);
    });
    await room.look(0);
    const source = await openImageSource(path);
    try {
      const sink = openSink();
      const index = await ingestImage(source, sink, {
        signal,
        onProgress: ({ doneBytes, totalBytes }) => {
          pull.status = { ...waiting, phase: "ingest", doneBytes, totalBytes };
          room.note(doneBytes, 0);
        },
      }).catch(async (error: unknown) => {
        throw await this.#refused(pull, room, error);
      });
      await writeFileDurably(this.#indexPath(id), indexMessage(index));
      // Nothing is collected during an ingest; from here on until the pool knows the version, its grace keeps the chunks.
      for (let at = 0; at < index.chunkCount; at += heldAtATime) {
        const count = Math.min(heldAtATime, index.chunkCount - at);
        hold(Array.from({ length: count }, (_, i) => index.chunkDigest(at + i)));
      }
      const { sizeBytes, version } = index;
      pull.status = { phase: "done", doneBytes: sizeBytes, totalBytes: sizeBytes, version, error: null };
      logger.info({ id, version }, "an image was fetched and stored");
    } finally {
      await source.close();
    }
    await rm(path, { force: true });
  }

  /** What the pull failed with; a download that there is no room for is not kept to be continued. */
  async #refused(pull: Running, room: RoomWatch, error: unknown): Promise<unknown> {
    if (!room.signal.aborted || pull.stopping.signal.aborted) return error;
    const checksum = pull.request.checksum.replace(/^sha256:/, "").toLowerCase();
    const shared = [...this.#pulls.values()].some(
      (other) =>
        other !== pull &&
        (other.status.phase === "download" || other.status.phase === "ingest") &&
        other.request.checksum === pull.request.checksum,
    );
    for (const name of shared ? [] : await readdir(this.#images))
      if (name.startsWith(`${checksum}.`)) await rm(join(this.#images, name), { force: true });
    return room.signal.reason;
  }

  get #images(): string {
    return join(this.#options.directory, "images");
  }

  #indexPath(id: string): string {
    return join(this.#options.directory, `${id}.dvci`);
  }
}

const noRoom = (url: string) =>
  new DvceError(
    "DVCE_STORE_FULL",
    `The node has no room for ${url}: images would take more of its disk than they may. Delete images, give the node's ` +
      "images more disk, or push the image to the pool.",
  );
