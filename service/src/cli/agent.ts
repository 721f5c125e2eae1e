/** `dvce agent`: runs the node agent until SIGTERM or SIGINT. Logs are JSON lines on standard error. */
import { DvceError, labelsSchema, nameSchema } from "@dvce/api";
import { InvalidArgumentError, type Command } from "commander";
import { readFile } from "node:fs/promises";
import pino from "pino";
import { z } from "zod";
import { startAgent } from "../agent/agent";
import { hydrateBytesPerSecondDefault } from "../agent/delivery";
import { collectGraceMsDefault, scrubBytesPerSecondDefault } from "../agent/housekeeping";
import { defaultBootTimes } from "../boot-profile/boots";
import { productVersion } from "./product-version";

interface AgentFlags {
  readonly name: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly advertise?: string;
  readonly controller: string;
  readonly nodeTokenFile: string;
  readonly data: string;
  readonly run: string;
  readonly libvirtSocket: string;
  readonly label: Record<string, string>;
  readonly vcpus?: number;
  readonly memoryMib?: number;
  readonly diskBytes?: number;
  readonly linkBytesPerSecond?: number;
  readonly fetchBytesPerSecond?: number;
  readonly serveBytesPerSecond?: number;
  readonly peerBytesPerSecond?: number;
  readonly vcpuOvercommit: number;
  readonly hydrateBytesPerSecond: number;
  readonly hydrateAfterSeconds: number;
  readonly cacheBytesMax?: number;
  readonly diskFreeBytesMin?: number;
  readonly collectGraceSeconds: number;
  readonly scrubBytesPerSecond: number;
  readonly logLevel: string;
}

export function register(program: Command): void {
  program
    .command("agent")
    .description("run the agent of this node")
    .requiredOption("--name <node>", "name of this node in the pool", checked(nameSchema))
    .requiredOption("--listen <host:port>", "where the agent's API listens", parseListen)
    .option(
      "--advertise <url>",
      "where controller and peers reach it (default: what it listens on)",
      checked(z.url()),
    )
    .requiredOption("--controller <url>", "the pool's controller", checked(z.url()))
    .requiredOption("--node-token-file <file>", "file with the pool's node token")
    .option("--data <directory>", "chunks, versions and volumes", "/var/lib/dvce")
    .option("--run <directory>", "the NBD socket", "/run/dvce")
    .option("--libvirt-socket <path>", "libvirt's socket on this node", "/run/libvirt/libvirt-sock")
    .option("--label <key=value>", "label that constraints can ask for; may be repeated", collectLabel, {})
    .option(
      "--vcpus <count>",
      "virtual CPUs to offer (default: the host's, times --vcpu-overcommit)",
      parseCount,
    )
    .option("--memory-mib <MiB>", "memory to offer (default: the host's)", parseCount)
    .option("--disk-bytes <bytes>", "disk to offer (default: the file system of --data)", parseCount)
    .option(
      "--link-bytes-per-second <bytes>",
      "rate at which image bytes arrive (default: unknown)",
      parseCount,
    )
    .option(
      "--hydrate-bytes-per-second <bytes>",
      "rate at which the rest of volumes' images is fetched after their boots; 0: never",
      parseCountOrZero,
      hydrateBytesPerSecondDefault,
    )
    .option(
      "--hydrate-after-seconds <seconds>",
      "how long a guest runs at least before its boot counts as over",
      parseCountOrZero,
      defaultBootTimes.settleMs / 1000,
    )
    .option(
      "--cache-bytes-max <bytes>",
      "most that chunks and base files may take of the disk (default: no such limit)",
      parseCountOrZero,
    )
    .option(
      "--disk-free-bytes-min <bytes>",
      "free space that chunks and base files leave (default: 5 % of the file system of --data)",
      parseCountOrZero,
    )
    .option(
      "--collect-grace-seconds <seconds>",
      "how long chunks stay that nothing refers to",
      parseCountOrZero,
      collectGraceMsDefault / 1000,
    )
    .option(
      "--scrub-bytes-per-second <bytes>",
      "rate at which stored chunks are read again and checked; 0: never",
      parseCountOrZero,
      scrubBytesPerSecondDefault,
    )
    .option(
      "--fetch-bytes-per-second <bytes>",
      "limit of what is fetched from peers (default: none)",
      parseCount,
    )
    .option(
      "--serve-bytes-per-second <bytes>",
      "limit of what is served to peers (default: none)",
      parseCount,
    )
    .option(
      "--peer-bytes-per-second <bytes>",
      "limit of what is exchanged with each peer, each way (default: none)",
      parseCount,
    )
    .option("--vcpu-overcommit <factor>", "virtual CPUs offered for each of the host's", parseFactor, 1)
    .option("--log-level <level>", "fatal, error, warn, info, debug, trace or silent", "info")
    .action(run);
}

