/**
 * Power cuts while a base file is filled: what its map says is in it is in it, and is the image's. DVCE_TEST_SEED repeats
 * a run; `npm run test:long` runs the whole number of rounds.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { readMap } from "../../service/src/base/base-map";
import { announceSeed, Random } from "../support/random";
import { roundsOf } from "../support/rounds";
import { crashImage } from "./base-image";
import { bundleProgram } from "./bundle";
import { LoopDisk } from "./loop-disk";

const seed = announceSeed("base files under power cuts");
const rounds = roundsOf({ short: 20, long: 200 });
const image = crashImage(seed);
jest.setTimeout(60_000 + rounds * 10_000);

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => void (program = await bundleProgram("base-filler")));
afterAll(() => program.remove());

type Variant = "durable" | "broken";

/** Fills until the power is cut. Resolves when the process has ended. */
async function fillUntilPowerCut(
  disk: LoopDisk,
  round: number,
  variant: Variant,
  runMs: number,
): Promise<void> {
  const args = [join(disk.mountPoint, "base"), String(seed), String(round), variant];
  const filler = spawn(process.execPath, ["--no-warnings", program.path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  filler.stderr.on("data", (data: Buffer) => (said += data.toString()));
  // After all that it wrote was read; "exit" may come before that.
  const ended = once(filler, "close");
  const lines = createInterface({ input: filler.stdout });
  await Promise.race([
    once(lines, "line"),
    ended.then(([code, signal]) => {
      throw new Error(`the filler ended before it had written a map: ${String(code ?? signal)}, ${said}`);
    }),
  ]);
  await sleep(runMs);
  await disk.cutPower();
  filler.kill("SIGKILL");
  await ended;
}

/** Extents that the map promises and how many of those the file does not hold. */
async function inspect(directory: string): Promise<{ promised: number; wrong: number }> {
  const bits = await readMap(join(directory, "base.map"), image.index);
  if (bits === undefined) return { promised: 0, wrong: 0 };
  const raw = await readFile(join(directory, "base.raw"));
  let promised = 0;
  let wrong = 0;
  for (let i = 0; i < image.index.extentCount; i++) {
    if ((((bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 0) continue;
    promised++;
    const { offsetBytes, lengthBytes } = image.index.extentAt(i);
    const end = offsetBytes + lengthBytes;
    if (!raw.subarray(offsetBytes, end).equals(image.bytes.subarray(offsetBytes, end))) wrong++;
  }
  return { promised, wrong };
}

async function cutPowerOften(variant: Variant, times: number): Promise<{ promised: number; wrong: number }> {
  const disk = await LoopDisk.make(256 * 1024 * 1024);
  const random = new Random(seed);
  const total = { promised: 0, wrong: 0 };
  try {
    const directory = join(disk.mountPoint, "base");
    await mkdir(directory);
    for (let round = 0; round < times; round++) {
      await fillUntilPowerCut(disk, round, variant, random.below(150));
      await disk.unmount();
      await disk.mount();
      const found = await inspect(directory);
      total.promised += found.promised;
      total.wrong += found.wrong;
      for (const name of await readdir(directory))
        expect(name).toMatch(/^(base\.(raw|map)|\.tmp-base\.map-.*)$/);
      // Rounds go on with what the one before left; now and then from nothing, so that they never run out of work.
      if (random.below(4) === 0 || found.promised > image.index.extentCount * 0.8) {
        await rm(directory, { recursive: true });
        await mkdir(directory);
      }
    }
  } finally {
    await disk.remove();
  }
  return total;
}

it(`promises nothing that ${rounds} power cuts take away`, async () => {
  const { promised, wrong } = await cutPowerOften("durable", rounds);
  expect(wrong).toBe(0);
  expect(promised).toBeGreaterThan(rounds);
});

it("would notice a map that is written before the data is safe", async () => {
  expect((await cutPowerOften("broken", 4)).wrong).toBeGreaterThan(0);
});
