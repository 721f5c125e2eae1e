import { digestOf, ImageIndex, IndexBuilder } from "@dvce/image";
import fc from "fast-check";
import { readdirSync, readSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, truncate, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFile, type BaseFileOptions } from "./base-file";
import { encodeMap } from "./base-map";
import { BaseReader } from "./base-reader";
import { chunkInFile } from "./chunk-in-file";
import type { ChunkSupply } from "./chunk-supply";
import { Presence } from "./presence";
import { ReadLog } from "./read-log";
import { SpareMemory } from "./spare-memory";

const block = 4096;

/** An image of data, holes, a chunk that appears twice and part of a chunk; and the bytes it stands for. */
function sample(salt = 0) {
  const chunks = Array.from({ length: 12 }, (_, i) => Buffer.alloc((1 + (i % 3)) * block, i + 1 + salt));
  const image = Buffer.alloc(60 * block);
  const builder = new IndexBuilder(image.length);
  const numbers: Buffer[] = [];
  let at = 0;
  const add = (chunk: Buffer, offsetInChunk: number, lengthBytes: number) => {
    const isNew = builder.add(Buffer.from(digestOf(chunk), "hex"), chunk.length, {
      offsetBytes: at,
      offsetInChunk,
      lengthBytes,
    });
    if (isNew) numbers.push(chunk);
    chunk.copy(image, at, offsetInChunk, offsetInChunk + lengthBytes);
    at += lengthBytes;
  };
  chunks.forEach((chunk, i) => {
    add(chunk, 0, chunk.length);
    if (i % 4 === 1) at += 2 * block;
  });
  for (const chunk of chunks.slice(0, 2)) add(chunk, 0, chunk.length);
  const third = chunks[2];
  if (third) add(third, block, block);
  return { image, index: builder.build(), numbers };
}

const { image, index, numbers } = sample();
const all = Array.from({ length: index.extentCount }, (_, i) => i);
let folder: string;
let reads: number[];
let compared: number[];
let writeErrors: unknown[];

const supply = (changes: Partial<ChunkSupply> = {}): ChunkSupply => ({
  isLocal: () => false,
  decodeInto: async () => "absent",
  read: async (_index, chunk) => {
    reads.push(chunk);
    await new Promise((resolve) => setTimeout(resolve, chunk % 3));
    return numbers[chunk] ?? Buffer.alloc(0);
  },
  isIn: async (fd, of, chunk, offsetBytes) => {
    compared.push(chunk);
    const bytes = Buffer.alloc(of.chunkSizeBytes(chunk));
    readSync(fd, bytes, 0, bytes.length, offsetBytes);
    return digestOf(bytes) === of.chunkDigest(chunk);
  },
  hurry: () => undefined,
  ...changes,
});

const rawPath = () => join(folder, "base.raw");
const mapPath = () => join(folder, "base.map");
const open = (changes: Partial<BaseFileOptions> = {}) =>
  BaseFile.open({
    rawPath: rawPath(),
    mapPath: mapPath(),
    index,
    supply: supply(),
    spare: new SpareMemory(1024 * 1024),
    backed: false,
    onWriteFailed: (error) => writeErrors.push(error),
    ...changes,
  });

function readerOf(file: BaseFile): { read(at: number, length: number): Promise<Buffer>; close(): void } {
  const log = new ReadLog(file.presence, (extents) => file.readsSeen(extents));
  const fill = (extents: readonly number[]) => file.fillForRead(extents);
  const reader = new BaseReader({ index, presence: file.presence, path: file.path, fill, log });
  return {
    async read(at, length) {
      const target = Buffer.alloc(length, 0xee);
      if (!reader.readNow(at, target)) await reader.read(at, target);
      return target;
    },
    close: () => reader.close(),
  };
}

async function readAll(file: BaseFile): Promise<Buffer> {
  const reader = readerOf(file);
  try {
    return await reader.read(0, image.length);
  } finally {
    reader.close();
  }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dvce-base-"));
  reads = [];
  compared = [];
  writeErrors = [];
});
afterEach(() => rm(folder, { recursive: true }));

