/** Real disks without space, and one that fails while it writes what it had taken. Needs root. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { encodeChunk, type EncodedChunk } from "@dvce/image";
import { type ChunkStore, openPackStore } from "../../service/src/store";
import { LoopDisk } from "../crash/loop-disk";

const run = promisify(execFile);
jest.setTimeout(300_000);

/** Puts until the store refuses. Answers what it acknowledged, and the refusal's code. */
async function putUntilRefused(store: ChunkStore): Promise<{ acknowledged: EncodedChunk[]; code: unknown }> {
  const acknowledged: EncodedChunk[] = [];
  for (let i = 0; i < 2000; i++) {
    const chunks = Array.from({ length: 8 }, () => encodeChunk(randomBytes(30_000)));
    try {
      await store.put(chunks, { verified: true });
    } catch (error) {
      for (const { digest } of chunks) expect(store.has(digest)).toBe(false);
      const has = typeof error === "object" && error !== null && "code" in error;
      return { acknowledged, code: has ? error.code : error };
    }
    acknowledged.push(...chunks);
  }
  throw new Error("the disk took half a gigabyte");
}

async function expectAll(store: ChunkStore, chunks: readonly EncodedChunk[]): Promise<void> {
  for (const { digest, payload } of chunks)
    expect((await store.get(digest))?.payload.equals(payload)).toBe(true);
}

it("keeps what it acknowledged on a disk that is full, gives back space on it, and goes on", async () => {
  const disk = await LoopDisk.make(32 * 1024 * 1024);
  try {
    const directory = join(disk.mountPoint, "store");
    const options = { packSizeBytesMax: 2 * 1024 * 1024 };
    const store = await openPackStore(directory, options);
    const { acknowledged, code } = await putUntilRefused(store);
    expect(code).toBe("DVCE_STORE_FULL");
    expect(acknowledged.length).toBeGreaterThan(100);
    await expectAll(store, acknowledged);
    // Everything that was put first goes: whole packs, so that nothing must be copied to get their space.
    const half = acknowledged.slice(0, acknowledged.length / 2);
    const kept = acknowledged.slice(acknowledged.length / 2);
    const before = store.storedBytes;
    await store.delete(half.map(({ digest }) => digest));
    expect(store.storedBytes).toBeLessThan(before * 0.65);
    const fresh = Array.from({ length: 100 }, () => encodeChunk(randomBytes(30_000)));
    await store.put(fresh);
    await disk.cutPower();
    await store.close();
    await disk.unmount();
    await disk.mount();
    const again = await openPackStore(directory, options);
    await expectAll(again, [...kept, ...fresh]);
    await again.close();
  } finally {
    await disk.remove();
  }
});

it("stops when its disk fails behind its back, and keeps what it acknowledged", async () => {
  // The disk is a file on a file system that has less space than the disk claims: writing back fails with EIO.
  const root = await mkdtemp(join(tmpdir(), "dvce-eio-"));
  const [below, above] = [join(root, "below"), join(root, "above")];
  const image = join(below, "disk.img");
  try {
    await mkdir(below);
    await mkdir(above);
    await run("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", below]);
    await writeFile(image, "");
    await truncate(image, 256 * 1024 * 1024);
    await run("mkfs.ext4", [
      "-q",
      "-F",
      "-E",
      "lazy_itable_init=1,lazy_journal_init=1",
      "-J",
      "size=4",
      image,
    ]);
    await run("mount", ["-o", "loop", image, above]);
    const store = await openPackStore(join(above, "store"));
    const { acknowledged, code } = await putUntilRefused(store);
    expect(code).toBe("DVCE_STORE_UNWRITABLE");
    expect(acknowledged.length).toBeGreaterThan(50);
    // The disk would take a little again; the store must not believe it.
    await run("mount", ["-o", "remount,size=512m", below]);
    const chunk = encodeChunk(randomBytes(1000));
    await expect(store.put([chunk])).rejects.toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
    await expectAll(store, acknowledged);
    await store.close();
    await run("umount", [above]);
    await run("mount", ["-o", "loop", image, above]);
    const again = await openPackStore(join(above, "store"));
    await expectAll(again, acknowledged);
    await again.put([chunk]);
    await expectAll(again, [chunk]);
    await again.close();
  } finally {
    await run("umount", ["-l", above]).catch(() => undefined);
    await run("umount", ["-l", below]).catch(() => undefined);
    await rm(root, { recursive: true, force: true });
  }
});
