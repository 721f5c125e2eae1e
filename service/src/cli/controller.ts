/** `dvce controller`: runs the controller in the foreground until SIGTERM or SIGINT. */
import { type Command, InvalidArgumentError } from "commander";
import pino from "pino";
import { serveController, type Address } from "../controller/serve";
import { collectAddress } from "./addresses";
import { productVersion } from "./product-version";

interface Flags {
  readonly listen?: Address[];
  readonly data: string;
  readonly tokens: string;
  readonly nodeTokenFile: string;
  readonly gatewayListen?: Address[];
  readonly gatewaySocket?: string;
  readonly replicas: number;
  readonly planLifeHours: number;
  readonly thinFactor: number;
  readonly logLevel: string;
}

export function register(program: Command): void {
  program
    .command("controller")
    .description("run the controller: API, placement and libvirt gateway")
    .option(
      "--listen <host:port>",
      "where the API listens; may be repeated (default 127.0.0.1:7800)",
      collectAddress,
    )
    .requiredOption("--data <folder>", "where the database lies")
    .requiredOption("--tokens <file>", "token file, as 'dvce token create' writes it")
    .requiredOption("--node-token-file <file>", "file that holds the token which the pool's agents take")
    .option(
      "--gateway-listen <host:port>",
      "where the libvirt gateway listens; may be repeated (default 127.0.0.1:16509)",
      collectAddress,
    )
    .option("--gateway-socket <path>", "a Unix socket for the gateway beside it")
    .option("--replicas <count>", "nodes that hold each image", parseReplicas, 2)
    .option(
      "--plan-life-hours <hours>",
      "how long a plan can be applied after it was last shown, 1 to 720",
      parsePlanLife,
      24,
    )
    .option(
      "--thin-factor <share>",
      "share of a volume's full size that counts as taken of a node's disk, 0.01 to 1",
      parseThinFactor,
      1,
    )
    .option("--log-level <level>", "trace, debug, info, warn or error", "info")
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const logger = pino({ level: flags.logLevel }, pino.destination({ fd: 2, sync: true }));
  logWarnings(logger);
  const running = await serveController({
    listen: flags.listen ?? [{ host: "127.0.0.1", port: 7800 }],
    dataDirectory: flags.data,
    tokensFile: flags.tokens,
    nodeTokenFile: flags.nodeTokenFile,
    gatewayListen: flags.gatewayListen ?? [{ host: "127.0.0.1", port: 16_509 }],
    ...(flags.gatewaySocket === undefined ? {} : { gatewaySocket: flags.gatewaySocket }),
    settings: {
      replicas: flags.replicas,
      planLifeMs: flags.planLifeHours * 60 * 60 * 1000,
      thinFactor: flags.thinFactor,
    },
    clock: Date.now,
    logger,
    version: productVersion,
  });
  logger.info({ listen: running.addresses, gateway: running.gatewayAddresses }, "the controller is up");
  const signal = await new Promise<string>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  logger.info({ signal }, "the controller stops");
  await running.close();
}

/** Node's own warnings go to the log, not between its lines; that SQLite is experimental is known and pinned. */
function logWarnings(logger: pino.Logger): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    const level = warning.name === "ExperimentalWarning" ? "debug" : "warn";
    logger[level]({ err: warning }, "warning of the runtime");
  });
}

function parseReplicas(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1 to 999.");
  return Number(text);
}

function parsePlanLife(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text) || Number(text) > 720)
    throw new InvalidArgumentError("Give a whole number of hours from 1 to 720.");
  return Number(text);
}

function parseThinFactor(text: string): number {
  const share = Number(text);
  if (!/^(\d|\d?\.\d+)$/.test(text) || share < 0.01 || share > 1)
    throw new InvalidArgumentError("Give a share from 0.01 to 1, such as 0.5.");
  return share;
}
