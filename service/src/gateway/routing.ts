import type { NodeState } from "@dvce/api";
import type { Duplex } from "node:stream";

/** A node as the gateway sees it. */
export interface GatewayNode {
  readonly name: string;
  readonly state: NodeState;
}

/**
 * What the gateway asks of the controller: who holds what, and where something new goes. The lookups answer
 * from memory, since they stand in the way of every call; `undefined` means "nobody recorded it", and the
 * gateway then asks the nodes themselves.
 */
export interface GatewayRouting {
  /** Every node of the pool. */
  nodes(): readonly GatewayNode[];
  /** Node of the committed placement of this domain name, or where it was placed on the spot or discovered. */
  nodeOfDomain(name: string): string | undefined;
  /** Node of a recorded domain. `uuid` is lower case with hyphens. */
  nodeOfDomainUuid(uuid: string): string | undefined;
  /** Node of a DVCE volume or seed, by its absolute path, which is also its libvirt volume key. */
  nodeOfVolumePath(path: string): string | undefined;
  /**
   * Plans a domain that no cluster declares.
   * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE` when no node can take it
   */
  placeUnknownDomain(domain: {
    readonly name: string;
    readonly vcpus: number;
    readonly memoryMiB: number;
  }): Promise<string>;
  recordDefined(domain: {
    readonly name: string;
    readonly uuid: string;
    readonly node: string;
  }): Promise<void>;
  recordUndefined(uuid: string): Promise<void>;
  recordStarted(uuid: string): Promise<void>;
}

/**
 * Opens a raw byte stream to a node's libvirt socket, through the node agent's tunnel. `readonly` asks for the
 * socket whose connections libvirt itself holds to read calls.
 */
export type OpenLibvirt = (node: string, options: { readonly readonly: boolean }) => Promise<Duplex>;
