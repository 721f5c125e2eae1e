/** The kinds of routing that a row of the procedure table may name. */

/** What exists on every node under one name, with a UUID of each node's own. */
export type ObjectKind = "network" | "storage-pool" | "nwfilter";

/** How the replies of several nodes become one. */
export type Merge =
  /** `T list<>; unsigned ret`, without those of equal identity. */
  | "domains"
  | "networks"
  | "storage-pools"
  | "nwfilters"
  | "volumes"
  /** `string names<>`, each once, at most as many as were asked for. */
  | "names"
  /** `int ids<>`. */
  | "ids"
  /** `int num`, added up. */
  | "sum"
  /** `T records<>`, all of them. */
  | "records"
  /** State, capacity, allocation, available of a storage pool, added up. */
  | "pool-info"
  /** The first good reply; used where the reply is empty. */
  | "first";

export type Refusal =
  /** Carries a stream of its own beside the call. */
  | "stream"
  /** Carries file descriptors, which exist on one host only. */
  | "descriptors"
  /** Moves a domain between hosts, which placement must decide. */
  | "migration"
  /** Changes what belongs to a host itself: its networks, pools, volumes, interfaces, devices, filters. */
  | "host"
  /** Names a file on a host without saying which. */
  | "host-file"
  /** Would make the recorded name of a domain wrong. */
  | "rename"
  | "secret"
  /** Events other than of domains, and the styles from before callback numbers. */
  | "event-style"
  /** Authentication and identity that the gateway does not use. */
  | "identity";

export type Route =
  /** Answered by the gateway itself. */
  | { readonly kind: "local" }
  /** The first ready node; any would say the same. */
  | { readonly kind: "any-node" }
  /** First argument a domain: the node that has it. `then` says what to record afterwards. */
  | { readonly kind: "domain"; readonly then?: "started" | "undefined" | "destroyed" }
  /** First argument a name and then a domain: a snapshot or checkpoint of it. */
  | { readonly kind: "domain-child" }
  | { readonly kind: "domain-by-name" }
  | { readonly kind: "domain-by-uuid" }
  | { readonly kind: "domain-by-id" }
  /** First argument a list of domains: each to its node; an empty one means all. */
  | { readonly kind: "domain-list" }
  /** First argument a domain's XML: placed, edited, recorded. */
  | { readonly kind: "define"; readonly starts: boolean }
  /** Every node that answers in time. */
  | { readonly kind: "fan-out-merge"; readonly merge: Merge }
  /** The number of names that this listing procedure gives. */
  | { readonly kind: "fan-out-count"; readonly listing: number }
  /** First argument an object that each node has its own of: the node whose UUID it is. */
  | { readonly kind: "object"; readonly object: ObjectKind }
  | { readonly kind: "object-by-name"; readonly object: ObjectKind }
  | { readonly kind: "object-by-uuid"; readonly object: ObjectKind }
  /** First argument a storage pool: every node, each with its own pool of that name. */
  | { readonly kind: "storage-pool-everywhere"; readonly merge: Merge }
  /** First argument a volume: the node that has its key. */
  | { readonly kind: "storage-volume" }
  | { readonly kind: "volume-by-key" }
  | { readonly kind: "volume-by-path" }
  /** A pool and a volume's name: the node of that volume, with its own pool of that name. */
  | { readonly kind: "volume-by-name" }
  /** Sent by nodes, never called. */
  | { readonly kind: "event" }
  | { readonly kind: "refused"; readonly why: Refusal };

/** One procedure of program 0x20008086: its number, its name without REMOTE_PROC_, where it goes. */
export type ProcedureRow = readonly [number: number, name: string, route: Route];

export const local: Route = { kind: "local" };
export const anyNode: Route = { kind: "any-node" };
export const onDomain: Route = { kind: "domain" };
export const onDomainThen = (then: "started" | "undefined" | "destroyed"): Route => ({
  kind: "domain",
  then,
});
export const onDomainChild: Route = { kind: "domain-child" };
export const onVolume: Route = { kind: "storage-volume" };
export const on = (object: ObjectKind): Route => ({ kind: "object", object });
export const byName = (object: ObjectKind): Route => ({ kind: "object-by-name", object });
export const byUuid = (object: ObjectKind): Route => ({ kind: "object-by-uuid", object });
export const merged = (merge: Merge): Route => ({ kind: "fan-out-merge", merge });
export const counted = (listing: number): Route => ({ kind: "fan-out-count", listing });
export const onPoolsEverywhere = (merge: Merge): Route => ({ kind: "storage-pool-everywhere", merge });
export const event: Route = { kind: "event" };
export const refused = (why: Refusal): Route => ({ kind: "refused", why });
