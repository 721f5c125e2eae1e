import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";

/**
 * Runs `work` while this process alone holds the lock file at `lockPath`.
 *
 * The kernel's lock is held by a child, flock(1), that ends when the pipe from this process closes. So the lock
 * goes with this process, however it ends, and a lock file left behind locks nothing.
 * @param onWait called once if another process holds the lock, before waiting for it.
 */
export async function withLock<T>(lockPath: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  await mkdir(path.dirname(lockPath), { recursive: true });
  const release = (await tryLock(lockPath, false)) ?? (onWait(), await tryLock(lockPath, true));
  if (release === undefined) throw new Error(`Unable to lock ${lockPath}`);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function tryLock(lockPath: string, wait: boolean): Promise<(() => Promise<void>) | undefined> {
  const child = spawn(
    "flock",
    [...(wait ? [] : ["--nonblock"]), lockPath, "sh", "-c", "echo held; exec cat"],
    {
      stdio: ["pipe", "pipe", "inherit"],
      // An interrupt typed at the terminal must not release the lock before this process has ended.
      detached: true,
    },
  );
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  const held = new Promise<boolean>((resolve) => child.stdout.once("data", () => resolve(true)));
  if (!(await Promise.race([held, ended.then(() => false)]))) return undefined;
  return async () => {
    child.stdin.end();
    await ended;
  };
}