describe("a base file", () => {
  it("answers what the image holds at any place, however reads overlap", async () => {
    const ranges = fc.array(fc.tuple(fc.nat(image.length - 1), fc.integer({ min: 1, max: 12 * block })), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(ranges, async (places) => {
        await rm(mapPath(), { force: true });
        const file = await open();
        const reader = readerOf(file);
        await Promise.all(
          places.map(async ([at, length]) => {
            const end = Math.min(at + length, image.length);
            expect((await reader.read(at, end - at)).equals(image.subarray(at, end))).toBe(true);
          }),
        );
        reader.close();
        await file.close();
      }),
      { numRuns: 60 },
    );
    expect(writeErrors).toEqual([]);
  });

  it("reads each chunk once while it is being filled, and never again afterwards", async () => {
    const file = await open();
    await Promise.all([file.fillForRead(all), file.fill(all, "background"), readAll(file)]);
    expect([...reads].sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i));
    expect((await readAll(file)).equals(image)).toBe(true);
    expect(reads).toHaveLength(numbers.length);
    await file.close();
  });

  describe("that an earlier run filled", () => {
    /** An extent that is a whole chunk, which no other extent shows. */
    const changed = all.find((number) => {
      const { chunk, lengthBytes } = index.extentAt(number);
      const shown = all.filter((other) => index.extentAt(other).chunk === chunk);
      return lengthBytes === index.chunkSizeBytes(chunk) && shown.length === 1;
    });
    if (changed === undefined) throw new Error("the sample has no such extent");
    const { chunk, offsetBytes } = index.extentAt(changed);
    const totalBytes = all.reduce((sum, number) => sum + index.extentAt(number).lengthBytes, 0);

    beforeEach(async () => {
      const file = await open();
      await file.fill(all, "background");
      await file.close();
      expect(file.whole).toBe(true);
      reads = [];
    });

    const flip = async () => {
      const raw = await readFile(rawPath());
      raw.writeUInt8(raw.readUInt8(offsetBytes + 9) ^ 4, offsetBytes + 9);
      await writeFile(rawPath(), raw);
    };

    it("is whole at once, and each extent is compared before it is first read, and not again", async () => {
      const file = await open();
      expect([file.whole, file.presentBytes]).toEqual([true, totalBytes]);
      expect((await readAll(file)).equals(image)).toBe(true);
      const count = compared.length;
      expect(count).toBeGreaterThan(0);
      expect((await readAll(file)).equals(image)).toBe(true);
      expect([compared.length, reads]).toEqual([count, []]);
      expect(file.presentBytes).toBe(totalBytes);
      await file.close();
    });

    it("gives nobody a bit that the disk has flipped, and fills what it was in again", async () => {
      await flip();
      const onChanged = jest.fn();
      const file = await open({ onChanged });
      expect((await readAll(file)).equals(image)).toBe(true);
      expect(onChanged.mock.calls).toEqual([[[changed]]]);
      expect(reads).toEqual([chunk]);
      await file.checkpoint();
      expect([file.whole, file.presentBytes]).toEqual([true, totalBytes]);
      await file.close();
      expect((await readFile(rawPath())).equals(image)).toBe(true);
    });

    it("would give that bit away if it compared nothing", async () => {
      await flip();
      const file = await open({ supply: supply({ isIn: async () => true }) });
      expect((await readAll(file)).equals(image)).toBe(false);
      await file.close();
    });

    it("fails a read of what was flipped and is to be had nowhere, until it is", async () => {
      await flip();
      const lost = { read: () => Promise.reject(new Error("nobody has it")) };
      const without = await open({ supply: supply(lost) });
      await expect(readAll(without)).rejects.toThrow("nobody has it");
      expect(without.whole).toBe(false);
      await without.close();
      const file = await open();
      expect(file.whole).toBe(false);
      expect((await readAll(file)).equals(image)).toBe(true);
      await file.close();
    });

    it("gives a whole chunk back to a store that lost it, unless it is damaged too", async () => {
      const data = await chunkInFile(rawPath(), index, chunk);
      expect(data?.equals(numbers[chunk] ?? Buffer.alloc(0))).toBe(true);
      await flip();
      expect(await chunkInFile(rawPath(), index, chunk)).toBeUndefined();
      expect(await chunkInFile(join(folder, "none"), index, chunk)).toBeUndefined();
    });
  });

  it("stays sparse where the image has holes and where nothing was read", async () => {
    const file = await open();
    await file.fill([0], "read");
    expect(file.presentBytes).toBe(index.extentAt(0).lengthBytes);
    await file.close();
    const { blocks, size } = await stat(rawPath());
    expect(size).toBe(image.length);
    expect(blocks * 512).toBeLessThan(image.length / 2);
  });

  it("fails only what needs the chunk that cannot be had, and tries again next time", async () => {
    let broken = true;
    const read = async (_: ImageIndex, chunk: number) => {
      if (chunk === 0 && broken) throw new Error("nobody has it");
      return numbers[chunk] ?? Buffer.alloc(0);
    };
    const file = await open({ supply: supply({ read }) });
    const reader = readerOf(file);
    await expect(reader.read(0, 3 * block)).rejects.toThrow("nobody has it");
    await expect(file.fill(all, "ahead")).rejects.toThrow("nobody has it");
    expect((await reader.read(block, block)).equals(image.subarray(block, 2 * block))).toBe(true);
    broken = false;
    expect((await reader.read(0, 3 * block)).equals(image.subarray(0, 3 * block))).toBe(true);
    reader.close();
    await file.close();
  });

  it("tells of extents in the order of their first read, each once", async () => {
    const file = await open();
    const reader = readerOf(file);
    const seen: number[] = [];
    const stop = file.onFirstRead((extents) => seen.push(...extents));
    const offsetOf = (extent: number) => index.extentAt(extent).offsetBytes;
    for (const extent of [5, 2, 5, 7]) await reader.read(offsetOf(extent), 100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([5, 2, 7]);
    stop();
    await reader.read(offsetOf(1), 100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual([5, 2, 7]);
    reader.close();
    await file.close();
  });

  it("stops a fill at its signal", async () => {
    const file = await open();
    await expect(file.fill(all, "background", AbortSignal.abort(new Error("enough")))).rejects.toThrow(
      "enough",
    );
    expect(file.presentBytes).toBe(0);
    await file.close();
  });
});

describe("the map of a base file", () => {
  it("lets the next agent go on, and says when the file is whole", async () => {
    const first = await open();
    await first.fill(all.slice(0, 5), "ahead");
    await first.close();
    reads = [];
    const second = await open();
    expect(second.presentBytes).toBe(first.presentBytes);
    expect(second.whole).toBe(false);
    const whole = new Promise<void>((resolve) => second.onWhole(resolve));
    await second.fill(all, "background");
    await whole;
    expect(second.whole).toBe(true);
    expect((await readFile(rawPath())).equals(image)).toBe(true);
    await second.close();
    reads = [];
    const third = await open();
    expect(third.whole).toBe(true);
    expect((await readAll(third)).equals(image)).toBe(true);
    expect(reads).toEqual([]);
    await third.close();
  });

  it("is not believed when any byte of it changed, when it is another version's, or the file has another size", async () => {
    const file = await open();
    await file.fill(all, "background");
    await file.close();
    const map = await readFile(mapPath());
    const raw = await readFile(rawPath());
    const expectAnew = async () => {
      const again = await open();
      expect(again.presentBytes).toBe(0);
      expect((await readAll(again)).equals(image)).toBe(true);
      await again.close();
    };
    for (let at = 0; at < map.length; at++) {
      await writeFile(rawPath(), Buffer.alloc(image.length, 0x77)); // were it believed, this would be read
      const damaged = Buffer.from(map);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at & 7));
      await writeFile(mapPath(), damaged);
      await expectAnew();
    }
    await writeFile(
      mapPath(),
      encodeMap(sample(100).index, Buffer.alloc(Math.ceil(index.extentCount / 8), 255)),
    );
    await expectAnew();
    await writeFile(mapPath(), map);
    await writeFile(rawPath(), raw);
    await truncate(rawPath(), image.length - 1);
    await expectAnew();
  });

  it("is written only after the data is safe", async () => {
    const order: string[] = [];
    const syncData = async (handle: FileHandle) => {
      order.push(readdirSync(folder).includes("base.map") ? "late" : "data");
      await handle.datasync();
    };
    const file = await open({ syncData });
    await file.fill([3], "read");
    await file.checkpoint();
    expect(order).toEqual(["data"]);
    await file.close();
    expect(order).toEqual(["data"]); // nothing has changed since
  });

  it("fills a file in place that a volume backs on", async () => {
    const file = await open();
    await file.fill(all, "background");
    await file.close();
    const { ino } = await stat(rawPath());
    await writeFile(mapPath(), "damaged");
    const again = await open({ backed: true });
    expect(again.presentBytes).toBe(0);
    expect((await readFile(rawPath())).equals(image)).toBe(true);
    expect((await stat(rawPath())).ino).toBe(ino);
    await again.close();
  });
});

