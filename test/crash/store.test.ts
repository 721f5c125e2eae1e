/**
 * Crashes under four writers: whatever the store acknowledged is found again, whole, and nothing is left over. Set
 * DVCE_CRASH_SEED to repeat a run and DVCE_CRASH_ROUNDS for a longer one.
 */
import { randomInt } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LoopDisk } from "./loop-disk";
import { inspect, runUntilCrash } from "./round";

const seed = Number(process.env.DVCE_CRASH_SEED ?? randomInt(2 ** 31));
const rounds = Number(process.env.DVCE_CRASH_ROUNDS ?? 20);
jest.setTimeout(120_000 + rounds * 20_000);
beforeAll(() => process.stderr.write(`crash suite: DVCE_CRASH_SEED=${seed} DVCE_CRASH_ROUNDS=${rounds}\n`));

/** Pauses before the crash, 0 to 250 ms, that follow from the seed. */
const pauseMs = (round: number) => (Math.imul(seed ^ (round * 0x9e3779b1), 0x85ebca6b) >>> 8) % 250;

/** Chunk numbers of one round never meet those of another. */
const chunksARound = 1_000_000;

async function expectNoLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory)) expect(name).toMatch(/^(lock|\d{8}\.(pack|index))$/);
}

it(`loses nothing acknowledged to ${rounds} times kill -9`, async () => {
  const directory = await mkdtemp(join(tmpdir(), "dvce-kill-"));
  try {
    const acknowledged: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const firstChunk = round * chunksARound;
      const crash = async (writer: { kill(signal: "SIGKILL"): boolean }) => void writer.kill("SIGKILL");
      acknowledged.push(
        ...(await runUntilCrash({
          directory,
          seed,
          firstChunk,
          variant: "durable",
          runMs: pauseMs(round),
          crash,
        })),
      );
      const verdict = await inspect(directory, seed, acknowledged.slice(-300));
      expect(verdict).toMatchObject({ lost: [], wrong: [] });
      expect(verdict.openMs).toBeLessThan(2000);
      await expectNoLeftovers(directory);
    }
    const verdict = await inspect(directory, seed, acknowledged);
    expect(verdict).toMatchObject({ lost: [], wrong: [] });
    expect(acknowledged.length).toBeGreaterThanOrEqual(rounds * 3);
  } finally {
    await rm(directory, { recursive: true });
  }
});

/** One run on a disk of its own; returns what was lost or wrong over all rounds. */
async function cutPowerOften(variant: "durable" | "broken", times: number) {
  const disk = await LoopDisk.make(1024 * 1024 * 1024);
  let lost = 0;
  let wrong = 0;
  let acknowledgedCount = 0;
  try {
    const directory = join(disk.mountPoint, "store");
    const acknowledged: number[] = [];
    for (let round = 0; round < times; round++) {
      const crash = () => disk.cutPower();
      const now = await runUntilCrash({
        directory,
        seed,
        firstChunk: round * chunksARound,
        variant,
        runMs: pauseMs(round),
        crash,
      });
      acknowledgedCount += now.length;
      acknowledged.push(...now);
      await disk.unmount();
      await disk.mount();
      const verdict = await inspect(directory, seed, acknowledged);
      lost += verdict.lost.length;
      wrong += verdict.wrong.length;
      if (variant === "durable") {
        expect(verdict).toMatchObject({ lost: [], wrong: [] });
        expect(verdict.openMs).toBeLessThan(2000);
        await expectNoLeftovers(directory);
      }
    }
  } finally {
    await disk.remove();
  }
  return { lost, wrong, acknowledgedCount };
}

it(`loses nothing acknowledged to ${rounds} power cuts`, async () => {
  const { lost, wrong, acknowledgedCount } = await cutPowerOften("durable", rounds);
  expect({ lost, wrong }).toEqual({ lost: 0, wrong: 0 });
  expect(acknowledgedCount).toBeGreaterThanOrEqual(rounds * 3);
});

it("would notice a store that does not sync", async () => {
  const { lost, wrong } = await cutPowerOften("broken", 3);
  expect(lost).toBeGreaterThan(0);
  expect(wrong).toBe(0);
});
