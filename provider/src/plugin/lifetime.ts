/**
 * When the plugin process ends: on the client's Shutdown, on SIGTERM, or when its parent is gone. Without the
 * last, a Node plugin outlives a Terraform that was killed, since nothing closes a listening socket.
 */

const parentCheckIntervalMs = 500;
/** Lets the answer to Shutdown leave before the process does. */
const farewellMs = 20;

export interface Lifetime {
  /** Ends the process soon. */
  end(): void;
}

/** Watches over `process`; `cleanUp` runs once, synchronously, as the process ends. */
export function superviseLifetime(cleanUp: () => void): Lifetime {
  const parent = process.ppid;
  process.on("exit", cleanUp);
  // Ctrl-C reaches the whole process group; Terraform then stops the provider through StopProvider.
  process.on("SIGINT", () => undefined);
  process.on("SIGTERM", () => process.exit(0));
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, parentCheckIntervalMs);
  return { end: () => void setTimeout(() => process.exit(0), farewellMs) };
}
