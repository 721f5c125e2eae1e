/**
 * A real node agent in a process of its own, but for libvirt, which fetching does not need:
 * `agent.cjs NAME ADDRESS CONTROLLER TOKEN DIRECTORY`. Prints its URL as a line of JSON; ends on SIGTERM.
 */
import pino from "pino";
import { startAgent } from "../../service/src/agent/agent";
import type { Hypervisor } from "../../service/src/agent/libvirt/hypervisor";

const noGuests: Hypervisor = {
  domainsUsing: async () => [],
  runningDomains: async () => [],
  ensureStoragePool: async () => undefined,
  refreshStoragePool: async () => undefined,
  resumeAfterIoError: async () => [],
};

async function main([name, address, controllerUrl, nodeToken, directory]: readonly string[]): Promise<void> {
  if (
    name === undefined ||
    address === undefined ||
    controllerUrl === undefined ||
    nodeToken === undefined ||
    directory === undefined
  ) {
    throw new Error("usage: agent.cjs NAME ADDRESS CONTROLLER TOKEN DIRECTORY");
  }
  const agent = await startAgent({
    name,
    listen: { host: address, port: 7801 },
    controllerUrl,
    nodeToken,
    dataDirectory: `${directory}/data`,
    runDirectory: `${directory}/run`,
    libvirtSocket: `${directory}/libvirt-sock`,
    labels: {},
    vcpuOvercommit: 1,
    hypervisor: noGuests,
    housekeeping: { scrubBytesPerSecond: 0 }, // a new store is scrubbed at once, which is not what is measured
    probe: async () => "qemu",
    version: "bench",
    logger: pino({ level: "warn" }, pino.destination(2)),
  });
  process.once("SIGTERM", () => {
    void agent.close().then(() => process.exit(0));
  });
  process.stdout.write(`${JSON.stringify({ url: agent.url })}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
