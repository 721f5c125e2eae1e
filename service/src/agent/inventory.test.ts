import { ChunkBitmap, digestOf, encodeChunk, IndexBuilder, type ImageIndex } from "@dvce/image";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { MemoryChunkStore } from "../store";
import { Inventory } from "./inventory";
import { KnownVersion, KnownVersions } from "./known-versions";
import { LocalChunks } from "./local-chunks";

const logger = pino({ level: "silent" });
const data = Array.from({ length: 10 }, (_, i) => Buffer.alloc(4096, i + 1));
const digests = data.map(digestOf);

/** An index over some of the chunks above, by their numbers. */
function indexOf(numbers: readonly number[]): ImageIndex {
  const builder = new IndexBuilder(numbers.length * 4096);
  numbers.forEach((number, i) => {
    const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: 4096 };
    builder.add(Buffer.from(digests[number] ?? "", "hex"), 4096, extent);
  });
  return builder.build();
}

const bits = (text: string | undefined, length: number): number[] => {
  const bitmap = ChunkBitmap.fromBase64(text ?? "", length);
  return Array.from({ length }, (_, i) => i).filter((i) => bitmap.has(i));
};

describe("Inventory", () => {
  const first = new KnownVersion(indexOf([0, 1, 2]));
  const second = new KnownVersion(indexOf([2, 3]));
  let here: Set<string>;
  let inventory: Inventory;

  beforeEach(() => {
    here = new Set([digests[1] ?? ""]);
    inventory = new Inventory((digest) => here.has(digest));
    inventory.add(first);
    inventory.add(second);
  });

  it("starts from what the store holds", () => {
    expect(inventory.report().inventory.map(({ version }) => version)).toEqual([
      first.version,
      second.version,
    ]);
    expect(bits(inventory.bitmapOf(first.version)?.toBase64(), 3)).toEqual([1]);
  });

  it("counts a large version in the background, and reports it when that is done", async () => {
    const builder = new IndexBuilder(40_000 * 4096);
    const many = Array.from({ length: 40_000 }, (_, i) => digestOf(Buffer.from(`${i}`)));
    many.forEach((digest, i) => {
      const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: 4096 };
      builder.add(Buffer.from(digest, "hex"), 4096, extent);
    });
    const large = new KnownVersion(builder.build());
    const of = (i: number) => many[i] ?? "";
    for (const i of [0, 20_000, 39_999]) here.add(of(i));
    inventory.acknowledge(inventory.report());
    inventory.add(large);
    here.add(of(39_000)); // both before their turn comes
    inventory.stored([of(39_000)]);
    here.delete(of(20_000));
    inventory.lost(of(20_000));
    here.delete(of(0)); // after its turn came
    inventory.lost(of(0));
    expect([inventory.changed, inventory.report().inventory]).toEqual([false, []]);
    await inventory.whenCounted(large.version);
    const [reported] = inventory.report().inventory;
    expect(bits(reported?.bitmap, 40_000)).toEqual([39_000, 39_999]);

    inventory.remove(large.version);
    inventory.add(large);
    inventory.remove(large.version); // while it is counted
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(inventory.bitmapOf(large.version)).toBeUndefined();
  });

  it("sends only what changed since the last acknowledged report", () => {
    inventory.acknowledge(inventory.report());
    expect(inventory.changed).toBe(false);
    inventory.stored([digests[3] ?? "", digests[9] ?? ""]);
    const report = inventory.report();
    expect(report.inventory.map(({ version, bitmap }) => [version, bits(bitmap, 2)])).toEqual([
      [second.version, [1]],
    ]);
    inventory.stored([digests[2] ?? ""]); // while the report is under way
    inventory.acknowledge(report);
    expect(inventory.report().inventory).toHaveLength(2);
    inventory.acknowledge(inventory.report());
    inventory.resendAll();
    expect(inventory.report().inventory).toHaveLength(2);
  });

  it("takes back a chunk that was found damaged", () => {
    inventory.acknowledge(inventory.report());
    here.clear();
    inventory.lost(digests[1] ?? "");
    expect(bits(inventory.report().inventory[0]?.bitmap, 3)).toEqual([]);
  });
});

describe("LocalChunks", () => {
  it("gives out a chunk while it is being stored, and counts it only afterwards", async () => {
    const stored: string[] = [];
    const store = new MemoryChunkStore();
    let proceed: () => void = () => undefined;
    const put = store.put.bind(store);
    store.put = async (chunks) => {
      await new Promise<void>((resolve) => (proceed = resolve));
      await put(chunks);
    };
    const chunks = new LocalChunks({
      store,
      onKept: () => undefined,
      onStored: (names) => stored.push(...names),
      onLost: () => undefined,
      onStoreFailed: () => undefined,
    });
    const chunk = encodeChunk(Buffer.from("some bytes"));
    await chunks.add([chunk]);
    expect(await chunks.get(chunk.digest)).toEqual(chunk);
    expect(stored).toEqual([]);
    proceed();
    await chunks.flush();
    expect(stored).toEqual([chunk.digest]);
    expect(store.has(chunk.digest)).toBe(true);
  });
});

describe("KnownVersions", () => {
  let directory: string;
  const index = indexOf([4, 5]);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "dvce-versions-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = (fetchIndex: () => Promise<Buffer> = () => Promise.reject(new Error("not asked"))) =>
    KnownVersions.open({ directory, fetchIndex, logger });

  it("keeps indexes over a restart, and forgets for good", async () => {
    await (await open()).put(index.version, index.encode());
    const again = await open();
    expect(again.get(index.version)?.numberOf(Buffer.from(digests[5] ?? "", "hex"))).toBe(1);
    await again.forget(index.version);
    expect((await open()).all()).toEqual([]);
  });

  it("refuses an index under another name, and keeps nothing of it", async () => {
    const versions = await open();
    await expect(versions.put("0".repeat(64), index.encode())).rejects.toMatchObject({
      code: "DVCE_INDEX_INVALID",
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it("removes torn and half-written files at start", async () => {
    await writeFile(join(directory, `${index.version}.dvci`), index.encode().subarray(0, 100));
    await writeFile(join(directory, ".tmp-x.dvci-1"), "x");
    expect((await open()).all()).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("asks the controller once for an index that several need", async () => {
    let asked = 0;
    const versions = await open(async () => {
      asked++;
      return index.encode();
    });
    await Promise.all([versions.require(index.version), versions.require(index.version)]);
    await versions.require(index.version);
    expect(asked).toBe(1);
  });
});
