/**
 * Names, addresses and paths of a development pool. Pure.
 *
 * Everything that the pool makes on this machine carries the pool's name, so that `down` can find all of it
 * even when the pool's own records are lost:
 *
 *     bridge             dv-<pool>              10.213.<n>.1/24, in the root network namespace
 *     network namespace  dv-<pool>-<node>
 *     veth, root side    dv-<pool>-<i>          a port of the bridge; the other side is eth0 in the namespace
 *     host address       10.213.<n>.<10+i>
 *     processes          carry {@link markVariable}=<pool directory> in their environment
 *     files              <base>/<pool>
 *
 * Interface names may have 15 characters at most (IFNAMSIZ), hence the short pool names.
 */
import { join } from "node:path";
import { DvceError } from "@dvce/api";

/** Where pools lie unless told otherwise. Short, since Unix socket paths end at 107 bytes. */
export const defaultBaseDirectory = "/var/lib/dvce-dev";
export const defaultPoolName = "dev";
export const hostCountMax = 64;

/** Environment variable that marks every process of a pool; its value is the pool's directory. */
export const markVariable = "DVCE_DEV_POOL_PROCESS_OF";

/** Port of the agents on their hosts' addresses, and of the controller on the bridge's. */
export const agentPort = 7801;
export const bridgeControllerPort = 7800;
export const libvirtTcpPort = 16509;

/** Longest `<base>/<pool>` that leaves room for the sockets below it. */
const directoryLengthMax = 60;

/** Throws DVCE_INPUT_INVALID for a name that would not fit interface names. */
export function checkPoolName(name: string): void {
  if (!/^[a-z][a-z0-9]{0,8}$/.test(name)) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `The pool name "${name}" is not usable: give 1 to 9 of a-z and 0-9, starting with a letter ` +
        "(it becomes part of network interface names, which end at 15 characters).",
    );
  }
}

export const bridgeName = (pool: string): string => `dv-${pool}`;
export const nodeName = (index: number): string => `n${index}`;
export const namespaceName = (pool: string, node: string): string => `dv-${pool}-${node}`;
export const vethName = (pool: string, index: number): string => `dv-${pool}-${index}`;

export const bridgeAddress = (subnet: number): string => `10.213.${subnet}.1`;
export const hostAddress = (subnet: number, index: number): string => `10.213.${subnet}.${10 + index}`;

/** Ports on 127.0.0.1, distinct between pools because the subnet number is. */
export const controllerPort = (subnet: number): number => 17_800 + subnet;
export const gatewayPort = (subnet: number): number => 26_500 + subnet;

/** True for a bridge or veth of `pool`. */
export const isLinkOf = (pool: string, link: string): boolean =>
  new RegExp(`^dv-${pool}(-\\d+)?$`).test(link);
/** True for a network namespace of `pool`. */
export const isNamespaceOf = (pool: string, namespace: string): boolean =>
  new RegExp(`^dv-${pool}-n\\d+$`).test(namespace);

/** Paths of a pool's files. */
export interface PoolPaths {
  readonly base: string;
  readonly directory: string;
  readonly state: string;
  readonly tokens: string;
  readonly tokenDirectory: string;
  readonly logs: string;
  readonly pids: string;
  readonly controllerData: string;
}

export function poolPaths(base: string, pool: string): PoolPaths {
  const directory = join(base, pool);
  if (directory.length > directoryLengthMax) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `The pool directory ${directory} has ${directory.length} characters; at most ${directoryLengthMax} leave ` +
        "room for Unix socket paths below it. Choose a shorter --directory.",
    );
  }
  return {
    base,
    directory,
    state: join(directory, "pool.json"),
    tokens: join(directory, "tokens.json"),
    tokenDirectory: join(directory, "tokens"),
    logs: join(directory, "logs"),
    pids: join(directory, "pids"),
    controllerData: join(directory, "controller"),
  };
}

/** Folders that every host has for itself, and the folder of the pool that is mounted over each. */
export const hostMounts: readonly { readonly at: string; readonly folder: string }[] = [
  { at: "/etc/libvirt", folder: "etc-libvirt" },
  { at: "/var/lib/libvirt", folder: "lib-libvirt" },
  { at: "/var/cache/libvirt", folder: "cache-libvirt" },
  { at: "/var/log/libvirt", folder: "log-libvirt" },
  { at: "/run/libvirt", folder: "run-libvirt" },
  { at: "/var/lib/dvce", folder: "lib-dvce" },
  { at: "/run/dvce", folder: "run-dvce" },
];
