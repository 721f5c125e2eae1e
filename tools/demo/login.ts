/** Waits for login prompts on serial consoles, as the controller's API shows them. */
import { setTimeout as delay } from "node:timers/promises";
import type { ControllerClient } from "@dvce/api";

/** Enough for the last screens; a prompt is at the very end of what a booted guest wrote. */
const tailBytes = 16 * 1024;
const pollMs = 250;

// CSI and other escape sequences, as systemd and agetty write them (ECMA-48, 5.4).
const escape = String.fromCharCode(27);
const escapeSequences = new RegExp(`${escape}(?:\\[[0-?]*[ -/]*[@-~]|[()][0-9A-Za-z]|[@-Z\\\\-_])`, "g");

/** Whether a console's text holds agetty's prompt: the host name and "login:" on a line. */
export function hasLoginPrompt(consoleText: string): boolean {
  return /^[^\s:]+ login:/m.test(consoleText.replace(escapeSequences, "").replaceAll("\r", "\n"));
}

export interface Login {
  readonly domain: string;
  readonly node: string;
  /** From the domain's start through the gateway to its prompt. */
  readonly secondsToLogin: number;
  /** Image bytes that the node had fetched from peers by then. */
  readonly bytesFetched: number;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface WaitForLogin {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Waits for one domain's prompt. Throws with the end of its console when it does not come in time. */
export async function waitForLogin(
  client: ControllerClient,
  domain: string,
  options: WaitForLogin,
): Promise<Login> {
  const deadline = Date.now() + options.timeoutMs;
  let text = "";
  while (!hasLoginPrompt(text)) {
    options.signal?.throwIfAborted();
    if (Date.now() > deadline) {
      const tail = text.replace(escapeSequences, "").trimEnd().split("\n").slice(-25).join("\n");
      throw new Error(
        `${domain} showed no login prompt within ${options.timeoutMs / 1000} s. The end of its console:\n` +
          (tail === "" ? "(it is empty)" : tail),
      );
    }
    await delay(pollMs);
    text = (await client.getConsole(domain, tailBytes)).text;
  }
  const atMs = Date.now();
  const volume = await client.getVolume(domain);
  const vm = (await client.listVms()).find((candidate) => candidate.domain === domain);
  if (vm?.startedAt === null || vm?.startedAt === undefined) {
    throw new Error(
      `The controller does not know when ${domain} was started, although it shows a login prompt.`,
    );
  }
  return {
    domain,
    node: vm.node,
    secondsToLogin: (atMs - Date.parse(vm.startedAt)) / 1000,
    bytesFetched: volume.fetchedBytes,
    atMs,
  };
}
