/**
 * The part of a node agent that serves a version, in a process of its own: pack store, base files, NBD thread. There
 * are no peers; every chunk is in the store.
 *
 *     server.cjs DIRECTORY IMAGE   ingests IMAGE, serves it at DIRECTORY/nbd.sock, prints a line of JSON: its version and
 *                                  where its data lies; then obeys a line each on stdin, and prints "done":
 *                                    encoded   forget the base file: every chunk is to be decoded
 *                                    whole     make it whole
 *                                    floor     decode every chunk once more, alone, and print what that takes: see floor.ts
 */
import { DvceError } from "@dvce/api";
import { ChunkWorkers, decodeChunk, ingestImage, openImageSource } from "@dvce/image";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pino from "pino";
import { KnownVersions } from "../../service/src/agent/known-versions";
import { BaseFiles } from "../../service/src/base/base-files";
import { NbdThread } from "../../service/src/base/nbd-thread";
import { NodeChunkSupply } from "../../service/src/base/node-chunk-supply";
import { openPackStore, storeSink } from "../../service/src/store";
import { measureFloor } from "./floor";

const [directory = "", imagePath = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const logger = pino({ level: "error" }, pino.destination(2));
  const store = await openPackStore(join(directory, "store"));
  const source = await openImageSource(imagePath);
  const workers = new ChunkWorkers();
  const index = await ingestImage(source, storeSink(store), { workers });
  await source.close();
  await workers.close();
  const versions = await KnownVersions.open({
    directory: join(directory, "versions"),
    fetchIndex: () => Promise.reject(new Error("there is no controller")),
    logger,
  });
  await versions.put(index.version, index.encode());
  const supply = new NodeChunkSupply({
    store,
    chunks: {
      read: async (_index, chunk) => {
        const encoded = await store.get(index.chunkDigest(chunk));
        if (encoded === undefined) throw new DvceError("DVCE_CHUNK_MISSING", "There are no peers.");
        return decodeChunk(encoded);
      },
    },
    onLost: (digest) => logger.error({ digest }, "a chunk is damaged"),
  });
  const files = await BaseFiles.open({
    directory: join(directory, "base"),
    versions,
    supply,
    backedBy: () => [],
    logger,
  });
  const socketPath = join(directory, "nbd.sock");
  await NbdThread.start({ socketPath, versions, files, onReadsFailed: () => undefined, logger });

  const extents = Array.from({ length: index.extentCount }, (_, i) => index.extentAt(i));
  const data = extents.map(({ offsetBytes, lengthBytes }) => [offsetBytes, lengthBytes]);
  process.stdout.write(`${JSON.stringify({ version: index.version, sizeBytes: index.sizeBytes, data })}\n`);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "floor") {
      const floor = await measureFloor(index, store, join(directory, "floor.raw"));
      process.stdout.write(`${JSON.stringify(floor)}\n`);
      continue;
    }
    if (line === "encoded") await files.remove(index.version);
    else {
      const file = await files.open(index.version);
      await file.fill(
        extents.map((_, i) => i),
        "background",
      );
      await file.checkpoint();
    }
    process.stdout.write("done\n");
  }
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? "") : String(error)}\n`);
  process.exit(1);
});
