/**
 * The process whose power the base file suite cuts: fills a base file in an order that follows from the seed, writes its
 * map every few milliseconds, and prints a line after each map. Arguments: directory, seed, round, `durable` or `broken`.
 * The broken variant writes the map without waiting for the data, which the suite has to catch.
 */
import { digestOf } from "@dvce/image";
import { readSync } from "node:fs";
import { join } from "node:path";
import { BaseFile } from "../../service/src/base/base-file";
import { SpareMemory } from "../../service/src/base/spare-memory";
import { Random } from "../support/random";
import { crashImage } from "./base-image";

const [directory = "", seed = "", round = "", variant = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const { index, bytes } = crashImage(Number(seed));
  const file = await BaseFile.open({
    rawPath: join(directory, "base.raw"),
    mapPath: join(directory, "base.map"),
    index,
    supply: {
      isLocal: () => false,
      decodeInto: async () => "absent",
      read: async (_index, chunk) => {
        const { offsetBytes, lengthBytes } = index.extentAt(chunk);
        return bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
      },
      isIn: async (fd, _index, chunk, offsetBytes) => {
        const found = Buffer.alloc(index.chunkSizeBytes(chunk));
        readSync(fd, found, 0, found.length, offsetBytes);
        return digestOf(found) === index.chunkDigest(chunk);
      },
      hurry: () => undefined,
    },
    spare: new SpareMemory(0),
    backed: false,
    onWriteFailed: end, // the power is gone; the parent has what was said before
    ...(variant === "broken" ? { syncData: async () => undefined } : {}),
  });
  const random = new Random(Number(seed) + Number(round));
  for (;;) {
    const extents = Array.from({ length: 1 + random.below(8) }, () => random.below(index.extentCount));
    await file.fill(extents, "ahead");
    await file.checkpoint();
    process.stdout.write(`${file.presentBytes}\n`);
    if (file.whole) process.exit(0);
  }
}

/** Says why on standard error: the parent shows it when this came too early. */
function end(error: unknown): never {
  console.error(error);
  process.exit(1);
}

main().catch(end);
