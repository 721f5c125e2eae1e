/**
 * The five Debian images that `dedup` stores together, as raw sparse disks below `<cache>/images/dedup`:
 *
 *     base            the project's own image: Debian 12 for a cloud VM
 *     after-use       base, booted once and worked with (after-use.ts)
 *     more-packages   base, with a server's packages installed on its disk (more-packages.ts)
 *     rebuilt         what more-packages holds, built from scratch: another file system, filled in another order
 *     next-release    the base image's recipe with Debian 13
 *
 * Each is made once, when the file of its name lacks or its recipe has changed; all of them take some ten minutes
 * of two cores. Recipes name suites and packages, not their versions: images made on another day hold
 * that day's archive, and all five should be made on one day.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildImage } from "../../../tools/image/build";
import { debian12, type Recipe } from "../../../tools/image/definition";
import { execute } from "../../../tools/setup/execute";
import { withLock } from "../../../tools/setup/lock";
import { repositoryDirectory } from "../../../tools/setup/paths";
import { useImage } from "./after-use";
import { installPackages, serverPackages } from "./more-packages";

export interface DedupImage {
  readonly name: string;
  /** A raw sparse disk. */
  readonly path: string;
}

export interface EnsureDedupImagesOptions {
  /** The project's own image (qcow2). */
  readonly basePath: string;
  readonly cacheDirectory: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

const rebuilt: Recipe = { ...debian12, packages: [...debian12.packages, ...serverPackages] };
const nextRelease: Recipe = { ...debian12, suite: "trixie" };

interface Maker {
  readonly name: string;
  /** Writes a raw disk to `diskPath`, in a folder of its own. */
  make(diskPath: string, log: (name: string) => string): Promise<void>;
}

/** Makes the images that lack, and answers all five in the order in which they are stored. */
export async function ensureDedupImages(options: EnsureDedupImagesOptions): Promise<DedupImage[]> {
  const directory = join(options.cacheDirectory, "images", "dedup");
  const { say, signal } = options;
  const copyBase = (diskPath: string) => toRaw(options.basePath, diskPath);
  const fromScratch = (recipe: Recipe) => async (diskPath: string, log: (name: string) => string) => {
    const imagePath = `${diskPath}.qcow2`;
    await buildImage({ recipe, imagePath, logPath: log("build") });
    await toRaw(imagePath, diskPath);
  };
  const makers: readonly Maker[] = [
    { name: "base", make: copyBase },
    {
      name: "after-use",
      make: async (diskPath, log) => {
        await copyBase(diskPath);
        await useImage(diskPath, { logPath: log("console"), signal });
      },
    },
    {
      name: "more-packages",
      make: async (diskPath, log) => {
        await copyBase(diskPath);
        await installPackages(diskPath, { logPath: log("install"), signal });
      },
    },
    { name: "rebuilt", make: fromScratch(rebuilt) },
    { name: "next-release", make: fromScratch(nextRelease) },
  ];
  return await withLock(
    join(directory, "lock"),
    () => say(`another process makes images in ${directory}`),
    async () => {
      const recipe = await recipeDigest(options.basePath);
      const images: DedupImage[] = [];
      for (const maker of makers) {
        images.push(await ensureOne(maker, { directory, recipe, ...options }));
      }
      return images;
    },
  );
}

async function ensureOne(
  maker: Maker,
  options: EnsureDedupImagesOptions & { readonly directory: string; readonly recipe: string },
): Promise<DedupImage> {
  const path = join(options.directory, `${maker.name}.raw`);
  const stampPath = `${path}.recipe`;
  if ((await readFile(stampPath, "utf8").catch(() => "")) === options.recipe)
    return { name: maker.name, path };
  options.signal.throwIfAborted();
  options.say(`making the image ${maker.name}`);
  const startMs = performance.now();
  const work = join(options.directory, `.${maker.name}`);
  await rm(work, { recursive: true, force: true });
  await rm(stampPath, { force: true });
  await mkdir(work, { recursive: true });
  try {
    const disk = join(work, "disk.raw");
    await maker.make(disk, (name) => join(options.cacheDirectory, "logs", `dedup-${maker.name}-${name}.log`));
    await rename(disk, path);
    await writeFile(stampPath, options.recipe);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  options.say(`made the image ${maker.name} in ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return { name: maker.name, path };
}

async function toRaw(imagePath: string, diskPath: string): Promise<void> {
  await execute("qemu-img", ["convert", "-O", "raw", imagePath, diskPath]);
}

/** Changes with the base image and with every file that decides what the other images hold. */
async function recipeDigest(basePath: string): Promise<string> {
  const hash = createHash("sha256").update(await readFile(`${basePath}.recipe`));
  for (const name of ["images.ts", "after-use.ts", "more-packages.ts"]) {
    hash.update(await readFile(join(repositoryDirectory, "bench/dedup/images", name)));
  }
  return hash.digest("hex");
}
