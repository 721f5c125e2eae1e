/**
 * The pool's network: one bridge in the root namespace, and for each host a network namespace with a veth
 * to it. Nothing is forwarded or translated: hosts reach each other and the bridge's address, nothing else.
 */
import { DvceError } from "@dvce/api";
import { isLinkOf, isNamespaceOf } from "./names";
import { run, runChecked } from "./run";

/** Names of this machine's links in the root namespace. */
export async function listLinks(): Promise<string[]> {
  const links = JSON.parse(await runChecked(["ip", "-j", "link", "show"])) as { ifname: string }[];
  return links.map((link) => link.ifname);
}

export async function listNamespaces(): Promise<string[]> {
  const text = (await runChecked(["ip", "-j", "netns", "list"])).trim();
  return text === "" ? [] : (JSON.parse(text) as { name: string }[]).map((entry) => entry.name);
}

/** IPv4 addresses and routes' destinations of this machine, to see which subnets are taken. */
export async function takenPrefixes(): Promise<string[]> {
  const addresses = JSON.parse(await runChecked(["ip", "-j", "-4", "addr", "show"])) as {
    addr_info: { local?: string }[];
  }[];
  const routes = JSON.parse((await runChecked(["ip", "-j", "-4", "route", "show"])).trim() || "[]") as {
    dst: string;
  }[];
  return [
    ...addresses.flatMap((link) => link.addr_info.flatMap((info) => info.local ?? [])),
    ...routes.map((route) => route.dst),
  ];
}

/** Makes the bridge unless it is there. */
export async function ensureBridge(bridge: string, address: string): Promise<void> {
  if (!(await listLinks()).includes(bridge))
    await runChecked(["ip", "link", "add", bridge, "type", "bridge"]);
  await runChecked(["ip", "addr", "replace", `${address}/24`, "dev", bridge]);
  await runChecked(["ip", "link", "set", bridge, "up"]);
}

export interface HostNetwork {
  readonly namespace: string;
  readonly veth: string;
  readonly bridge: string;
  readonly address: string;
  /** tc's notation, e.g. `1gbit`; limits both directions. */
  readonly rate: string | null;
}

/** Makes a host's namespace, veth, address and rate limit, as far as they are missing. */
export async function ensureHostNetwork(host: HostNetwork): Promise<void> {
  const { namespace, veth, bridge, address, rate } = host;
  if (!(await listNamespaces()).includes(namespace)) await runChecked(["ip", "netns", "add", namespace]);
  if (!(await listLinks()).includes(veth)) {
    await runChecked(["ip", "link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", namespace]);
  }
  await runChecked(["ip", "link", "set", veth, "master", bridge, "up"]);
  await runChecked(["ip", "-n", namespace, "addr", "replace", `${address}/24`, "dev", "eth0"]);
  await runChecked(["ip", "-n", namespace, "link", "set", "eth0", "up"]);
  await runChecked(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  if (rate !== null) {
    // One side limits what the host receives, the other what it sends.
    const limit = ["root", "tbf", "rate", rate, "burst", String(burstBytes(rate)), "latency", "50ms"];
    await runChecked(["tc", "qdisc", "replace", "dev", veth, ...limit]);
    await runChecked(["tc", "-n", namespace, "qdisc", "replace", "dev", "eth0", ...limit]);
  }
}

/** Cuts a host off, or lets it back. */
export async function setLink(veth: string, state: "up" | "down"): Promise<void> {
  await runChecked(["ip", "link", "set", veth, state]);
}

/** Whether the link is administratively up. */
export async function isLinkUp(veth: string): Promise<boolean> {
  const result = await run(["ip", "-j", "link", "show", veth]);
  if (result.code !== 0) return false;
  return (JSON.parse(result.stdout) as { flags: string[] }[]).some((link) => link.flags.includes("UP"));
}

/** Pids of the processes whose network namespace this is. */
export async function namespacePids(namespace: string): Promise<number[]> {
  const result = await run(["ip", "netns", "pids", namespace]);
  return result.code === 0 ? result.stdout.split(/\s+/).filter(Boolean).map(Number) : [];
}

/** Deletes the pool's namespaces, veths and bridge, whichever exist. Its processes must have ended. */
export async function removeNetwork(pool: string): Promise<void> {
  for (const namespace of (await listNamespaces()).filter((name) => isNamespaceOf(pool, name))) {
    await runChecked(["ip", "netns", "del", namespace]);
  }
  for (const link of (await listLinks()).filter((name) => isLinkOf(pool, name))) {
    // A veth goes with its namespace, a moment later: it may be gone by now.
    const result = await run(["ip", "link", "del", link]);
    if (result.code !== 0 && (await listLinks()).includes(link)) {
      throw new DvceError("DVCE_TOOL_FAILED", `Cannot delete the link ${link}: ${result.stderr.trim()}`);
    }
  }
}

const rateUnits: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  bps: 8,
  kbps: 8e3,
  mbps: 8e6,
  gbps: 8e9,
};

/** Bytes per second of a rate in tc's notation (tc(8), "RATES"). Throws DVCE_INPUT_INVALID. */
export function rateBytesPerSecond(rate: string): number {
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(rate.toLowerCase());
  const unit = rateUnits[match?.[2] ?? ""];
  const bits = unit === undefined ? 0 : Number(match?.[1]) * unit;
  if (bits < 8000) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `The rate "${rate}" is not usable: give a number of at least 8 kbit with one of ` +
        `${Object.keys(rateUnits).join(", ")}, for example 1gbit or 200mbit.`,
    );
  }
  return bits / 8;
}

/** What may pass at once: 4 ms at the rate (a timer tick at 250 Hz), and never less than two 64 KiB segments. */
function burstBytes(rate: string): number {
  return Math.max(131_072, Math.ceil(rateBytesPerSecond(rate) / 250));
}
