import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";
import { Random } from "../support/random";

/** The harness itself: that it repeats, that it changes, and that it catches what it is for. */
describe("the fuzz harness", () => {
  const input = Buffer.from(Array.from({ length: 96 }, (_, i) => i));

  it("makes the same input from the same seed, and changes nearly every input", () => {
    let unchanged = 0;
    for (let seed = 0; seed < 1000; seed++) {
      const once = mutate(new Random(seed), input);
      expect(once.equals(mutate(new Random(seed), input))).toBe(true);
      if (once.equals(input)) unchanged++;
    }
    expect(unchanged).toBeLessThan(100);
    expect(input.every((byte, i) => byte === i)).toBe(true);
  });

  it.each([0, 1, 3])("takes an input of %d bytes", (length) => {
    for (let seed = 0; seed < 1000; seed++) mutate(new Random(seed), Buffer.alloc(length));
  });

  it("catches a parser that believes a length, and names the input's seed", async () => {
    const parser = (bytes: Buffer) => bytes.subarray(1).readUInt8(bytes.readUInt8(0));
    const valid = Buffer.from([3, 1, 2, 3, 4]);
    await expect(
      fuzz({ suite: "fuzz harness", inputs: 1000, attempt: (random) => void parser(mutate(random, valid)) }),
    ).rejects.toThrow(/DVCE_TEST_SEED=\d+ DVCE_FUZZ_INPUTS=1/);
  });

  it("catches a parser that keeps what it was given", async () => {
    const kept: Buffer[] = [];
    const attempt = () => void kept.push(Buffer.alloc(16 * 1024, 1));
    await expect(fuzz({ suite: "fuzz harness", inputs: 10_000, attempt })).rejects.toThrow(/memory grew/);
  });
});