async function run(flags: AgentFlags): Promise<void> {
  const logger = pino({ level: flags.logLevel, base: { node: flags.name } }, pino.destination(2));
  const { memoryMib, vcpus, diskBytes, linkBytesPerSecond, advertise } = flags;
  const { cacheBytesMax, diskFreeBytesMin } = flags;
  const { fetchBytesPerSecond, serveBytesPerSecond, peerBytesPerSecond } = flags;
  const agent = await startAgent({
    name: flags.name,
    listen: flags.listen,
    controllerUrl: flags.controller,
    nodeToken: await readToken(flags.nodeTokenFile),
    dataDirectory: flags.data,
    runDirectory: flags.run,
    libvirtSocket: flags.libvirtSocket,
    labels: flags.label,
    vcpuOvercommit: flags.vcpuOvercommit,
    delivery: {
      hydrateBytesPerSecond: flags.hydrateBytesPerSecond,
      bootTimes: { settleMs: flags.hydrateAfterSeconds * 1000 },
    },
    housekeeping: {
      collectGraceMs: flags.collectGraceSeconds * 1000,
      scrubBytesPerSecond: flags.scrubBytesPerSecond,
      ...(cacheBytesMax === undefined ? {} : { cacheBytesMax }),
      ...(diskFreeBytesMin === undefined ? {} : { diskFreeBytesMin }),
    },
    transfer: {
      ...(fetchBytesPerSecond === undefined ? {} : { fetchBytesPerSecond }),
      ...(serveBytesPerSecond === undefined ? {} : { serveBytesPerSecond }),
      ...(peerBytesPerSecond === undefined ? {} : { peerBytesPerSecond }),
    },
    version: productVersion,
    logger,
    ...(advertise === undefined ? {} : { advertise }),
    ...(vcpus === undefined ? {} : { vcpus }),
    ...(memoryMib === undefined ? {} : { memoryMiB: memoryMib }),
    ...(diskBytes === undefined ? {} : { diskBytes }),
    ...(linkBytesPerSecond === undefined ? {} : { linkBytesPerSecond }),
  });
  const signal = await new Promise<string>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  logger.info({ signal }, "stopping");
  await agent.close();
}

async function readToken(path: string): Promise<string> {
  const token = (
    await readFile(path, "utf8").catch((cause: unknown) => {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `The node token file ${path} cannot be read. Give the pool's own.`,
        {
          cause,
        },
      );
    })
  ).trim();
  if (token === "") throw new DvceError("DVCE_INPUT_INVALID", `The node token file ${path} is empty.`);
  return token;
}

function checked(schema: z.ZodType<string>): (text: string) => string {
  return (text) => {
    const parsed = schema.safeParse(text);
    if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? "malformed");
    return parsed.data;
  };
}

function parseListen(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || !(port <= 65_535)) {
    throw new InvalidArgumentError("must be HOST:PORT, such as 10.0.0.5:7801 or [::1]:7801");
  }
  return { host, port };
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError("must be a whole number from 1");
  }
  return count;
}

function parseCountOrZero(text: string): number {
  return text === "0" ? 0 : parseCount(text);
}

function parseFactor(text: string): number {
  const factor = Number(text);
  if (!(factor >= 0.1 && factor <= 100)) throw new InvalidArgumentError("must be a number from 0.1 to 100");
  return factor;
}

function collectLabel(text: string, labels: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  const parsed = labelsSchema.safeParse({ ...labels, [text.slice(0, Math.max(at, 0))]: text.slice(at + 1) });
  if (at < 1 || !parsed.success) throw new InvalidArgumentError("must be KEY=VALUE, such as rack=a1");
  return parsed.data;
}
