import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDvceError } from "@dvce/api";
import { type ChunkNumbers, makeChunkNumbers, type NumbersPlace } from "./chunk-numbers";
import { chunkRecordSizeBytes } from "./format";
import { MemoryIndexBytes } from "./index-bytes";
import { PageCache } from "./page-cache";

const digest = (i: number) => createHash("sha256").update(`chunk ${i}`).digest();

function recordsOf(digests: readonly Buffer[]): Buffer {
  return Buffer.concat(digests.map((one) => Buffer.concat([one, Buffer.alloc(4, 1)])));
}

function make(records: Buffer, place: NumbersPlace, windowPages?: number): ChunkNumbers {
  const count = records.length / chunkRecordSizeBytes;
  const table = new MemoryIndexBytes(records).records(0, count, chunkRecordSizeBytes);
  const pieceBytes = 1000 * chunkRecordSizeBytes;
  const scan = function* () {
    for (let at = 0; at < records.length; at += pieceBytes) yield records.subarray(at, at + pieceBytes);
  };
  const steps = makeChunkNumbers(table, count, scan, place, windowPages);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe.each(["in memory", "in a file", "in a file, window by window"])("ChunkNumbers %s", (kind) => {
  let directory = "";
  beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "dvce-numbers-"))));
  afterAll(() => rmSync(directory, { recursive: true }));
  const cache = new PageCache(64 * 1024);
  let files = 0;
  const place = (): NumbersPlace =>
    kind === "in memory" ? undefined : { fd: openSync(join(directory, `${files++}`), "wx+"), cache };
  const windowPages = kind === "in a file, window by window" ? 3 : undefined;

  it.each([0, 1, 20_000])("finds each of %d chunks, and no other", (count) => {
    const records = recordsOf(Array.from({ length: count }, (_, i) => digest(i)));
    const numbers = make(records, place(), windowPages);
    for (let i = 0; i < count; i++) expect(numbers.find(records, i * chunkRecordSizeBytes)).toBe(i);
    for (let i = count; i < count + 2000; i++) expect(numbers.find(digest(i), 0)).toBe(-1);
    numbers.close();
  });

  it("refuses a chunk that stands there twice, wherever", () => {
    for (const [first, second] of [
      [0, 1],
      [0, 19_999],
      [7000, 12_345],
    ] as const) {
      const digests = Array.from({ length: 20_000 }, (_, i) => digest(i === second ? first : i));
      const used = place();
      let caught: unknown;
      try {
        make(recordsOf(digests), used, windowPages);
      } catch (error) {
        caught = error;
      }
      expect(isDvceError(caught, "DVCE_INDEX_INVALID") && caught.message).toContain(
        `chunk ${second} stands there twice`,
      );
      if (used !== undefined) closeSync(used.fd);
    }
  });
});