describe("bytes that change under it", () => {
  const damage = async (extent: number) => {
    const raw = await readFile(rawPath());
    const at = index.extentAt(extent).offsetBytes + 7;
    raw[at] = (raw[at] ?? 0) ^ 4;
    await writeFile(rawPath(), raw, { flag: "r+" });
  };
  const last = index.extentCount - 1; // a part of a chunk, which no digest names

  it("are found and filled again in place, and a whole file is whole again", async () => {
    const file = await open();
    await file.fill(all, "background");
    await file.checkpoint();
    let becameWhole = 0;
    file.onWhole(() => becameWhole++);
    expect(await file.verify(0, Infinity)).toEqual({
      next: undefined,
      checkedBytes: file.presentBytes,
      bad: [],
    });
    await damage(3);
    await damage(last);
    const first = await file.verify(0, 1);
    expect(first).toEqual({ next: 1, checkedBytes: index.extentAt(0).lengthBytes, bad: [] });
    expect((await file.verify(1, Infinity)).bad).toEqual([3, last]);
    expect((await readFile(rawPath())).equals(image)).toBe(true);
    expect([file.whole, becameWhole]).toEqual([true, 2]);
    await file.close();
  });

  it("are not read and not whole while no good copy can be had", async () => {
    let gone = false;
    const read = async (_: ImageIndex, chunk: number) => {
      if (gone) throw new Error("nobody has it");
      return numbers[chunk] ?? Buffer.alloc(0);
    };
    const file = await open({ supply: supply({ read }) });
    await file.fill(all, "background");
    await file.checkpoint();
    await damage(3);
    gone = true;
    expect((await file.verify(0, Infinity)).bad).toEqual([3]);
    expect(file.whole).toBe(false);
    await expect(readAll(file)).rejects.toThrow("nobody has it");
    gone = false;
    expect((await readAll(file)).equals(image)).toBe(true);
    await file.checkpoint();
    expect(file.whole).toBe(true);
    await file.close();
  });
});

