/**
 * The pool's append-only history: every fact about an image, a node or a member, as it happened. Replication
 * and backups are decided from it, so an event is written with the change that it tells of.
 */
import type { Clock } from "../state/clock";
import type { State } from "../state";
import type { EventRow } from "../state/events-table";

export type EventKind =
  | "imported"
  | "pulled"
  | "tagged"
  | "version-deleted"
  | "image-deleted"
  | "evicted"
  | "collected"
  | "scrub-found"
  | "repaired"
  | "lost"
  | "placed"
  | "cluster-deleted"
  | "volume-created"
  | "volume-deleted"
  | "defined"
  | "undefined"
  | "started"
  | "booted"
  | "hydrated"
  | "node-joined"
  | "node-up"
  | "node-down"
  | "node-cordoned"
  | "node-uncordoned"
  | "node-draining"
  | "node-undrained"
  | "node-fenced"
  | "node-unfenced"
  | "node-removed";

/** What an event is about; what does not apply is left out. */
export interface EventSubject {
  readonly node?: string;
  readonly image?: string;
  readonly version?: string;
  readonly cluster?: string;
  readonly domain?: string;
  /** Further facts, e.g. `missingBytes`. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export class History {
  constructor(
    private readonly state: State,
    private readonly clock: Clock,
  ) {}

  append(kind: EventKind, subject: EventSubject): void {
    this.state.events.insert({
      atMs: this.clock(),
      kind,
      node: subject.node ?? null,
      image: subject.image ?? null,
      version: subject.version ?? null,
      cluster: subject.cluster ?? null,
      domain: subject.domain ?? null,
      detail: subject.detail ?? {},
    });
  }

  /** Oldest first. */
  list(): EventRow[] {
    return this.state.events.list();
  }
}
