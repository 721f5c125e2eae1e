import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeSync } from "node:fs";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeChunk, type EncodedChunk } from "@dvce/image";
import fc from "fast-check";
import { describeChunkStore } from "../chunk-store.conformance";
import type { ChunkStore } from "../chunk-store";
import { encodePackHeader, recordHeaderSizeBytes } from "./format";
import { openPackStore, type PackStoreOptions } from "./pack-store";

jest.setTimeout(60_000); // every put waits for the disk, which other suites share

let directory: string;
const opened: ChunkStore[] = [];
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-pack-store-"))));
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await rm(directory, { recursive: true });
});

async function openStore(options: PackStoreOptions = {}): Promise<ChunkStore> {
  const store = await openPackStore(directory, options);
  opened.push(store);
  return store;
}

describeChunkStore(
  "openPackStore",
  (clocks) => openPackStore(directory, clocks),
  async (store, digest) => {
    const place = store.locate(digest);
    if (place === undefined) throw new Error("nothing to damage");
    writeSync(place.fd, Buffer.alloc(8, 0xee), 0, 8, place.payloadOffsetBytes);
    place.release();
  },
);

const chunks = (count: number, sizeBytes = 1000) =>
  Array.from({ length: count }, () => encodeChunk(randomBytes(sizeBytes)));
const pack = (number: number) => join(directory, `${String(number).padStart(8, "0")}.pack`);
const index = (number: number) => pack(number).replace(".pack", ".index");
const recordSize = (chunk: EncodedChunk) => recordHeaderSizeBytes + chunk.payload.length;

async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0xff;
  await file.write(byte, 0, 1, at);
  await file.close();
}

async function expectAll(store: ChunkStore, list: readonly EncodedChunk[]): Promise<void> {
  for (const { digest, payload } of list) {
    // Not toEqual: it takes seconds for buffers of this size.
    expect((await store.get(digest))?.payload.equals(payload)).toBe(true);
  }
  expect(store.chunkCount).toBe(list.length);
}

