/**
 * The process that the collection suite kills: four ingests into a store while a collection runs all the time. An ingest
 * asks which chunks are there and holds them, puts the others, and then commits: it appends a line to the file of
 * references, syncs it, and says so. Only then do its chunks count as referenced. The process keeps the newest commits and
 * gives up older ones, so that there is always something to collect.
 *
 * Arguments: directory, seed, number of the first ingest, variant: `durable`; `no-grace` collects what is not referenced
 * yet; `no-hold` asks which chunks are there without holding them. The wrong ones have to be caught.
 */
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ChunkStore, openPackStore } from "../../service/src/store";
import { Random } from "../support/random";
import { referencesFile, sharedChunk, type Commit, liveCommits } from "./references";

/** Two rounds of {@link IngestClock}: longer than any ingest takes, however slow the machine is. */
const graceMs = 2000;

/**
 * A clock of which a second passes when every ingest that ran when it last moved has ended. So an ingest sees it move once at
 * most, and time nevertheless flies.
 */
class IngestClock {
  #rounds = 0;
  #older = 0;
  #younger = 0;

  readonly monotonicMs = (): number => this.#rounds * 1000;

  /** Answers what to call when the ingest has ended. */
  begin(): () => void {
    const round = this.#rounds;
    this.#younger++;
    return () => {
      if (round === this.#rounds) this.#younger--;
      else this.#older--;
      if (this.#older > 0) return;
      this.#rounds++;
      [this.#older, this.#younger] = [this.#younger, 0];
    };
  }
}

async function main(): Promise<void> {
  const [directory = "", seed = "", first = "", variant = ""] = process.argv.slice(2);
  const clock = new IngestClock();
  const store = await openPackStore(directory, {
    packSizeBytesMax: 1024 * 1024, // small, so that there are many to compact
    monotonicMs: clock.monotonicMs,
  });
  const path = join(directory, "..", referencesFile);
  const before = await readFile(path, "utf8").catch(() => "");
  const commits: Commit[] = liveCommits(before);
  const file = await open(path, "a");
  let next = Number(first);
  let writing = Promise.resolve();

  const commit = (entry: Commit): Promise<void> => {
    writing = writing.then(async () => {
      await file.write(`${JSON.stringify(entry)}\n`);
      await file.datasync();
    });
    return writing;
  };

  const ingest = async (): Promise<void> => {
    for (;;) {
      const end = clock.begin();
      const number = next++;
      const random = new Random(Number(seed) + number * 7919);
      // Many ingests share chunks: what one wants, another may just have given up.
      const wanted = Array.from({ length: 12 }, () => random.below(400));
      const chunks = wanted.map((i) => sharedChunk(Number(seed), i));
      const digests = chunks.map(({ digest }) => digest);
      const present = new Set(
        variant === "no-hold" ? digests.filter((digest) => store.has(digest)) : store.hold(digests),
      );
      await new Promise((resolve) => setTimeout(resolve, random.below(10)));
      await store.put(chunks.filter(({ digest }) => !present.has(digest)));
      await new Promise((resolve) => setTimeout(resolve, random.below(10)));
      const entry = { number, chunks: wanted };
      await commit(entry);
      commits.push(entry);
      end();
      process.stdout.write(`${number}\n`);
    }
  };

  await Promise.all([ingest(), ingest(), ingest(), ingest(), collectAlways(store, variant, commits, commit)]);

  async function collectAlways(
    into: ChunkStore,
    how: string,
    live: Commit[],
    write: (entry: Commit) => Promise<void>,
  ): Promise<void> {
    for (;;) {
      // Older commits are given up, durably so before anything is collected.
      const gone = live.splice(0, Math.max(0, live.length - 8));
      for (const { number } of gone) await write({ number, chunks: [] });
      const referenced = (): Set<string> =>
        new Set(live.flatMap(({ chunks }) => chunks.map((i) => sharedChunk(Number(seed), i).digest)));
      let names = referenced();
      let known = live.length;
      await into.collect({
        isReferenced: (digest) => {
          if (live.length !== known) [names, known] = [referenced(), live.length];
          return names.has(digest.toString("hex"));
        },
        graceMs: how === "no-grace" ? 0 : graceMs,
      });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
  process.exit(1);
});
