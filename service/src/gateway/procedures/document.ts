/** The procedure table as the document `docs/gateway-procedures.md`. */
import { procedures } from ".";
import { defaultSettings } from "../settings";
import type { Merge, ObjectKind, Refusal, Route } from "./route";

const objects: Record<ObjectKind, string> = {
  network: "network",
  "storage-pool": "storage pool",
  nwfilter: "network filter",
};

const merges: Record<Merge, string> = {
  domains: "domains listed together",
  networks: "networks listed together, each name once",
  "storage-pools": "storage pools listed together, each name once",
  nwfilters: "network filters listed together, each name once",
  volumes: "volumes listed together, each key once",
  names: "names listed together, each once",
  ids: "ids listed together (each node counts its own)",
  sum: "numbers added up",
  records: "records listed together",
  "pool-info": "sizes added up",
  first: "done on each",
};

const refusals: Record<Refusal, string> = {
  stream: "it carries a stream",
  descriptors: "it carries file descriptors",
  migration: "it moves a domain between hosts",
  host: "it changes what belongs to a host",
  "host-file": "it names a file without its host",
  rename: "the pool knows domains by name",
  secret: "secrets belong to a host",
  "event-style": "only domain events with callback numbers are merged",
  identity: "the gateway does not authenticate this way",
};

/** In one sentence, where a call goes. */
export function describeRoute(route: Route): string {
  switch (route.kind) {
    case "local":
      return "answered by the gateway";
    case "any-node":
      return "the first ready node";
    case "domain":
      return route.then === undefined
        ? "the domain's node"
        : {
            started: "the domain's node; recorded as started",
            undefined: "the domain's node; recorded as undefined",
            destroyed: "the domain's node; a transient domain is recorded as undefined",
          }[route.then];
    case "domain-child":
      return "the node of the domain that it belongs to";
    case "domain-by-name":
      return "the node that the name is placed on, else all nodes are asked";
    case "domain-by-uuid":
      return "the node that the UUID is recorded on, else all nodes are asked";
    case "domain-by-id":
      return "all nodes are asked; an id that several use is refused";
    case "domain-list":
      return "each domain's node, records listed together; no domain given: all nodes";
    case "define":
      return `the node that the name is placed on, else placed on the spot; recorded${route.starts ? " as started" : ""}`;
    case "fan-out-merge":
      return `all nodes, ${merges[route.merge]}`;
    case "fan-out-count":
      return "all nodes, different names counted";
    case "object":
      return `the node whose ${objects[route.object]} has that UUID`;
    case "object-by-name":
      return `the first ready node that has such a ${objects[route.object]}`;
    case "object-by-uuid":
      return `all nodes are asked for a ${objects[route.object]} of that UUID`;
    case "storage-pool-everywhere":
      return `all nodes, each its own pool of that name, ${merges[route.merge]}`;
    case "storage-volume":
      return "the volume's node, by its key";
    case "volume-by-key":
    case "volume-by-path":
      return "the node that the volume is recorded on, else all nodes are asked";
    case "volume-by-name":
      return "the node that the volume is recorded on, with its own pool of that name, else all nodes are asked";
    case "event":
      return "sent by nodes, not called; domain events with callback numbers reach the client that asked";
    case "refused":
      return `not supported: ${refusals[route.why]}`;
  }
}

const seconds = (durationMs: number): string => `${durationMs / 1000} s`;

const introduction = `# How the gateway routes libvirt's procedures

Written from the table in \`service/src/gateway/procedures/\` by
\`tsx service/src/gateway/procedures/write-document.ts\`; a test holds the two together.

Every procedure of libvirt's remote program (0x20008086, version 1) up to libvirt 9.0 is here. A call that is
"not supported", and any number that is not in this table, is answered at once with libvirt's
\`VIR_ERR_NO_SUPPORT\`. Other rules that hold for all of them:

- **All nodes** means the ready, cordoned and draining ones. A node that does not answer within ${seconds(defaultSettings.fanOutTimeoutMs)}
  is left out of lists, logged, and not waited for again for ${seconds(defaultSettings.suspicionMs)}.
- **Asking all nodes** for one object never guesses: two nodes that have it are both named in the error
  (\`VIR_ERR_MULTIPLE_DOMAINS\`), and "not found" is said only when every node that might have it answered.
- A call for an **unreachable** node fails at once with an error that names it; for one that turns out to be
  gone, when nothing came from it for ${seconds(3 * defaultSettings.keepaliveIntervalMs)}. A **fenced** node answers "no such domain" for what it held.
- **Domain ids** are those of each node, so two domains may show the same; names and UUIDs are unique.
- Networks, storage pools and network filters exist on every node under one name, each with a UUID of its own:
  lists show the name once, with the first node's UUID.
- **Defining** a domain whose disks are DVCE volumes sets \`error_policy\` and \`rerror_policy\` to \`stop\` on those
  disks, and a log file on its first console of type pty. Other XML is forwarded byte for byte.
- A **read-only** connection is read-only on every node too; libvirt itself enforces it.

| number | procedure | goes to |
| ---: | --- | --- |
`;

/** The whole document, with a final newline. */
export const procedureDocument = (): string =>
  introduction +
  procedures.map(([number, name, route]) => `| ${number} | ${name} | ${describeRoute(route)} |\n`).join("");
