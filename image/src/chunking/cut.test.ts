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
  fileBlocksMin: 3,
};
const byCrcAlone: ChunkingParameters = { ...small, fileBlocksMin: 0 };

/** A block of one kind of bytes, the kinds 8 and 9 with eight and nine zeros at the end, as a file's last block has them. */
const block = (kind: number) => Buffer.alloc(512, kind).fill(0, kind < 8 ? 512 : 512 - kind);

/** Blocks of few kinds, so that equal and zero blocks are frequent; perhaps a short block at the end. */
const runs = fc
  .tuple(fc.array(fc.nat(9), { maxLength: 80 }), fc.nat(511), fc.nat(1))
  .map(([kinds, tail, kind]) => Buffer.concat([...kinds.map(block), Buffer.alloc(tail, kind)]));

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
          at = end;
        }
        expect(isZero(run, at, run.length)).toBe(true);
      }),
    );
  });

  it("without files, ends a chunk below its minimum before zeros only", () => {
    fc.assert(
      fc.property(runs, (run) => {
        for (const [start, end] of cut(run, byCrcAlone)) {
          if (end - start >= 2 * 512 || end >= run.length) continue;
          expect(isZero(run, end, Math.min(run.length, end + 512))).toBe(true);
        }
      }),
    );
  });

  it("gives small files chunks together, and a larger one a chunk of its own", () => {
    const file = (kinds: string) => [...kinds].map((kind) => block(Number(kind)));
    const noCrc = { ...small, cutThreshold: 0, chunkBlocksMax: 8 };
    // Lower digits are inner blocks, 8 and 9 end a file; files below three blocks are small, 0 is a hole.
    const run = Buffer.concat(
      file("8" + "18" + "29" + "8" + "9" + "1238" + "8" + "18" + "12345" + "8" + "0" + "8"),
    );
    const chunks: string[] = [];
    for (const [start, end] of cut(run, noCrc)) chunks.push(run.toString("latin1", start, end));
    const texts = (...list: string[]) => list.map((kinds) => Buffer.concat(file(kinds)).toString("latin1"));
    expect(chunks).toEqual(texts("818", "298", "9", "1238", "818", "123458", "8"));
  });

  it("gives a larger file the same chunks whatever stands before and after it", () => {
    const body = pseudoRandom(30 * 512).fill(0, 30 * 512 - 40);
    const inner = new Set(cut(body).map(([s, e]) => body.toString("latin1", s, e)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), fc.nat(20), (kinds, after) => {
        const before = Buffer.concat([...kinds.map(block), block(8)]);
        const run = Buffer.concat([before, body, pseudoRandom(after * 512, 3)]);
        const found = new Set(cut(run).map(([s, e]) => run.toString("latin1", s, e)));
        for (const chunk of inner) expect(found.has(chunk)).toBe(true);
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
    expect(shared).toBeGreaterThanOrEqual(first.size - 4);
  });

  it("makes chunks of 31 blocks on average, less what the maximum takes, where no file ends", () => {
    const data = pseudoRandom(32 * 1024 * 1024);
    const average = data.length / cut(data, defaultChunking).length / 4096;
    expect(average).toBeGreaterThan(25);
    expect(average).toBeLessThan(33);
  });
});
