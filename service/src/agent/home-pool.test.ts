import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPackStore } from "../store";
import { writeFileDurably } from "./files";
import { forgetPool, HomePool } from "./home-pool";

const [mine, other, first, second] = ["a", "b", "1", "2"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];

describe("the pool of a node", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "dvce-home-"))));
  afterEach(() => rm(folder, { recursive: true }));

  it("is the first that takes it in, over restarts, and no other", async () => {
    const home = await HomePool.open(folder);
    expect([home.pool, home.catalogue]).toEqual([undefined, undefined]);
    await home.enter(mine);
    await home.follow(first);
    const again = await HomePool.open(folder);
    expect([again.pool, again.catalogue]).toEqual([mine, first]);
    await again.enter(mine);
    await expect(again.enter(other)).rejects.toMatchObject({
      code: "DVCE_POOL_MISMATCH",
      message: expect.stringMatching(new RegExp(`${mine}.*${other}.*forget-pool ${folder}`, "s")),
    });
    expect((await HomePool.open(folder)).pool).toBe(mine);
  });

  it("is not guessed from a damaged file", async () => {
    await writeFile(join(folder, "pool.json"), '{"pool":');
    await expect(HomePool.open(folder)).rejects.toMatchObject({
      code: "DVCE_POOL_MISMATCH",
      message: expect.stringContaining("forget-pool"),
    });
  });

  it("is forgotten only while the agent is stopped", async () => {
    await (await HomePool.open(folder)).enter(mine);
    const store = await openPackStore(join(folder, "store"));
    await expect(forgetPool(folder)).rejects.toMatchObject({ code: "DVCE_STORE_LOCKED" });
    await store.close();
    expect(await forgetPool(folder)).toBe(true);
    expect((await HomePool.open(folder)).pool).toBeUndefined();
    expect(await forgetPool(folder)).toBe(false);
  });

  it("is followed on a full disk too, and noted when there is room; another failure is told", async () => {
    let code: string | undefined;
    const home = await HomePool.open(folder, async (...given) => {
      if (code !== undefined) throw Object.assign(new Error(code), { code });
      await writeFileDurably(...given);
    });
    await home.enter(mine);
    await home.follow(first);
    code = "ENOSPC";
    await home.follow(second);
    expect(home.catalogue).toBe(second);
    expect((await HomePool.open(folder)).catalogue).toBe(first);
    code = undefined;
    await home.follow(second);
    expect((await HomePool.open(folder)).catalogue).toBe(second);
    code = "EIO";
    await expect(home.follow(first)).rejects.toThrow("EIO");
    expect(home.catalogue).toBe(second);
  });
});