describe("openPackStore", () => {
  it("finds everything again: after close, without indexes, and after an index was damaged", async () => {
    const list = chunks(40, 100_000);
    const small = { packSizeBytesMax: 1_000_000 };
    const store = await openStore(small);
    for (let i = 0; i < list.length; i += 4) await store.put(list.slice(i, i + 4));
    const { storedBytes } = store;
    await store.close();
    const names = await readdir(directory);
    const packs = names.filter((name) => name.endsWith(".pack"));
    expect(packs.length).toBeGreaterThanOrEqual(4);
    expect(names.filter((name) => name.endsWith(".index"))).toHaveLength(packs.length);
    let onDisk = 0;
    for (const name of packs) onDisk += (await stat(join(directory, name))).size;
    expect(storedBytes).toBe(onDisk);

    const again = await openStore(small);
    await expectAll(again, list);
    await again.close();
    for (const name of names) if (name.endsWith(".index")) await rm(join(directory, name));
    const rebuilt = await openStore(small);
    await expectAll(rebuilt, list);
    await rebuilt.close();
    await flipByte(index(1), 100);
    const repaired = await openStore(small);
    await expectAll(repaired, list);
  });

  it("goes on in the newest pack", async () => {
    const [first, second] = [chunks(3), chunks(3)];
    const store = await openStore();
    await store.put(first);
    await store.close();
    const again = await openStore();
    await again.put(second);
    await again.close();
    await expectAll(await openStore(), [...first, ...second]);
    expect((await readdir(directory)).filter((name) => name.endsWith(".pack"))).toHaveLength(1);
  });

  it("cuts off nothing but the torn tail, wherever the newest pack was torn", async () => {
    const list = chunks(6, 300);
    const store = await openStore();
    for (const chunk of list) await store.put([chunk]);
    await store.close();
    const whole = await readFile(pack(1));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.constantFrom<(rest: Buffer) => Buffer>(
          () => Buffer.alloc(0),
          (rest) => Buffer.alloc(rest.length),
          (rest) => randomBytes(rest.length),
          (rest) => Buffer.concat([Buffer.alloc(Math.min(8, rest.length)), rest.subarray(8)]),
        ),
        async (keep, tail) => {
          await rm(index(1), { force: true });
          await writeFile(pack(1), Buffer.concat([whole.subarray(0, keep), tail(whole.subarray(keep))]));
          let end = 32;
          const kept = list.filter((chunk) => (end += recordSize(chunk)) <= keep);
          const torn = await openPackStore(directory);
          for (const chunk of kept) expect(await torn.get(chunk.digest)).toEqual(chunk);
          // It takes new chunks behind what it kept, and finds them too.
          const added = chunks(1, 200);
          await torn.put(added);
          await torn.close();
          const again = await openPackStore(directory);
          for (const chunk of [...kept, ...added]) expect(await again.get(chunk.digest)).toEqual(chunk);
          await again.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("keeps what lies behind a damaged place, and says so", async () => {
    const list = chunks(5);
    const store = await openStore();
    await store.put(list);
    await store.close();
    await rm(index(1));
    await flipByte(pack(1), 32 + recordSize(list[0] ?? encodeChunk(Buffer.from("x"))) + 10);
    const damage: string[] = [];
    const again = await openStore({ onDamage: ({ message }) => damage.push(message) });
    await expectAll(again, [...list.slice(0, 1), ...list.slice(2)]);
    expect(damage).toEqual(["1056 bytes hold no valid record"]);
  });

  it("never serves a damaged chunk, and stores it afresh", async () => {
    const [chunk] = chunks(1);
    if (chunk === undefined) throw new Error("no chunk");
    const damage: string[] = [];
    const store = await openStore({ onDamage: ({ message }) => damage.push(message) });
    await store.put([chunk]);
    for (const at of [32 + 20, 32 + recordHeaderSizeBytes + 500]) {
      const size = (await stat(pack(1))).size;
      await flipByte(pack(1), size - recordSize(chunk) + (at - 32));
      expect(await store.get(chunk.digest)).toBeUndefined();
      expect(store.has(chunk.digest)).toBe(false);
      expect(store.chunkCount).toBe(0);
      await store.put([chunk]);
      expect(await store.get(chunk.digest)).toEqual(chunk);
    }
    await truncate(pack(1), (await stat(pack(1))).size - 1);
    expect(await store.get(chunk.digest)).toBeUndefined();
    expect(damage).toHaveLength(3);
  });

  it("finds the fresh copy of a damaged chunk after a restart", async () => {
    const [chunk] = chunks(1);
    if (chunk === undefined) throw new Error("no chunk");
    const store = await openStore();
    await store.put([chunk]);
    await flipByte(pack(1), 32 + recordHeaderSizeBytes);
    expect(await store.get(chunk.digest)).toBeUndefined();
    await store.put([chunk]);
    await store.close();
    const again = await openStore();
    expect(await again.get(chunk.digest)).toEqual(chunk);
  });

  it.each([
    ["empty", Buffer.alloc(0)],
    ["with half a header", encodePackHeader(2).subarray(0, 16)],
    ["with zeros for a header", Buffer.alloc(32)],
  ])("removes a newest pack that a crash left %s", async (_, content) => {
    const list = chunks(2);
    const store = await openStore();
    await store.put(list);
    await store.close();
    await writeFile(pack(2), content);
    await writeFile(`${index(2)}.tmp`, "half an index");
    const again = await openStore();
    await expectAll(again, list);
    expect((await readdir(directory)).sort()).toEqual(["00000001.index", "00000001.pack", "lock"]);
  });

  it("refuses a second user in this process and in another, and is free once the first was killed", async () => {
    const holder = spawn(
      process.execPath,
      [
        "--no-warnings",
        "-e",
        'const { DatabaseSync } = require("node:sqlite"); new DatabaseSync(process.argv[1]).exec("BEGIN EXCLUSIVE");' +
          'console.log("held"); setInterval(() => {}, 1000);',
        join(directory, "lock"),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const locked = { code: "DVCE_STORE_LOCKED" };
    await expect(openPackStore(directory)).rejects.toMatchObject(locked);
    const exited = new Promise((resolve) => holder.once("exit", resolve));
    holder.kill("SIGKILL");
    await exited;
    const store = await openStore();
    await expect(openPackStore(directory)).rejects.toMatchObject(locked);
    await store.close();
    await openStore();
  });
});
