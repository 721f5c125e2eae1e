import { collectGarbage } from "./garbage";
import { announceSeed, Random } from "../../support/random";

export interface FuzzOptions {
  readonly suite: string;
  /** Default 100,000, or DVCE_FUZZ_INPUTS. */
  readonly inputs?: number;
  /** Gives one input to the code under test. Whatever it throws fails the run, with the input's seed. */
  readonly attempt: (random: Random) => void | Promise<void>;
}

/** Beyond what the garbage collector leaves standing; a leak of 1 KiB an input shows as 100 MiB. */
const growthBytesMax = 64 * 1024 * 1024;

/**
 * Gives many inputs, each from a seed of its own, which a failure names: DVCE_TEST_SEED with DVCE_FUZZ_INPUTS=1 repeats it.
 * Fails also when memory has grown at the end, measured between the first tenth of the inputs and the last.
 */
export async function fuzz(options: FuzzOptions): Promise<void> {
  const seed = announceSeed(options.suite);
  const inputs = Number(process.env["DVCE_FUZZ_INPUTS"] ?? options.inputs ?? 100_000);
  let usedBytes: number | undefined;
  for (let i = 0; i < inputs; i++) {
    const inputSeed = (seed + i) >>> 0;
    try {
      await options.attempt(new Random(inputSeed));
    } catch (cause) {
      const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      throw new Error(`${options.suite}: DVCE_TEST_SEED=${inputSeed} DVCE_FUZZ_INPUTS=1 fails: ${why}`, {
        cause,
      });
    }
    if (i === Math.floor(inputs / 10)) usedBytes = await memoryBytes();
  }
  const grownBytes = (await memoryBytes()) - (usedBytes ?? 0);
  if (inputs > 10 && grownBytes > growthBytesMax)
    throw new Error(`${options.suite}: memory grew by ${grownBytes} bytes over ${inputs} inputs`);
}

async function memoryBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
