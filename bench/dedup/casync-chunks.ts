import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { encodeChunk } from "@dvce/image";
import { execute } from "../../tools/setup/execute";
import type { Measurement } from "../harness/benchmark";
import type { DedupImage } from "./images/images";
import { Tally } from "./tally";

/** What `casync make` compresses with (casync 2, src/compressor.c). */
const casyncLevel = 3;

/**
 * Stores the images with casync in one chunk store. Its bytes at its own level are those of its files; at the other level,
 * those of the same chunks compressed as ours are.
 */
export async function storeWithCasync(
  images: readonly DedupImage[],
  scratchDirectory: string,
  signal: AbortSignal,
): Promise<{ readonly casync: Measurement; readonly recompressed: Measurement }> {
  const directory = await mkdtemp(join(scratchDirectory, "dedup-"));
  try {
    const store = join(directory, "store.castr");
    for (const image of images) {
      await execute(
        "casync",
        [
          ...["make", `--store=${store}`, "--chunk-size=16384:65536:262144", "--digest=sha256"],
          ...["--compression=zstd", join(directory, `${image.name}.caibx`), image.path],
        ],
        { signal },
      );
    }
    const casync = new Tally();
    const recompressed = new Tally();
    for (const folder of await readdir(store)) {
      for (const name of await readdir(join(store, folder))) {
        const file = await readFile(join(store, folder, name));
        const data = zstdDecompressSync(file);
        const [atOne, atThree] = ([1, 3] as const).map(
          (level) => encodeChunk(data, { level }).payload.length,
        );
        casync.chunk(data.length);
        recompressed.chunk(data.length);
        casync.stored(casyncLevel, file.length);
        casync.stored(1, atOne ?? 0);
        recompressed.stored(1, atOne ?? 0);
        recompressed.stored(3, atThree ?? 0);
      }
    }
    return { casync: casync.measurement, recompressed: recompressed.measurement };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
