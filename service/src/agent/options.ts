import type { DomainType } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import type { TransferSettings } from "../peers/transfer";
import type { DeliverySettings } from "./delivery";
import type { HousekeepingSettings } from "./housekeeping";
import type { Hypervisor } from "./libvirt/hypervisor";

/** What an agent is started with; the flags of `dvce agent`. */
export interface AgentOptions {
  /** Name of this node in the pool. */
  readonly name: string;
  /** Where the agent's API listens. Port 0 picks a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where controller and peers reach this agent. Default `http://HOST:PORT` of what it listens on. */
  readonly advertise?: string;
  readonly controllerUrl: string;
  /** The pool's node token: presented to controller and peers, and asked of whoever calls this agent. */
  readonly nodeToken: string;
  readonly dataDirectory: string;
  readonly runDirectory: string;
  /** libvirt's socket; the read-only one is `<path>-ro`. */
  readonly libvirtSocket: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
  readonly linkBytesPerSecond?: number;
  /** Limits of what is exchanged with peers. Default none. */
  readonly transfer?: TransferSettings;
  readonly vcpuOvercommit: number;
  /** Boots and hydration. */
  readonly delivery?: DeliverySettings;
  /** Collection, limits of the disk, and scrub. */
  readonly housekeeping?: HousekeepingSettings;
  /** Default: libvirt, through `libvirtSocket`. */
  readonly hypervisor?: Hypervisor;
  /** Finds out what guests can run on here. Default: boots one; see kvm-probe.ts. */
  readonly probe?: () => Promise<DomainType>;
  readonly version: string;
  readonly logger: FastifyBaseLogger;
}
