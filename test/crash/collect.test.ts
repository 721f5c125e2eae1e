/**
 * Collections race ingests and kill -9: no chunk that a committed ingest refers to is ever deleted. DVCE_TEST_SEED repeats
 * a run; `npm run test:long` runs the whole number of rounds.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPackStore } from "../../service/src/store";
import { announceSeed } from "../support/random";
import { roundsOf } from "../support/rounds";
import { bundleProgram } from "./bundle";
import { liveCommits, referencesFile, sharedChunk } from "./references";
import { runUntilCrash } from "./round";

const seed = announceSeed("collection");
const rounds = roundsOf({ short: 20, long: 200 });
jest.setTimeout(120_000 + rounds * 20_000);

let program: Awaited<ReturnType<typeof bundleProgram>>;
let directory: string;
beforeAll(async () => void (program = await bundleProgram("collector")));
afterAll(() => program.remove());
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-collect-"))));
afterEach(() => rm(directory, { recursive: true }));

interface Outcome {
  /** Chunks that a commit refers to and the store does not have as they were put. */
  missing: number;
  commits: number;
  /** Chunks that were in the store once and are not any more. */
  collected: number;
}

async function race(variant: string, times: number): Promise<Outcome> {
  const outcome: Outcome = { missing: 0, commits: 0, collected: 0 };
  const store = join(directory, "store");
  const seen = new Set<string>();
  for (let round = 0; round < times; round++) {
    const committed = await runUntilCrash({
      program: program.path,
      directory: store,
      seed,
      firstChunk: round * 100_000,
      variant,
      runMs: 200 + ((Math.imul(seed ^ round, 0x85ebca6b) >>> 8) % 300),
      async crash(writer) {
        writer.kill("SIGKILL");
        return undefined;
      },
    });
    outcome.commits += committed.length;
    const live = liveCommits(await readFile(join(directory, referencesFile), "utf8"));
    const opened = await openPackStore(store);
    for (const i of new Set(live.flatMap(({ chunks }) => chunks))) {
      const expected = sharedChunk(seed, i);
      const found = await opened.get(expected.digest);
      if (found === undefined || !found.payload.equals(expected.payload)) outcome.missing++;
    }
    const present = new Set(opened.digests());
    for (const digest of seen) if (!present.has(digest)) outcome.collected++;
    seen.clear();
    for (const digest of present) seen.add(digest);
    await opened.close();
    if (variant !== "durable" && outcome.missing > 0) break; // caught
  }
  process.stderr.write(
    `collection (${variant}): ${outcome.commits} ingests, ${outcome.collected} chunks collected for good, ` +
      `${outcome.missing} referenced ones missing\n`,
  );
  return outcome;
}

it(`deletes no referenced chunk in ${rounds} races with ingest and kill -9`, async () => {
  const { missing, commits, collected } = await race("durable", rounds);
  expect(missing).toBe(0);
  expect(commits).toBeGreaterThan(rounds * 4);
  expect(collected).toBeGreaterThan(0);
});

it.each(["no-grace", "no-hold"])("would notice %s", async (variant) => {
  expect((await race(variant, 20)).missing).toBeGreaterThan(0);
});
