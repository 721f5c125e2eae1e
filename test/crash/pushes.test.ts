/**
 * Pushes and drops of images on a node that collects garbage all the time, killed at any time: no chunk of an image that the node
 * knows is ever gone. DVCE_TEST_SEED repeats a run; `npm run test:long` runs the whole number of rounds.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openPackStore } from "../../service/src/store";
import { announceSeed } from "../support/random";
import { roundsOf } from "../support/rounds";
import { bundleProgram } from "./bundle";
import { imageOf } from "./push-images";

const seed = announceSeed("pushes");
const rounds = roundsOf({ short: 15, long: 200 });
jest.setTimeout(120_000 + rounds * 10_000);

const imagesARound = 100_000;
let program: Awaited<ReturnType<typeof bundleProgram>>;
let directory: string;
beforeAll(async () => void (program = await bundleProgram("pushes")));
afterAll(() => program.remove());
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-pushes-"))));
afterEach(() => rm(directory, { recursive: true }));

interface Outcome {
  /** Images that must be there, whole. */
  readonly ready: readonly number[];
  /** Images of which a chunk was gone while the node knew them. */
  readonly lost: readonly number[];
  readonly pushed: number;
}

async function runAndKill(round: number, variant: string, runMs: number): Promise<Outcome> {
  const child = spawn(
    process.execPath,
    ["--no-warnings", program.path, directory, String(seed), String(round * imagesARound), variant],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const ready = new Set<number>();
  const lost = new Set<number>();
  let pushed = 0;
  const found = Promise.withResolvers<void>();
  const lines = createInterface({ input: child.stdout });
  const closed = new Promise((resolve) => lines.once("close", resolve));
  const started = new Promise((resolve) => lines.once("line", resolve));
  lines.on("line", (line) => {
    const [what, text] = line.split(" ");
    const number = Number(text);
    if (what === "ready") {
      pushed++;
      ready.add(number);
    } else if (what === "dropping") ready.delete(number);
    else {
      lost.add(number);
      found.resolve();
    }
  });
  await Promise.race([started, closed]);
  await Promise.race([sleep(runMs, undefined, { ref: false }), found.promise]);
  child.kill("SIGKILL");
  await closed;
  expect(pushed).toBeGreaterThan(0);
  return { ready: [...ready], lost: [...lost], pushed };
}

/** Those of the images of which a chunk is gone or wrong when the store is opened again. */
async function damaged(images: Iterable<number>): Promise<number[]> {
  const store = await openPackStore(join(directory, "store"));
  const bad: number[] = [];
  for (const number of images) {
    for (const expected of imageOf(seed, number).chunks) {
      const found = await store.get(expected.digest);
      if (found?.payload.equals(expected.payload) === true) continue;
      bad.push(number);
      break;
    }
  }
  await store.close();
  return bad;
}

/** Pauses before the kill, 100 to 500 ms, that follow from the seed. */
const pauseMs = (round: number) => 100 + ((Math.imul(seed ^ (round * 0x9e3779b1), 0x85ebca6b) >>> 8) % 400);

it(`loses no chunk of a known image in ${rounds} kills`, async () => {
  const known = new Set<number>();
  let pushed = 0;
  for (let round = 0; round < rounds; round++) {
    const outcome = await runAndKill(round, "whole", pauseMs(round));
    pushed += outcome.pushed;
    expect(outcome.lost).toEqual([]);
    for (const image of outcome.ready) known.add(image);
    expect(await damaged(known)).toEqual([]);
  }
  console.info(`pushes: ${pushed} images, ${known.size} of them known at the end, none damaged`);
});

it("would lose some if the collector did not hear of versions that come while it collects", async () => {
  const { lost } = await runAndKill(0, "deaf", 60_000);
  expect(lost).not.toEqual([]);
});
