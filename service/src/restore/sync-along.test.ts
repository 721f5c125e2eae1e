import { SyncAlong } from "./sync-along";

const step = 64 * 1024 * 1024;

/** A file whose syncs end when they are told to. */
class SlowFile {
  readonly syncs: { resolve(): void; reject(error: Error): void }[] = [];
  datasync(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.syncs.push({ resolve, reject });
    return promise;
  }
}

it("syncs once enough was written, one sync at a time, and once more at the end", async () => {
  const file = new SlowFile();
  const sync = new SyncAlong(file);
  sync.wrote(step - 1);
  expect(file.syncs).toHaveLength(0);
  sync.wrote(1);
  sync.wrote(3 * step);
  expect(file.syncs).toHaveLength(1);
  file.syncs[0]?.resolve();
  await sync.idle();
  sync.wrote(1);
  expect(file.syncs).toHaveLength(2);
  file.syncs[1]?.resolve();
  await sync.idle();
  const finished = sync.finish();
  await Promise.resolve();
  await Promise.resolve();
  expect(file.syncs).toHaveLength(3);
  file.syncs[2]?.resolve();
  await finished;
});

it("fails at the end when a sync on the way failed, though later ones succeed", async () => {
  const file = new SlowFile();
  const sync = new SyncAlong(file);
  sync.wrote(step);
  file.syncs[0]?.reject(new Error("EIO"));
  await sync.idle();
  sync.wrote(step);
  expect(file.syncs).toHaveLength(1); // what it would bring counts for nothing any more
  const finished = sync.finish();
  await Promise.resolve();
  await Promise.resolve();
  file.syncs[1]?.resolve();
  await expect(finished).rejects.toThrow("EIO");
});
