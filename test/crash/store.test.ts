/**
 * Crashes under four writers: whatever the store acknowledged is found again, whole, and nothing is left over.
 * DVCE_TEST_SEED repeats a run; `npm run test:long` runs the whole number of rounds.
 */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announceSeed } from "../support/random";
import { roundsOf } from "../support/rounds";
import { bundleProgram } from "./bundle";
import { LoopDisk } from "./loop-disk";
import { inspect, runUntilCrash } from "./round";

const seed = announceSeed("crash");
const rounds = roundsOf({ short: 25, long: 1000 });
jest.setTimeout(120_000 + rounds * 20_000);

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => void (program = await bundleProgram("writer")));
afterAll(() => program.remove());

/** Pauses before the crash, 0 to 250 ms, that follow from the seed. */
const pauseMs = (round: number) => (Math.imul(seed ^ (round * 0x9e3779b1), 0x85ebca6b) >>> 8) % 250;

/** Chunk numbers of one round never meet those of another. */
const chunksARound = 1_000_000;
/** Rounds on one store, which is then looked at as a whole and begun afresh. */
const roundsAStore = 40;
/** What is looked for after each round, besides. */
const latest = 400;

/** A place for stores whose crash is a kill or a power cut. */
interface Place {
  readonly directory: string;
  crash(writer: { kill(signal: "SIGKILL"): boolean }): Promise<bigint | undefined>;
  /** After the crash, before the next start. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

async function killed(): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "dvce-kill-"));
  return {
    directory,
    async crash(writer) {
      writer.kill("SIGKILL");
      return undefined;
    },
    restart: async () => undefined,
    remove: () => rm(directory, { recursive: true }),
  };
}

async function powerless(): Promise<Place> {
  const disk = await LoopDisk.make(1024 * 1024 * 1024);
  return {
    directory: join(disk.mountPoint, "store"),
    crash: () => disk.cutPower(),
    async restart() {
      await disk.unmount();
      await disk.mount();
    },
    remove: () => disk.remove(),
  };
}

interface Outcome {
  lost: number;
  wrong: number;
  acknowledged: number;
  leftovers: string[];
  openMs: number[];
}

/** Crashes and looks, over and over. */
async function crashOften(makePlace: () => Promise<Place>, variant: string, times: number): Promise<Outcome> {
  const outcome: Outcome = { lost: 0, wrong: 0, acknowledged: 0, leftovers: [], openMs: [] };
  for (let round = 0; round < times;) {
    const place = await makePlace();
    try {
      const acknowledged: number[] = [];
      const look = async (numbers: readonly number[]) => {
        const verdict = await inspect(place.directory, seed, numbers);
        outcome.lost += verdict.lost.length;
        outcome.wrong += verdict.wrong.length;
        outcome.openMs.push(verdict.openMs);
        const names = await readdir(place.directory);
        outcome.leftovers.push(...names.filter((name) => !/^(lock|\d{8}\.(pack|index))$/.test(name)));
      };
      for (let i = 0; i < roundsAStore && round < times; i++, round++) {
        const now = await runUntilCrash({
          program: program.path,
          directory: place.directory,
          seed,
          firstChunk: round * chunksARound,
          variant,
          runMs: pauseMs(round),
          crash: (writer) => place.crash(writer),
        });
        acknowledged.push(...now);
        await place.restart();
        await look(acknowledged.slice(-latest));
        if (variant !== "durable" && outcome.lost + outcome.wrong > 0) return outcome; // caught
        if (round % 100 === 99) report(`round ${round + 1} of ${times}`, outcome);
      }
      await look(acknowledged);
      outcome.acknowledged += acknowledged.length;
    } finally {
      await place.remove();
    }
  }
  report(`${times} rounds`, outcome);
  return outcome;
}

function report(what: string, { lost, wrong, acknowledged, openMs }: Outcome): void {
  const sorted = openMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  process.stderr.write(
    `crash: ${what}: ${acknowledged} chunks acknowledged, ${lost} lost, ${wrong} wrong; ` +
      `store opens in ${at(0.5)} ms (median), ${at(1)} ms (longest)\n`,
  );
}

/** The goal is 2 s; a machine that does much else must not fail for that. */
const openMsFar = 20_000;

it.each([
  ["kill -9", killed],
  ["power cuts", powerless],
])(`loses nothing acknowledged to ${rounds} times %s, and leaves nothing over`, async (_, makePlace) => {
  const outcome = await crashOften(makePlace, "durable", rounds);
  expect(outcome).toMatchObject({ lost: 0, wrong: 0, leftovers: [] });
  expect(outcome.acknowledged).toBeGreaterThanOrEqual(rounds * 3);
  expect(Math.max(...outcome.openMs)).toBeLessThan(openMsFar);
});

it.each([
  ["does not sync", powerless, "without-sync"],
  ["acknowledges before it has synced", powerless, "early-sync"],
  ["acknowledges before it has written", killed, "early-write"],
])("would notice a store that %s", async (_, makePlace, variant) => {
  const { lost, wrong } = await crashOften(makePlace, variant, 20);
  expect(lost).toBeGreaterThan(0);
  expect(wrong).toBe(0);
});
