/**
 * One process at a time may write to a store. Node offers no flock, so the lock is the one that SQLite takes on an empty
 * database file: a POSIX record lock, which the kernel drops when the process ends however it ends. Nothing stale is ever
 * left, and SQLite also refuses a second lock within the same process.
 */
import { join } from "node:path";
import { DvceError } from "@dvce/api";

export interface DirectoryLock {
  release(): void;
}

/** Throws `DVCE_STORE_LOCKED` when another process, or this one, holds the lock. */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, "lock");
  // Loaded here and not above: node warns of an experimental module wherever it is loaded.
  const database = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path, { timeout: 0 });
  try {
    // Without a journal: nothing is ever written.
    database.exec("PRAGMA journal_mode = OFF; BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if (cause !== null && typeof cause === "object" && "errcode" in cause && cause.errcode === sqliteBusy) {
      throw new DvceError(
        "DVCE_STORE_LOCKED",
        `The chunk store in ${directory} is in use by another process. Stop the agent that runs on it, or give this ` +
          "one a folder of its own.",
        { cause },
      );
    }
    throw cause;
  }
  return { release: () => database.close() };
}

const sqliteBusy = 5;
