/**
 * Whether this host's KVM boots guests, found out by booting one.
 *
 * /dev/kvm being there proves nothing: inside other hypervisors it may open and run no guest code, or run it an
 * instruction at a time, thousands of times slower than the CPU, so that no operating system ever comes up. So
 * QEMU is run with a boot sector that counts down from a hundred million (0.1 s of a CPU) and then writes a byte
 * to the `isa-debug-exit` device, whereupon QEMU exits with (byte << 1) | 1. Only that exit code, in time, counts.
 */
import type { DomainType } from "@dvce/api";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `isa-debug-exit` listens on this port. */
const exitPort = 0xf4;
const exitByte = 0x2a;
const exitCodeExpected = (exitByte << 1) | 1;
const iterations = 100_000_000;
const deadlineMsDefault = 5_000;

/**
 * 512 bytes of real-mode code:
 *
 *     66 b9 imm32   mov ecx, iterations
 *     66 49         dec ecx
 *     75 fc         jnz to the dec
 *     b0 imm8       mov al, exitByte
 *     e6 imm8       out exitPort, al
 *     f4 eb fd      hlt, and again
 *     00 …  55 aa   padding, boot signature
 */
export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from([0x66, 0xb9, 0, 0, 0, 0, 0x66, 0x49, 0x75, 0xfc]).copy(sector, 0);
  sector.writeUInt32LE(iterations, 2);
  Buffer.from([0xb0, exitByte, 0xe6, exitPort, 0xf4, 0xeb, 0xfd]).copy(sector, 10);
  sector.writeUInt16BE(0x55aa, 510);
  return sector;
}

export interface ProbeOptions {
  /** QEMU's program. Default `qemu-system-x86_64`. */
  readonly program?: string;
  /** QEMU's accelerator. Default `kvm`; `tcg` proves that the probe itself works. */
  readonly accelerator?: "kvm" | "tcg";
  readonly deadlineMs?: number;
  /** Where the boot sector lies while the probe runs. Default the system's temporary files. */
  readonly directory?: string;
}

/** True when a guest ran to its end under the accelerator within the deadline. */
export async function bootsGuests(options: ProbeOptions = {}): Promise<boolean> {
  const folder = await mkdtemp(join(options.directory ?? tmpdir(), "dvce-probe-"));
  try {
    const disk = join(folder, "boot.raw");
    await writeFile(disk, bootSector());
    const args = [
      ...[
        "-accel",
        options.accelerator ?? "kvm",
        "-machine",
        "pc",
        "-m",
        "16",
        "-nodefaults",
        "-display",
        "none",
      ],
      ...["-no-reboot", "-drive", `file=${disk},format=raw,if=ide`],
      ...["-device", `isa-debug-exit,iobase=0x${exitPort.toString(16)},iosize=0x01`],
    ];
    const code = await exitCode(
      options.program ?? "qemu-system-x86_64",
      args,
      options.deadlineMs ?? deadlineMsDefault,
    );
    return code === exitCodeExpected;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The domain type to offer: `kvm` only when KVM has proved that it boots guests. */
export async function probeDomainType(options: ProbeOptions = {}): Promise<DomainType> {
  return (await bootsGuests({ ...options, accelerator: "kvm" })) ? "kvm" : "qemu";
}

/**
 * Exit code; null when the program could not be started or was ended at the deadline. The kernel ends the program when this
 * process is killed: a guest that never ends would keep a CPU busy for good.
 */
function exitCode(program: string, args: readonly string[], deadlineMs: number): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...args], { stdio: "ignore" });
    const timer = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
    const settle = (code: number | null) => {
      clearTimeout(timer);
      resolve(code);
    };
    child.once("error", () => settle(null));
    child.once("close", settle);
  });
}
