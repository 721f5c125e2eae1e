/** The exports as the NBD thread serves them: what is open here, and what is asked of the main thread. */
import { ImageIndex } from "@dvce/image";
import type { NbdExport, NbdExports, NbdExtent } from "../nbd/export";
import { BaseReader } from "./base-reader";
import { Presence } from "./presence";
import { ReadLog } from "./read-log";
import type { FromThread, Question, Questions } from "./thread-messages";

export interface MainThread {
  ask<Q extends Question>(question: Q, data: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]>;
  tell(message: FromThread): void;
}

export class ThreadExports implements NbdExports {
  readonly #main: MainThread;
  readonly #open = new Map<string, Promise<BaseReader | undefined>>();

  constructor(main: MainThread) {
    this.#main = main;
  }

  names(): Promise<readonly string[]> {
    return this.#main.ask("names", undefined);
  }

  async open(name: string): Promise<NbdExport | undefined> {
    const reader = await this.#reader(name);
    return reader === undefined ? undefined : new ThreadExport(reader, () => this.#reader(name));
  }

  /** Lets a version's base file go; resolves when nothing reads it. */
  async release(version: string): Promise<void> {
    const opening = this.#open.get(version);
    this.#open.delete(version);
    const reader = await opening?.catch(() => undefined);
    reader?.close();
  }

  #reader(version: string): Promise<BaseReader | undefined> {
    const known = this.#open.get(version);
    if (known !== undefined) return known;
    const opening = this.#openReader(version);
    this.#open.set(version, opening);
    const forget = () => {
      if (this.#open.get(version) === opening) this.#open.delete(version); // the next one asks again
    };
    opening.then((reader) => reader ?? forget(), forget);
    return opening;
  }

  async #openReader(version: string): Promise<BaseReader | undefined> {
    const opened = await this.#main.ask("open", version);
    if (opened === undefined) return undefined;
    const index = await ImageIndex.open(opened.indexPath);
    const presence = Presence.over(opened.presence);
    return new BaseReader({
      index,
      presence,
      path: opened.rawPath,
      fill: (extents) => this.#main.ask("fill", { version, extents }),
      onAhead: (first, end) => this.#main.tell({ kind: "ahead", version, first, end }),
      log: new ReadLog(presence, (extents) => this.#main.tell({ kind: "reads", version, extents })),
    });
  }
}

/** One client's view of a version; goes on with another base file when its own was removed. */
class ThreadExport implements NbdExport {
  #reader: BaseReader;
  readonly #reopen: () => Promise<BaseReader | undefined>;

  constructor(reader: BaseReader, reopen: () => Promise<BaseReader | undefined>) {
    this.#reader = reader;
    this.#reopen = reopen;
  }

  get sizeBytes(): number {
    return this.#reader.index.sizeBytes;
  }

  readNow(offsetBytes: number, target: Buffer): boolean {
    return this.#reader.readNow(offsetBytes, target);
  }

  async read(offsetBytes: number, target: Buffer): Promise<void> {
    for (;;) {
      const reader = this.#reader;
      if (!reader.closed) {
        try {
          return await reader.read(offsetBytes, target);
        } catch (error) {
          if (!reader.closed) throw error; // else the base file was removed under it
        }
      }
      const reopened = await this.#reopen();
      if (reopened === undefined) throw new Error("the version is not known to this node any more");
      this.#reader = reopened;
    }
  }

  extents(offsetBytes: number, lengthBytes: number): Iterable<NbdExtent> {
    return this.#reader.index.stretches(offsetBytes, lengthBytes);
  }
}
