import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  end,
  isAlive,
  livingProcess,
  markedProcesses,
  recordOf,
  signal,
  startProcess,
  waitEnded,
} from "./processes";

describe("the pool's processes", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dvce-processes-"));
  });

  afterEach(async () => {
    await end(markedProcesses(folder), 0);
    await rm(folder, { recursive: true });
  });

  const start = (name: string, argv: readonly string[]) =>
    startProcess(argv, { poolDirectory: folder, log: join(folder, "log"), pids: folder, name });

  test("are recorded, found by record and by mark, and ended", async () => {
    const record = await start("sleeper", ["sleep", "100"]);
    expect(await livingProcess(folder, "sleeper")).toEqual(record);
    expect(markedProcesses(folder)).toEqual([record]);
    expect(await end([record], 5_000)).toEqual([]);
    expect(await livingProcess(folder, "sleeper")).toBeUndefined();
    expect(markedProcesses(folder)).toEqual([]);
  });

  test("are killed when they ignore SIGTERM", async () => {
    const record = await start("stubborn", ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]);
    expect(await end([record], 300)).toEqual([]);
  });

  test("a pid that now names another process is never signalled", async () => {
    const own = await start("other", ["sleep", "100"]);
    const stale = { pid: own.pid, startTicks: own.startTicks - 1 };
    expect(isAlive(stale)).toBe(false);
    signal(stale, "SIGKILL");
    expect(await waitEnded([own], 200)).toEqual([own]);
  });

  test("a torn record counts as none", async () => {
    await writeFile(join(folder, "torn.json"), '{"pid": 1');
    expect(await livingProcess(folder, "torn")).toBeUndefined();
  });

  test("a process that cannot start is an error of its own", async () => {
    await expect(start("nothing", ["/no/such/program"])).rejects.toThrow("ENOENT");
  });

  test("this process has a start time", () => {
    expect(recordOf(process.pid)?.startTicks).toBeGreaterThan(0);
  });
});
