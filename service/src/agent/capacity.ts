/** What this host offers to a pool, where flags do not say otherwise. */
import type { Architecture, Resources } from "@dvce/api";
import { DvceError } from "@dvce/api";
import { statfs } from "node:fs/promises";
import os from "node:os";

export interface CapacityOptions {
  /** Where volumes and chunks lie. */
  readonly dataDirectory: string;
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly diskBytes?: number;
  /** Virtual CPUs offered for each of the host's, where `vcpus` is not given. */
  readonly vcpuOvercommit: number;
}

const mebibyte = 1024 * 1024;

/** CPUs times overcommit, all memory, and the size of the data directory's file system. */
export async function capacityOf(options: CapacityOptions): Promise<Resources> {
  return {
    vcpus: options.vcpus ?? os.availableParallelism() * options.vcpuOvercommit,
    memoryMiB: options.memoryMiB ?? Math.floor(os.totalmem() / mebibyte),
    diskBytes: options.diskBytes ?? (await diskBytes(options.dataDirectory)),
  };
}

/** Size of the file system below the directory. */
export async function diskBytes(directory: string): Promise<number> {
  const disk = await statfs(directory);
  return disk.bsize * disk.blocks;
}

/** Bytes that an unprivileged process could still write below the directory. */
export async function freeBytes(directory: string): Promise<number> {
  const disk = await statfs(directory);
  return disk.bsize * disk.bavail;
}

/** Throws `DVCE_HOST_UNSUPPORTED` on machines that DVCE does not know. */
export function hostArchitecture(name: string = os.machine()): Architecture {
  if (name === "x86_64" || name === "aarch64") return name;
  throw new DvceError(
    "DVCE_HOST_UNSUPPORTED",
    `This host is ${name}. A node must be x86_64 or aarch64; leave this host out of the pool.`,
  );
}
