/** Waits for a login prompt on a serial console that QEMU serves over TCP. */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { hasLoginPrompt } from "../../tools/demo/login";

const retryMs = 100;
const keptCharacters = 16 * 1024;

/**
 * Connects as soon as the console is there, also before the domain exists, and reads until the prompt.
 * @returns milliseconds since the epoch at which the prompt was there.
 */
export async function waitForSerialLogin(
  target: { readonly host: string; readonly port: number },
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<number> {
  const deadline = Date.now() + options.timeoutMs;
  let text = "";
  while (Date.now() < deadline) {
    options.signal.throwIfAborted();
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(target);
      const end = (answer: boolean): void => {
        options.signal.removeEventListener("abort", onAbort);
        socket.destroy();
        resolve(answer);
      };
      const onAbort = (): void => end(false);
      options.signal.addEventListener("abort", onAbort, { once: true });
      socket.on("data", (part: Buffer) => {
        text = (text + part.toString("latin1")).slice(-keptCharacters);
        if (hasLoginPrompt(text)) end(true);
      });
      socket.once("error", () => end(false)); // not listening yet
      socket.once("close", () => end(false));
      socket.setTimeout(Math.max(1, deadline - Date.now()), () => end(false));
    });
    if (isThere) return Date.now();
    await delay(retryMs);
  }
  throw new Error(
    `${target.host}:${target.port} showed no login prompt within ${options.timeoutMs / 1000} s. ` +
      `The end of its console:\n${text.slice(-2000)}`,
  );
}
