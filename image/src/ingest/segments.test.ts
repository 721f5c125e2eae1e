import fc from "fast-check";
import { defaultChunking } from "../chunking/parameters";
import type { DataExtent } from "../source/image-source";
import { type Segment, segments } from "./segments";

const chunking = { ...defaultChunking, blockSizeBytes: 16, segmentSizeBytes: 64 };

async function segmentsOf(sizeBytes: number, extents: readonly DataExtent[]): Promise<Segment[]> {
  const source = {
    sizeBytes,
    async *dataExtents() {
      yield* extents;
    },
  };
  const found: Segment[] = [];
  for await (const segment of segments(source, chunking)) found.push(segment);
  return found;
}

/** Lengths of gap and data, in turn. */
const layout = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 150 })), { maxLength: 12 });

it("covers just the blocks that hold data, in order, and no more of any segment", async () => {
  await fc.assert(
    fc.asyncProperty(layout, fc.nat(40), async (pairs, tail) => {
      const extents: DataExtent[] = [];
      let at = 0;
      for (const [gap, lengthBytes] of pairs) {
        extents.push({ offsetBytes: at + gap, lengthBytes });
        at += gap + lengthBytes;
      }
      const sizeBytes = at + tail;
      const blocks = new Set<number>();
      for (const { offsetBytes, lengthBytes } of extents) {
        for (let byte = offsetBytes; byte < offsetBytes + lengthBytes; byte++)
          blocks.add(Math.floor(byte / 16));
      }
      const covered: number[] = [];
      for (const segment of await segmentsOf(sizeBytes, extents)) {
        expect(segment.offsetBytes % 64).toBe(0);
        let end = -1;
        for (const run of segment.runs) {
          const stop = run.offsetBytes + run.lengthBytes;
          expect(run.offsetBytes % 16).toBe(0);
          expect(run.offsetBytes).toBeGreaterThan(end); // runs that touch are one
          expect(run.offsetBytes).toBeGreaterThanOrEqual(segment.offsetBytes);
          expect(stop).toBeLessThanOrEqual(Math.min(segment.offsetBytes + 64, sizeBytes));
          expect(stop === sizeBytes || stop % 16 === 0).toBe(true);
          for (let block = run.offsetBytes; block < stop; block += 16) covered.push(block / 16);
          end = stop;
        }
      }
      expect(covered).toEqual([...blocks].sort((a, b) => a - b));
    }),
  );
});

it("gives the same however finely the source divides its data", async () => {
  await fc.assert(
    fc.asyncProperty(layout, fc.integer({ min: 1, max: 70 }), async (pairs, pieceBytes) => {
      const whole: DataExtent[] = [];
      const pieces: DataExtent[] = [];
      let at = 0;
      for (const [gap, lengthBytes] of pairs) {
        at += gap;
        whole.push({ offsetBytes: at, lengthBytes });
        for (let done = 0; done < lengthBytes; done += pieceBytes) {
          pieces.push({ offsetBytes: at + done, lengthBytes: Math.min(pieceBytes, lengthBytes - done) });
        }
        at += lengthBytes;
      }
      expect(await segmentsOf(at + 7, pieces)).toEqual(await segmentsOf(at + 7, whole));
    }),
  );
});
