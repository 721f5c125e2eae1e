/** Real agents under controllers that come up over another database than the pool's. */
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { Writable } from "node:stream";
import pino from "pino";
import { forgetPool } from "../../service/src/agent/home-pool";
import { sampleImage, TestPool, type SampleImage } from "./pool";

jest.setTimeout(90_000);

const housekeeping = { collectGraceMs: 1_000, scrubBytesPerSecond: 0 };
const [first, second] = [sampleImage(), sampleImage()] as const;

describe("a node whose controller has", () => {
  let pool: TestPool;
  let log: string[];

  beforeEach(async () => {
    log = [];
    const stream = new Writable({
      write(line: Buffer, _encoding, done) {
        log.push(line.toString());
        done();
      },
    });
    const settings = { heartbeatIntervalMs: 250, missedHeartbeatsMax: 100 };
    pool = await TestPool.start(["a"], { housekeeping, logger: pino({ level: "info" }, stream) }, settings);
    await pool.push(first, "first");
  });
  afterEach(() => pool.close());

  const database = () => pool.path("controller");
  const copy = () => pool.path("copy");
  const health = async () => (await pool.admin.getNode("a")).health;
  const isReady = async () => (await pool.admin.listNodes()).some(({ state }) => state === "ready");
  const knows = async ({ index }: SampleImage) =>
    (await readdir(pool.path("a", "data", "versions"))).includes(`${index.version}.dvci`);
  const mark = () => readFile(pool.path("a", "data", "pool.json"), "utf8");
  const logged = (text: string, times = 1) => log.filter((line) => line.includes(text)).length >= times;
  const presentBytes = async ({ index }: SampleImage) =>
    (await pool.admin.getVersion(index.version)).replicas[0]?.presentBytes;

  /** Waits until the agent has dropped what the pool does not list. */
  const collects = () => pool.until(async () => pool.history().some(({ kind }) => kind === "collected"));

  it("a new database: refuses it, keeps everything, and goes on when it has its own again", async () => {
    await pool.stopController();
    await cp(database(), copy(), { recursive: true });
    await rm(database(), { recursive: true });
    await pool.startController();
    await pool.until(async () => logged("belongs to pool", 3));
    expect(await pool.admin.listNodes()).toEqual([]); // nothing of it is noted
    expect(await knows(first)).toBe(true);

    await pool.stopController();
    await rm(database(), { recursive: true });
    await cp(copy(), database(), { recursive: true });
    await pool.startController();
    await pool.until(isReady);
    expect(await presentBytes(first)).toBe(first.index.dataBytes);
  });

  it("a new database joins that pool, and drops what it does not list, once the old one is forgotten", async () => {
    await pool.stopController();
    await rm(database(), { recursive: true });
    await pool.startController();
    await expect(forgetPool(pool.path("a", "data"))).rejects.toMatchObject({ code: "DVCE_STORE_LOCKED" });
    await pool.stopAgent("a");
    expect(await forgetPool(pool.path("a", "data"))).toBe(true);
    expect(await forgetPool(pool.path("a", "data"))).toBe(false);
    await pool.startAgent("a");
    await pool.until(isReady);
    await collects();
    expect(await knows(first)).toBe(false);
  });

  it("an old copy of its database drops nothing, says so, and goes on with the newer one", async () => {
    await pool.stopController();
    await cp(database(), copy(), { recursive: true });
    await pool.startController();
    await pool.until(isReady);
    const before = await mark();
    await pool.push(second, "second");
    await pool.until(async () => (await mark()) !== before); // the node has acted on what the copy does not have
    const newer = pool.path("newer");
    const exchange = async (to: string, from: string) => {
      await pool.stopController();
      await cp(database(), to, { recursive: true });
      await rm(database(), { recursive: true });
      await cp(from, database(), { recursive: true });
      await pool.startController();
    };

    await exchange(newer, copy());
    await pool.until(async () => (await health())?.dropsHeld === true);
    await pool.until(isReady);
    // However much is pushed to the old copy: what the node has seen is not in it.
    const third = sampleImage();
    await pool.push(third, "third");
    await pool.push(sampleImage(), "fourth");
    await pool.stopAgent("a");
    await pool.startAgent("a");
    await pool.until(isReady);
    await pool.until(async () => (await health())?.dropsHeld === true);
    expect([await knows(first), await knows(second), await knows(third)]).toEqual([true, true, true]);

    await exchange(pool.path("older"), newer);
    await pool.until(async () => (await health())?.dropsHeld === false);
    expect(await presentBytes(second)).toBe(second.index.dataBytes);
    await collects(); // of the images that only the old copy had
    expect(await knows(third)).toBe(false);
  });

  it("an old copy of its database is believed once the pool was forgotten", async () => {
    await pool.stopController();
    await cp(database(), copy(), { recursive: true });
    await pool.startController();
    await pool.until(isReady);
    await pool.push(second, "second");
    await pool.stopController();
    await pool.stopAgent("a");
    await rm(database(), { recursive: true });
    await cp(copy(), database(), { recursive: true });
    await forgetPool(pool.path("a", "data"));
    await pool.startController();
    await pool.startAgent("a");
    await collects();
    expect([await knows(first), await knows(second)]).toEqual([true, false]);
    expect(await presentBytes(first)).toBe(first.index.dataBytes);
  });
});
