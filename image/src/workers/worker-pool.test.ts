import { isDvceError } from "@dvce/api";
import { workerEntry } from "./test-support/trial.worker-entry";
import type { TrialJob, TrialResult } from "./test-support/trial.worker";
import { WorkerPool } from "./worker-pool";

jest.setTimeout(30_000);

let pool: WorkerPool<TrialJob, TrialResult>;
beforeEach(() => {
  pool = new WorkerPool({ entry: workerEntry, workers: 2 });
});
afterEach(() => pool.close());

const echo = (text: string, waitMs = 0) => pool.run({ kind: "echo", text, waitMs });

it("does many jobs on as many threads as it has, and answers each its own", async () => {
  const texts = Array.from({ length: 200 }, (_, i) => `job ${i}`);
  const answers = await Promise.all(texts.map((text, i) => echo(text, i % 3)));
  expect(answers.map(({ text }) => text)).toEqual(texts);
  expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2);
});

it("starts no second thread for jobs that one can do", async () => {
  const threads = new Set<number>();
  for (let i = 0; i < 10; i++) threads.add((await echo("one after the other")).thread);
  expect(threads.size).toBe(1);
});

it("lets urgent jobs overtake those that wait", async () => {
  const single = new WorkerPool<TrialJob, TrialResult>({
    entry: workerEntry,
    workers: 1,
    jobsPerWorkerMax: 1,
  });
  const order: string[] = [];
  const run = (text: string, urgent: boolean) =>
    single.run({ kind: "echo", text }, { urgent }).then(() => order.push(text));
  await Promise.all([run("first", false), run("second", false), run("urgent", true)]);
  expect(order).toEqual(["first", "urgent", "second"]);
  await single.close();
});

it("moves buffers instead of copying them, both ways", async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const { bytes: reversed } = await pool.run({ kind: "reverse", bytes }, { transfer: [bytes.buffer] });
  expect([...(reversed ?? [])]).toEqual([3, 2, 1]);
  expect(bytes.byteLength).toBe(0);
});

it("carries errors across: typed ones as such, others with their message and stack", async () => {
  const refused: unknown = await pool.run({ kind: "refuse" }).catch((error: unknown) => error);
  if (!isDvceError(refused, "DVCE_CHUNK_CORRUPT")) throw new Error("another error");
  expect(refused.message).toBe("refused");
  expect(refused.details).toEqual([{ path: ["a", 1], message: "why" }]);
  const failed: unknown = await pool.run({ kind: "fail" }).catch((error: unknown) => error);
  expect(isDvceError(failed)).toBe(false);
  expect(failed).toMatchObject({
    message: "a mistake",
    stack: expect.stringContaining("TypeError: a mistake"),
  });
  expect(await echo("still there")).toMatchObject({ text: "still there" });
});

it.each(["exit", "throw outside"] as const)(
  "fails the jobs of a thread that ends (%s), and replaces it",
  async (kind) => {
    const single = new WorkerPool<TrialJob, TrialResult>({ entry: workerEntry, workers: 1 });
    const before = (await single.run({ kind: "echo", text: "" })).thread;
    const [ended, held, waiting] = await Promise.allSettled([
      single.run({ kind }),
      single.run({ kind: "echo", text: "held by that thread" }),
      single.run({ kind: "echo", text: "done by the next" }),
    ]);
    for (const lost of [ended, held]) {
      expect(lost).toMatchObject({
        status: "rejected",
        reason: {
          code: "DVCE_INTERNAL",
          message: expect.stringMatching(/\(trial\) ended.*(code 7|nobody catches)/),
        },
      });
    }
    expect(waiting).toMatchObject({ status: "fulfilled", value: { text: "done by the next" } });
    expect(waiting?.status === "fulfilled" && waiting.value.thread).not.toBe(before);
    await single.close();
  },
);

it("fails what is not done when it is closed, and what comes later", async () => {
  const jobs = Array.from({ length: 6 }, () => echo("too late", 60_000));
  const settled = Promise.allSettled(jobs);
  await pool.close();
  for (const job of await settled) expect(job).toMatchObject({ reason: { code: "DVCE_INTERNAL" } });
  await expect(echo("after")).rejects.toMatchObject({ code: "DVCE_INTERNAL" });
});

it("refuses a job that cannot be sent, and goes on", async () => {
  const job = { kind: "echo", text: (() => undefined) as unknown as string } as const;
  await expect(pool.run(job)).rejects.toThrow(/could not be cloned/);
  expect(await echo("next")).toMatchObject({ text: "next" });
});
