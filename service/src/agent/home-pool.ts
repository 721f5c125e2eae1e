/**
 * The pool that this node belongs to: `<data>/pool.json`, `{ "pool": id, "catalogue": mark }`, made when a controller first
 * takes the node in.
 *
 * A node drops what its pool does not list. A controller of another pool, over a new database, or over an old copy of the
 * right one lists less than there is, so the node must not act on its list: it does not report to another pool at all, and
 * while the database lacks a change that the node has seen, it takes in what is new and drops nothing. The mark is written
 * before its list is acted on, so a crash never makes the node forget what it has acted on; but a full disk, which may get
 * room only by acting, does not hold that up.
 */
import { DvceError, poolIdSchema } from "@dvce/api";
import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { lockDirectory } from "../store/pack/directory-lock";
import { writeFileDurably } from "./files";

const homeSchema = z.object({ pool: poolIdSchema, catalogue: poolIdSchema.optional() });
type Home = z.infer<typeof homeSchema>;

const fileName = "pool.json";
const storeName = "store";

export class HomePool {
  readonly #path: string;
  readonly #writeFile: typeof writeFileDurably;
  #home: Home | undefined;
  #isSaved = true;

  private constructor(path: string, home: Home | undefined, writeFile: typeof writeFileDurably) {
    this.#path = path;
    this.#home = home;
    this.#writeFile = writeFile;
  }

  /** Throws `DVCE_POOL_MISMATCH` for a file that cannot be understood: believing anybody would be worse. */
  static async open(dataDirectory: string, writeFile = writeFileDurably): Promise<HomePool> {
    const path = join(dataDirectory, fileName);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new HomePool(path, undefined, writeFile);
      throw error;
    }
    try {
      return new HomePool(path, homeSchema.parse(JSON.parse(text)), writeFile);
    } catch (error) {
      throw new DvceError(
        "DVCE_POOL_MISMATCH",
        `${path}, which says what pool this node belongs to, is damaged. ${howToForget(dataDirectory)}`,
        { cause: error },
      );
    }
  }

  /** Undefined before a controller took the node in. */
  get pool(): string | undefined {
    return this.#home?.pool;
  }

  /** The newest mark of the catalogue that this node acts on. */
  get catalogue(): string | undefined {
    return this.#home?.catalogue;
  }

  /**
   * A controller of this pool answered a registration. Resolves when the pool is remembered.
   *
   * @throws DvceError `DVCE_POOL_MISMATCH` when this node belongs to another one
   */
  async enter(pool: string): Promise<void> {
    const home = this.#home;
    if (home === undefined) await this.#write({ pool });
    else if (home.pool !== pool) throw otherPool(home.pool, pool, dirname(this.#path));
  }

  /**
   * The pool's catalogue is at this mark, and has all that the node knew of. Resolves when it is remembered; on a full disk,
   * by this process alone until there is room.
   */
  async follow(catalogue: string): Promise<void> {
    const home = this.#home;
    if (home === undefined || (home.catalogue === catalogue && this.#isSaved)) return;
    try {
      await this.#write({ ...home, catalogue });
      this.#isSaved = true;
    } catch (error) {
      if (!["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
      this.#home = { ...home, catalogue };
      this.#isSaved = false;
    }
  }

  async #write(home: Home): Promise<void> {
    await this.#writeFile(this.#path, JSON.stringify(home));
    this.#home = home;
  }
}

/**
 * Lets a node whose agent is stopped join any pool, and believe its catalogue as it is. Answers whether it belonged to one.
 *
 * @throws DvceError `DVCE_STORE_LOCKED` while the agent runs
 */
export async function forgetPool(dataDirectory: string): Promise<boolean> {
  const path = join(dataDirectory, fileName);
  const belongs = await readFile(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (!belongs) return false;
  await mkdir(join(dataDirectory, storeName), { recursive: true });
  const lock = lockDirectory(join(dataDirectory, storeName));
  try {
    await rm(path);
  } finally {
    lock.release();
  }
  return true;
}

const otherPool = (mine: string, other: string, dataDirectory: string): DvceError =>
  new DvceError(
    "DVCE_POOL_MISMATCH",
    `This node belongs to pool ${mine}, but its controller leads pool ${other}: it has another or a new database. ` +
      `Give the controller the pool's database again. ${howToForget(dataDirectory)}`,
  );

const howToForget = (dataDirectory: string): string =>
  "If the node is to join whatever pool the controller leads, which drops its chunks that this pool does not list, " +
  `stop the agent and run \`dvce node forget-pool ${dataDirectory}\`.`;
