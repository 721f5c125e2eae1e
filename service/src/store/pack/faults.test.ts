import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeChunk } from "@dvce/image";
import { failingWith, type Faults, faultyFiles } from "./faulty-files";
import { openPackStore } from "./pack-store";

jest.setTimeout(60_000); // every put waits for the disk, which other suites share

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-faults-"))));
afterEach(() => rm(directory, { recursive: true }));

const chunk = () => encodeChunk(randomBytes(5000));
const packSize = async () => (await stat(join(directory, "00000001.pack"))).size;

describe("a failing disk", () => {
  /** Fails the n-th occurrence of an effect on a pack, and all later ones while `lasting`. */
  function failing(effect: string, nth: number, code: string, lasting: boolean, tornBytes = 0) {
    const state = { seen: 0, healed: false };
    const faults: Faults = {
      tornBytes,
      before(what, path) {
        if (what !== effect || (what !== "syncDirectory" && !path.endsWith(".pack")) || state.healed) return;
        state.seen++;
        if (state.seen === nth || (lasting && state.seen > nth)) throw failingWith(code);
      },
    };
    return { files: faultyFiles(faults), state };
  }

  it.each(["ENOSPC", "EDQUOT"])(
    "full (%s): acknowledges nothing, keeps the rest, and goes on once there is space",
    async (code) => {
      // Write 1 is the pack header, write 2 the first group.
      const { files, state } = failing("write", 3, code, true, 700);
      const store = await openPackStore(directory, { files });
      const [first, second, third] = [chunk(), chunk(), chunk()];
      await store.put([first]);
      const size = await packSize();
      await expect(store.put([second])).rejects.toMatchObject({ code: "DVCE_STORE_FULL" });
      expect(store.has(second.digest)).toBe(false);
      expect(await packSize()).toBe(size);
      expect(await store.get(first.digest)).toEqual(first);
      state.healed = true;
      await store.put([second, third]);
      await store.close();
      const again = await openPackStore(directory);
      for (const kept of [first, second, third]) expect(await again.get(kept.digest)).toEqual(kept);
      await again.close();
    },
  );

  it.each([
    ["sync", "EIO"],
    ["sync", "ENOSPC"],
    ["write", "EIO"],
  ])(
    "a failed %s (%s) ends writing for good and takes back what was not acknowledged",
    async (effect, code) => {
      const { files } = failing(effect, 3, code, false, 700);
      const store = await openPackStore(directory, { files });
      const [first, second, third] = [chunk(), chunk(), chunk()];
      await store.put([first]);
      const size = await packSize();
      expect(store.stoppedBy).toBeUndefined();
      await expect(store.put([second])).rejects.toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
      expect(store.stoppedBy).toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
      // The disk would take it now; the store must not believe it.
      await expect(store.put([third])).rejects.toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
      expect(store.has(second.digest)).toBe(false);
      expect(await packSize()).toBe(size);
      expect(await store.get(first.digest)).toEqual(first);
      await store.close();
      const again = await openPackStore(directory);
      expect(again.chunkCount).toBe(1);
      expect(await again.get(first.digest)).toEqual(first);
      await again.close();
    },
  );

  it("fails every put that waits behind the one that broke the disk", async () => {
    const { files } = failing("sync", 2, "EIO", false);
    const store = await openPackStore(directory, { files });
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => store.put([chunk()], { verified: true })),
    );
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => "rejected"));
    expect(store.chunkCount).toBe(0);
    await store.close();
  });

  it.each(["write", "sync", "syncDirectory"])(
    "leaves no pack behind when making one fails (%s)",
    async (effect) => {
      // Opening an empty store syncs the directory once itself.
      const { files } = failing(effect, effect === "syncDirectory" ? 2 : 1, "EIO", false);
      const store = await openPackStore(directory, { files });
      await expect(store.put([chunk()])).rejects.toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
      await expect(packSize()).rejects.toMatchObject({ code: "ENOENT" });
      await store.close();
    },
  );

  it("does not acknowledge at the start what it cannot sync then", async () => {
    const store = await openPackStore(directory);
    await store.put([chunk()]);
    await store.close();
    const { files } = failing("sync", 1, "EIO", false);
    await expect(openPackStore(directory, { files })).rejects.toMatchObject({ code: "EIO" });
    const again = await openPackStore(directory); // and the lock was let go
    expect(again.chunkCount).toBe(1);
    await again.close();
  });
});