describe("a disk that fails", () => {
  it("answers reads from memory while decoding threads find no space, and keeps nothing of it", async () => {
    const read = async (_: ImageIndex, chunk: number) => numbers[chunk] ?? Buffer.alloc(0);
    const full = Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
    const decodeInto: ChunkSupply["decodeInto"] = async (_fd, _index, chunk) => ({
      data: numbers[chunk] ?? Buffer.alloc(0),
      error: full,
    });
    const file = await open({ supply: supply({ read, decodeInto }) });
    await expect(file.fill(all, "background")).rejects.toMatchObject({ code: "DVCE_STORE_FULL" });
    expect(file.presentBytes).toBe(0);
    expect(writeErrors.length).toBeGreaterThan(0);
    expect((await readAll(file)).equals(image)).toBe(true);
    await file.close();
  });

  it("believes only the map after a failed sync, and writes no more", async () => {
    let broken = false;
    const syncData = async (handle: FileHandle) => {
      if (broken) throw new Error("EIO");
      await handle.datasync();
    };
    const file = await open({ syncData });
    await file.fill([0, 1], "read");
    await file.checkpoint();
    const { presentBytes } = file;
    broken = true;
    await file.fill([2, 3], "read");
    await file.checkpoint();
    expect(file.presentBytes).toBe(presentBytes);
    broken = false;
    expect((await readAll(file)).equals(image)).toBe(true);
    await file.checkpoint();
    expect(file.presentBytes).toBe(presentBytes);
    expect(file.whole).toBe(false);
    await file.close();
    const again = await open();
    expect(again.presentBytes).toBe(presentBytes);
    await again.close();
  });

  it("answers from memory where the file cannot even be made", async () => {
    const nowhere = { rawPath: join(folder, "none", "base.raw"), mapPath: join(folder, "none", "base.map") };
    const file = await open(nowhere);
    expect((await readAll(file)).equals(image)).toBe(true);
    expect(file.whole).toBe(false);
    await file.close();
    expect(writeErrors.length).toBeGreaterThan(0);
  });
});

test("memory for what files do not take is bounded, least recently used first", () => {
  const spare = new SpareMemory(300);
  for (const key of ["a", "b", "c"]) spare.put(key, Buffer.alloc(100));
  spare.get("a");
  spare.put("d", Buffer.alloc(100));
  spare.put("e", Buffer.alloc(301));
  expect(["a", "b", "c", "d", "e"].map((key) => spare.get(key)?.length)).toEqual([
    100,
    undefined,
    100,
    100,
    undefined,
  ]);
  expect(spare.bytes).toBe(300);
});

test("presence is shared with whoever has its memory", () => {
  const presence = Presence.empty(19);
  const other = Presence.over(presence.memory);
  expect(presence.set(18)).toBe(true);
  expect(presence.set(18)).toBe(false);
  expect([other.has(18), other.has(17), other.extentCount]).toEqual([true, false, 19]);
  expect(other.clear(18)).toBe(true);
  expect(presence.has(18)).toBe(false);
});
