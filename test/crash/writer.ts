/**
 * The process that the crash suites kill: four writers put chunks into a store and print the numbers of each put once it
 * is acknowledged. Arguments: directory, seed, first chunk number, `durable` or `broken`. The broken variant believes
 * that a disk keeps what it was given without fsync; the suite has to catch it.
 */
import { nodeStoreFiles, openPackStore, type StoreFiles } from "../../service/src/store";
import { crashChunk } from "./chunks";

const [directory = "", seed = "", first = "", variant = ""] = process.argv.slice(2);

const withoutSync: StoreFiles = {
  ...nodeStoreFiles,
  async open(path, mode) {
    const file = await nodeStoreFiles.open(path, mode);
    return {
      fd: file.fd,
      sizeBytes: () => file.sizeBytes(),
      read: (offsetBytes, target) => file.read(offsetBytes, target),
      write: (offsetBytes, parts) => file.write(offsetBytes, parts),
      truncate: (sizeBytes) => file.truncate(sizeBytes),
      close: () => file.close(),
      sync: async () => undefined,
    };
  },
  syncDirectory: async () => undefined,
};

async function main(): Promise<void> {
  const store = await openPackStore(directory, {
    packSizeBytesMax: 2 * 1024 * 1024, // small, so that packs are closed and begun many times a round
    files: variant === "broken" ? withoutSync : nodeStoreFiles,
  });
  let next = Number(first);
  const write = async () => {
    for (;;) {
      const numbers = [next++, next++, next++];
      await store.put(numbers.map((number) => crashChunk(Number(seed), number)));
      process.stdout.write(`${numbers.join(" ")}\n`);
    }
  };
  await Promise.all([write(), write(), write(), write()]);
}

main().catch((error: unknown) => {
  // After a power cut every write fails; the parent has what was acknowledged before.
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
