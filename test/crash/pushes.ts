/**
 * The process that pushes.test.ts kills: images are pushed and dropped as an agent does it, while garbage is collected
 * without a pause and without any grace. Images share most of their chunks, so that what is garbage now is wanted again soon.
 *
 * Prints `ready N` when every chunk of image N is acknowledged and its index known, `dropping N` before it is dropped, and
 * `lost N` when a chunk of an image that is known is gone. Arguments: directory, seed, first image, variant. The variant
 * `deaf` does not tell the collector of versions that come while it collects; the suite has to catch it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ImageIndex } from "@dvce/image";
import pino from "pino";
import { Inventory } from "../../service/src/agent/inventory";
import { KnownVersions } from "../../service/src/agent/known-versions";
import { LocalChunks } from "../../service/src/agent/local-chunks";
import { Collector } from "../../service/src/collect/collector";
import { openPackStore } from "../../service/src/store";
import { imageOf } from "./push-images";

const imagesMax = 5;

async function main(): Promise<void> {
  const [directory = "", seedText = "", first = "", variant = ""] = process.argv.slice(2);
  const seed = Number(seedText);
  const store = await openPackStore(`${directory}/store`, { packSizeBytesMax: 2 * 1024 * 1024 });
  const inventory = new Inventory((digest) => store.has(digest));
  const local = new LocalChunks({
    store,
    onKept: (digests) => inventory.stay(digests),
    onStored: (digests) => inventory.stored(digests),
    onLost: () => undefined,
    onStoreFailed: () => undefined,
  });
  const versions = await KnownVersions.open({
    directory: `${directory}/versions`,
    fetchIndex: () => Promise.reject(new Error("nobody is asked here")),
    logger: pino({ level: "silent" }),
  });
  for (const version of versions.all()) inventory.add(version);
  const collector = new Collector({
    store: {
      // As when a large store is marked, or another collection gives back space first.
      collect: async (options) => {
        await sleep(20);
        return store.collect(options);
      },
    },
    versions: () => versions.all(),
  });
  versions.listen(
    (version) => {
      inventory.add(version);
      if (variant !== "deaf") collector.versionAdded(version);
    },
    async (version) => inventory.remove(version),
  );
  const say = (line: string) => process.stdout.write(`${line}\n`);

  let next = Number(first);
  const alive = new Map<number, ImageIndex>();
  const push = async () => {
    for (;;) {
      const number = next++;
      const { index, chunks } = imageOf(seed, number);
      await versions.put(index.version, index.encode());
      // What the node answers to an index is what is sent to it, and nothing else.
      const has = inventory.bitmapOf(index.version);
      const missing = chunks.filter((_, i) => has?.has(i) !== true);
      for (let i = 0; i < missing.length; i += 4) await local.putDurably(missing.slice(i, i + 4));
      alive.set(number, index);
      say(`ready ${number}`);
      while (alive.size > imagesMax) {
        const [oldest] = alive.keys();
        const dropped = oldest === undefined ? undefined : alive.get(oldest);
        if (oldest === undefined || dropped === undefined) break;
        alive.delete(oldest);
        say(`dropping ${oldest}`);
        await versions.forget(dropped.version);
      }
      await sleep(number % 7);
    }
  };
  const collect = async () => {
    for (;;) {
      await collector.collect(0, new AbortController().signal);
      for (const [number, { chunks }] of alive)
        if (chunks.some(({ digest }) => !store.has(digest))) say(`lost ${number}`);
      await sleep(1);
    }
  };
  await Promise.all([push(), push(), collect()]);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
