import { volumeDirectory, volumePoolName } from "@dvce/api";
import type { Logger } from "pino";

export type GatewayLogger = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** Times and places that the gateway works with. */
export interface GatewaySettings {
  /** The only libvirt driver that nodes offer. */
  readonly uri: string;
  /** Where every node keeps DVCE's volumes, flat; also the target of its storage pool `volumePool`. */
  readonly volumeDirectory: string;
  readonly volumePool: string;
  /** Where every node's QEMU writes the console logs of DVCE's members. */
  readonly consoleDirectory: string;
  /** How long a node may take to accept a connection. */
  readonly openTimeoutMs: number;
  /** How long a call that goes to every node waits for each of them. */
  readonly fanOutTimeoutMs: number;
  /** A node with a call under way that sends nothing for three of these is given up. */
  readonly keepaliveIntervalMs: number;
  /** How long a node that did not answer is left out of calls that go to every node. */
  readonly suspicionMs: number;
  /** Calls that one client may have under way; further ones stay in its socket. */
  readonly callsPerClientMax: number;
  /** Bytes of calls under way after which a client's socket is not read; as libvirt allows, one call is ≤ 32 MiB. */
  readonly callBytesPerClientMax: number;
  /** A client that leaves more than this unread is dropped. */
  readonly unreadBytesPerClientMax: number;
  readonly clientsMax: number;
}

export const defaultSettings: GatewaySettings = {
  uri: "qemu:///system",
  volumeDirectory,
  volumePool: volumePoolName,
  consoleDirectory: "/var/lib/dvce/consoles",
  openTimeoutMs: 10_000,
  fanOutTimeoutMs: 5_000,
  keepaliveIntervalMs: 5_000,
  suspicionMs: 10_000,
  callsPerClientMax: 32,
  callBytesPerClientMax: 8 * 1024 * 1024,
  unreadBytesPerClientMax: 64 * 1024 * 1024,
  clientsMax: 1_000,
};
