/** A base file on a disk that is full: guests' reads are answered, with the right bytes, and go on when there is room. */
import { digestOf, encodeChunk } from "@dvce/image";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFile } from "../../service/src/base/base-file";
import { BaseReader } from "../../service/src/base/base-reader";
import { NodeChunkSupply } from "../../service/src/base/node-chunk-supply";
import { ReadLog } from "../../service/src/base/read-log";
import { SpareMemory } from "../../service/src/base/spare-memory";
import { openPackStore } from "../../service/src/store";
import { announceSeed } from "../support/random";
import { crashImage } from "./base-image";
import { LoopDisk } from "./loop-disk";

jest.setTimeout(60_000);
const mebibyte = 1024 * 1024;

it.each(["from the packs of this node", "from other nodes"])("chunks %s", async (from) => {
  const { index, bytes } = crashImage(announceSeed("base files on a full disk"));
  const chunkOf = (chunk: number) => {
    const { offsetBytes, lengthBytes } = index.extentAt(chunk);
    return bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
  };
  const folder = await mkdtemp(join(tmpdir(), "dvce-full-"));
  const disk = await LoopDisk.make(16 * mebibyte); // the image has 20 MiB
  const store = await openPackStore(join(folder, "store"));
  const spare = new SpareMemory(2 * mebibyte);
  const failures: unknown[] = [];
  const lost: string[] = [];
  const supply = new NodeChunkSupply({
    store,
    chunks: { read: async (_index, chunk) => chunkOf(chunk) },
    onLost: (digest) => lost.push(digest),
  });
  try {
    if (from === "from the packs of this node") {
      const chunks = Array.from({ length: index.chunkCount }, (_, i) => encodeChunk(chunkOf(i)));
      await store.put(chunks);
      expect(chunks[0]?.digest).toBe(digestOf(chunkOf(0)));
    }
    const blocker = join(disk.mountPoint, "blocker");
    await writeFile(blocker, Buffer.alloc(4 * mebibyte, 1));
    const file = await BaseFile.open({
      rawPath: join(disk.mountPoint, "base.raw"),
      mapPath: join(disk.mountPoint, "base.map"),
      index,
      supply,
      spare,
      backed: false,
      onWriteFailed: (error) => failures.push(error),
    });
    const reader = new BaseReader({
      index,
      presence: file.presence,
      path: file.path,
      fill: (extents) => file.fillForRead(extents),
      log: new ReadLog(file.presence, () => undefined),
    });
    const expectAll = async () => {
      const target = Buffer.alloc(mebibyte);
      for (let at = 0; at < bytes.length; at += mebibyte) {
        const piece = target.subarray(0, Math.min(mebibyte, bytes.length - at));
        if (!reader.readNow(at, piece)) await reader.read(at, piece);
        expect(piece.equals(bytes.subarray(at, at + piece.length))).toBe(true);
      }
    };
    await expectAll();
    expect(failures.length).toBeGreaterThan(0);
    expect(file.presentBytes).toBeGreaterThan(4 * mebibyte);
    expect(file.presentBytes).toBeLessThan(12 * mebibyte);
    expect(spare.bytes).toBeLessThanOrEqual(2 * mebibyte);
    await expectAll();
    const all = Array.from({ length: index.extentCount }, (_, i) => i);
    await expect(file.fill(all, "background")).rejects.toMatchObject({ code: "DVCE_STORE_FULL" });

    const before = file.presentBytes;
    await rm(blocker);
    await expectAll();
    expect(file.presentBytes).toBeGreaterThan(before);
    expect(lost).toEqual([]);
    reader.close();
    await file.close();
  } finally {
    await supply.close();
    await store.close();
    await disk.remove();
    await rm(folder, { recursive: true });
  }
});
