import fc from "fast-check";
import { pseudoRandom } from "../../../test/support/pseudo-random";
import { cutRun, isZero } from "./cut";
import { type ChunkingParameters, defaultChunking } from "./parameters";

const small: ChunkingParameters = {
  blockSizeBytes: 512,
  chunkBlocksMin: 2,
  chunkBlocksMax: 5,
  cutThreshold: Math.floor(2 ** 32 / 3),
  segmentSizeBytes: 64 * 512,
};

/** Blocks of few kinds, so that equal and zero blocks are frequent; perhaps a short block at the end. */
const runs = fc
  .tuple(fc.array(fc.nat(6), { maxLength: 80 }), fc.nat(511))
  .map(([kinds, tail]) => Buffer.concat([...kinds.map((k) => Buffer.alloc(512, k)), Buffer.alloc(tail, 7)]));

function cut(run: Buffer, parameters = small): [number, number][] {
  const chunks: [number, number][] = [];
  cutRun(run, parameters, (start, end) => chunks.push([start, end]));
  return chunks;
}

describe("cutRun", () => {
  it("covers every byte but zero blocks, in order, within its bounds", () => {
    fc.assert(
      fc.property(runs, (run) => {
        let at = 0;
        for (const [start, end] of cut(run)) {
          expect(isZero(run, at, start)).toBe(true);
          expect(start % 512).toBe(0);
          expect(end - start).toBeGreaterThan(0);
          expect(end - start).toBeLessThanOrEqual(5 * 512);
          for (let block = start; block < end; block += 512) {
            expect(isZero(run, block, Math.min(end, block + 512))).toBe(false);
          }
          const isShort = end - start < 2 * 512;
          const beforeZero = end >= run.length || isZero(run, end, Math.min(run.length, end + 512));
          if (isShort) expect(beforeZero).toBe(true);
          at = end;
        }
        expect(isZero(run, at, run.length)).toBe(true);
      }),
    );
  });

  it("gives the same chunks when a zero block divides what it was given", () => {
    fc.assert(
      fc.property(runs, fc.nat(10), runs, (left, zeros, right) => {
        const aligned = left.subarray(0, left.length - (left.length % 512));
        const gap = aligned.length + (zeros + 1) * 512;
        const whole = Buffer.concat([aligned, Buffer.alloc((zeros + 1) * 512), right]);
        const apart = [...cut(aligned), ...cut(right).map(([s, e]): [number, number] => [s + gap, e + gap])];
        expect(cut(whole)).toEqual(apart);
      }),
    );
  });

  it("finds the same chunks again behind inserted blocks", () => {
    const data = pseudoRandom(4 * 1024 * 1024);
    const shifted = Buffer.concat([pseudoRandom(3 * 4096, 9), data]);
    const texts = (run: Buffer) =>
      new Set(cut(run, defaultChunking).map(([s, e]) => run.toString("latin1", s, e)));
    const first = texts(data);
    const second = texts(shifted);
    const shared = [...first].filter((text) => second.has(text)).length;
    expect(shared).toBeGreaterThanOrEqual(first.size - 3);
  });

  it("makes chunks of 64 KiB on average", () => {
    const data = pseudoRandom(16 * 1024 * 1024);
    const average = data.length / cut(data, defaultChunking).length / 1024;
    expect(average).toBeGreaterThan(55);
    expect(average).toBeLessThan(73);
  });
});
