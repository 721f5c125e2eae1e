/**
 * The process that the crash suites kill: four writers put chunks into a store and print the numbers of each put once it
 * is acknowledged, with the time. Arguments: directory, seed, first chunk number, variant. The variants other than `durable` are wrong in
 * a way that the suite has to catch.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { nodeStoreFiles, openPackStore, type StoreFile, type StoreFiles } from "../../service/src/store";
import { crashChunk } from "./chunks";

const variants: Record<string, (file: StoreFile) => Partial<StoreFile>> = {
  durable: () => ({}),
  /** Believes that a disk keeps what it was given. */
  "without-sync": () => ({ sync: async () => undefined }),
  /** Syncs, but says so before it has. */
  "early-sync": (file) => ({
    sync: async () => void sleep(100).then(() => file.sync()),
  }),
  /** Keeps what it was given in memory for a while, and says it was written. */
  "early-write": (file) => ({
    write: async (offsetBytes, parts) => {
      const copy = Buffer.concat(parts);
      void sleep(100).then(() => file.write(offsetBytes, [copy]));
    },
  }),
};

async function main(): Promise<void> {
  const [directory = "", seed = "", first = "", variant = ""] = process.argv.slice(2);
  const changes = variants[variant];
  if (changes === undefined) throw new Error(`no variant ${variant}`);
  const files: StoreFiles = {
    ...nodeStoreFiles,
    async open(path, mode) {
      const file = await nodeStoreFiles.open(path, mode);
      const whole: StoreFile = {
        fd: file.fd,
        sizeBytes: () => file.sizeBytes(),
        read: (offsetBytes, target) => file.read(offsetBytes, target),
        write: (offsetBytes, parts, options) => file.write(offsetBytes, parts, options),
        sync: () => file.sync(),
        truncate: (sizeBytes) => file.truncate(sizeBytes),
        close: () => file.close(),
      };
      return { ...whole, ...changes(file) };
    },
  };
  const store = await openPackStore(directory, {
    packSizeBytesMax: 2 * 1024 * 1024, // small, so that packs are closed and begun many times a round
    files: variant === "durable" ? nodeStoreFiles : files,
  });
  let next = Number(first);
  const write = async () => {
    for (;;) {
      const numbers = [next++, next++, next++];
      // Long stretches of puts go past the page cache, and long ones through it.
      const pastCache = Math.floor(next / 500) % 2 === 0;
      await store.put(
        numbers.map((number) => crashChunk(Number(seed), number)),
        { pastCache },
      );
      process.stdout.write(`${numbers.join(" ")}@${process.hrtime.bigint()}\n`);
    }
  };
  await Promise.all([write(), write(), write(), write()]);
}

main().catch((error: unknown) => {
  // After a power cut every write fails; the parent has what was acknowledged before.
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
