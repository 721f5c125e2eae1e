/**
 * Images that a node fetches from the web by itself, so that no image passes through whoever asked for it.
 *
 * One node downloads the file, cuts it and stores its chunks. The controller then announces the index, has the other targets
 * fetch their replicas from that node, and commits. What a pull is and which phase it is in stands in the database; how far
 * a phase is, the nodes tell. So a restarted controller goes on by asking again, a restarted agent is told again and continues
 * its partial file, and a node that goes away is replaced by another, which starts anew. A pull that failed is kept, and
 * goes on when the same is asked for again.
 */
import {
  DvceError,
  isDvceError,
  type AgentPull,
  type ErrorCode,
  type Pull,
  type PullRequest,
} from "@dvce/api";
import { createHash } from "node:crypto";
import type { Agents } from "../agent-link/agents";
import type { History } from "../history/history";
import type { State } from "../state";
import { timestampOf, type Clock } from "../state/clock";
import type { PullRow } from "../state/pulls-table";
import type { Images } from "./images";
import type { Inventories } from "./inventories";
import type { NodeRegistry } from "./node-registry";

export interface PullsParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly agents: Agents;
  readonly images: Images;
  readonly history: History;
  readonly clock: Clock;
}

interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number | null;
}

/** Pulls under way. Each takes a node's disk and a core; more than these are refused. */
const runningMax = 64;
/** What is over is listed for this long. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
const nothing: Progress = { doneBytes: 0, totalBytes: null };

export class Pulls {
  readonly #parts: PullsParts;
  readonly #progress = new Map<string, Progress>();
  /** Steps under way; a pull has one at a time. */
  readonly #steps = new Map<string, Promise<void>>();
  #closed = false;

  constructor(parts: PullsParts) {
    this.#parts = parts;
  }

  /**
   * Starts a pull. What is under way already is joined; what failed, or is over, goes through all phases again, of which
   * those that were done take no time.
   *
   * @throws DvceError `DVCE_INPUT_INVALID` when too many run
   */
  start(request: PullRequest): Pull {
    const { state, clock } = this.#parts;
    const id = pullId(request);
    const known = state.pulls.get(id);
    if (known !== undefined && isRunning(known)) return this.#describe(known);
    if (state.pulls.list().filter(isRunning).length >= runningMax) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `${runningMax} pulls run already. Wait until some of them are over; 'dvce image pulls' lists them.`,
      );
    }
    const row: PullRow = {
      id,
      ...request,
      phase: "download",
      node: known?.node ?? null,
      version: null,
      errorCode: null,
      errorMessage: null,
      startedMs: clock(),
    };
    state.pulls.put(row);
    this.#drive(id);
    return this.get(id);
  }

  /** @throws DvceError `DVCE_PULL_NOT_FOUND` */
  get(id: string): Pull {
    const row = this.#parts.state.pulls.get(id);
    if (row !== undefined) return this.#describe(row);
    throw new DvceError(
      "DVCE_PULL_NOT_FOUND",
      `There is no pull ${id}; 'dvce image pulls' lists those there are.`,
    );
  }

  /** Youngest first. */
  list(): Pull[] {
    return this.#parts.state.pulls.list().map((row) => this.#describe(row));
  }

  /** Takes every pull a step on. Call once a heartbeat interval. */
  tick(): void {
    const { state, clock } = this.#parts;
    state.pulls.deleteEnded(clock() - keptMs);
    for (const row of state.pulls.list()) if (isRunning(row)) this.#drive(row.id);
  }

  /** Waits until no step is under way. */
  async settled(): Promise<void> {
    while (this.#steps.size > 0) await Promise.all(this.#steps.values());
  }

  /** Takes no further step, and waits for those under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.settled();
  }

  #drive(id: string): void {
    if (this.#closed || this.#steps.has(id)) return;
    const step = this.#step(id).finally(() => this.#steps.delete(id));
    this.#steps.set(id, step);
  }

  async #step(id: string): Promise<void> {
    const row = this.#parts.state.pulls.get(id);
    if (row === undefined) return;
    try {
      await (row.phase === "replicate" ? this.#replicate(row) : this.#fetch(row));
    } catch (error) {
      if (!isDvceError(error)) throw error;
      // What can succeed later is tried again with the next step, and shown meanwhile.
      this.#put({ ...row, ...errorOf(error), ...(error.retryable ? {} : { phase: "failed" }) });
    }
  }

  /** The node's part: download and ingest. */
  async #fetch(row: PullRow): Promise<void> {
    const { agents, history } = this.#parts;
    const node = this.#nodeFor(row);
    const chosen = { ...row, node };
    if (node !== row.node) this.#put(chosen);
    const agent = agents.of(node);
    const pull = await agent.startPull(row.id, { url: row.url, checksum: row.checksum });
    this.#progress.set(row.id, pull);
    if (pull.phase === "failed") {
      const failed = pull.error ?? { code: "DVCE_INTERNAL", message: `Node ${node} did not say why.` };
      this.#put({ ...chosen, phase: "failed", errorCode: failed.code, errorMessage: failed.message });
      await agent.deletePull(row.id);
      return;
    }
    if (pull.phase !== "done") {
      if (pull.phase !== row.phase || row.errorCode !== null)
        this.#put({ ...chosen, ...clear, phase: pull.phase });
      return;
    }
    const { version } = await this.#parts.images.announce(row.image, await agent.getPullIndex(row.id));
    history.append("pulled", { image: row.image, version, node, detail: { url: withoutPassword(row.url) } });
    this.#put({ ...chosen, ...clear, phase: "replicate", version });
    await this.#replicate({ ...chosen, phase: "replicate", version });
  }

  /** The pool's part: every target fetches what it lacks; then the version is the image's newest. */
  async #replicate(row: PullRow): Promise<void> {
    const { state, agents, images, inventories, registry } = this.#parts;
    const version = row.version ?? "";
    let known = state.versions.get(version);
    if (known === undefined) {
      // Its announcement expired or was deleted meanwhile: the node that stored it is asked again.
      this.#put({ ...row, ...clear, phase: "download", version: null });
      return;
    }
    const gone = known.targets.some((target) =>
      ["unreachable", "fenced"].includes(registry.get(target).state),
    );
    if (gone) {
      await images.announce(row.image, images.getIndexBytes(version)); // replaces targets that went away
      known = state.versions.get(version) ?? known;
    }
    const missing = known.targets.map((target) => ({
      target,
      bytes: inventories.missingBytes(target, version),
    }));
    const totalBytes = known.dataBytes * known.targets.length;
    const missingBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#progress.set(row.id, { doneBytes: totalBytes - missingBytes, totalBytes });
    const lacking = missing.filter(({ bytes }) => bytes > 0);
    if (lacking.length > 0) {
      await Promise.all(lacking.map(async ({ target }) => agents.of(target).replicateVersion(version)));
      if (row.errorCode !== null) this.#put({ ...row, ...clear });
      return;
    }
    await images.commit(version, row.image);
    this.#put({ ...row, ...clear, phase: "done" });
    if (row.node !== null) await forgetOn(agents, row.node, row.id);
  }

  /**
   * The node that has begun, while it is there; else the ready one with the most free disk.
   *
   * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE`
   */
  #nodeFor(row: PullRow): string {
    const nodes = this.#parts.registry.list();
    const begun = nodes.find(({ name }) => name === row.node);
    if (
      begun !== undefined &&
      (begun.state === "ready" || begun.state === "cordoned" || begun.state === "joining")
    )
      return begun.name;
    const [best] = nodes
      .filter(({ state }) => state === "ready")
      .sort((a, b) => b.diskFreeBytes - a.diskFreeBytes || (a.name < b.name ? -1 : 1));
    if (best !== undefined) return best.name;
    throw new DvceError(
      "DVCE_PLACEMENT_INFEASIBLE",
      "No node is ready to fetch the image. Start agents on the pool's hosts, or wait until they have joined.",
      { details: nodes.map(({ name, state }) => ({ message: `${name} is ${state}` })) },
    );
  }

  #put(row: PullRow): void {
    // Also that which was asked for anew while a step of it ran goes on from what the step found.
    if (!this.#closed) this.#parts.state.pulls.put(row);
    if (!isRunning(row)) this.#progress.delete(row.id);
  }

  #describe(row: PullRow): Pull {
    const { doneBytes, totalBytes } = this.#progress.get(row.id) ?? nothing;
    return {
      id: row.id,
      image: row.image,
      url: withoutPassword(row.url),
      checksum: row.checksum,
      phase: row.phase,
      node: row.node,
      doneBytes,
      totalBytes,
      version: row.version,
      error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage ?? "" },
      startedAt: timestampOf(row.startedMs),
    };
  }
}

const clear = { errorCode: null, errorMessage: null } as const;

const errorOf = ({ code, message }: { code: ErrorCode; message: string }) => ({
  errorCode: code,
  errorMessage: message,
});

const isRunning = ({ phase }: Pick<AgentPull | PullRow, "phase">): boolean =>
  phase !== "done" && phase !== "failed";

/** The same request has the same id. */
export function pullId({ image, url, checksum }: PullRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([image, url, checksum]))
    .digest("hex")
    .slice(0, 32);
}

/** As others than the node that downloads may see it. */
function withoutPassword(address: string): string {
  const url = new URL(address);
  if (url.password !== "") url.password = "***";
  return url.href;
}

/** The node keeps nothing that another could not have again. */
async function forgetOn(agents: Agents, node: string, id: string): Promise<void> {
  try {
    await agents.of(node).deletePull(id);
  } catch (error) {
    if (!isDvceError(error)) throw error; // it is away: it forgets by itself after some days
  }
}
