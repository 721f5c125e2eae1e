/** What happens to a pool while somebody has a plan: one random event at a time, through the API that everybody uses. */
import { DvceError, type ClusterSpecInput, type NodeAction } from "@dvce/api";
import { indexImage, pushImage, type ImageIndex } from "@dvce/image";
import path from "node:path";
import { writeRawImage } from "../../acceptance/support/images";
import type { Random } from "../../support/random";
import type { TestPool } from "./test-pool";

export interface PreparedImage {
  readonly path: string;
  readonly index: ImageIndex;
}

/** Small images that share some data. */
export async function prepareImages(directory: string, count: number): Promise<readonly PreparedImage[]> {
  const images: PreparedImage[] = [];
  for (let i = 0; i < count; i++) {
    const file = path.join(directory, `image-${i}.raw`);
    await writeRawImage(file, { seed: `image ${i % 2}`, sizeMiB: 16, dataMiB: 1 + i });
    images.push({ path: file, index: await indexImage(file, { cacheDirectory: directory }) });
  }
  return images;
}

export const push = (pool: TestPool, image: PreparedImage, name: string): Promise<unknown> =>
  pushImage(pool.client, { image: name, path: image.path, index: image.index });

const actions = [
  "cordon",
  "uncordon",
  "drain",
  "undrain",
  "fence",
  "unfence",
] as const satisfies NodeAction[];
const healing = ["uncordon", "undrain", "unfence"] as const satisfies NodeAction[];

const nodeName = (pool: TestPool, random: Random): string =>
  [...pool.nodes.keys()][random.below(pool.nodes.size)] ?? "";

/** A cluster that other people run. */
function foreignSpec(images: readonly PreparedImage[], random: Random): ClusterSpecInput {
  return {
    name: `other-${random.below(3)}`,
    members: Array.from({ length: 1 + random.below(4) }, (_, i) => ({
      name: `m${i}`,
      version: images[random.below(images.length)]?.index.version ?? "",
      vcpus: 1 + random.below(3),
      memoryMiB: 256,
      diskBytes: 1024 ** 3,
    })),
  };
}

/** Does one thing to the pool and says what. What the pool refuses is no drift, and no failure. */
export async function drift(
  pool: TestPool,
  images: readonly PreparedImage[],
  random: Random,
): Promise<string> {
  const client = pool.client;
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<string> => {
    try {
      await work();
      return what;
    } catch (error) {
      if (error instanceof DvceError) return `${what} (refused: ${error.code})`;
      throw error;
    }
  };
  switch (random.below(10)) {
    case 0:
    case 1:
    case 2: {
      const name = nodeName(pool, random);
      const action = random.pick(actions);
      return attempt(`${action} ${name}`, async () => {
        await client.changeNode(name, action);
        // Its agent registers again once it is refused, as a real one does.
        if (action === "fence" || action === "unfence") await pool.nodes.get(name)?.register();
      });
    }
    case 3:
    case 4:
    case 5: {
      const spec = foreignSpec(images, random);
      return attempt(`commit ${spec.name}`, async () => {
        const { placements } = await client.planCluster(spec);
        await client.commitCluster({ spec, placements });
      });
    }
    case 6: {
      const name = `other-${random.below(3)}`;
      return attempt(`delete ${name}`, () => client.deleteCluster(name));
    }
    case 7: {
      const image = images[random.below(images.length)];
      const name = `image-${random.below(3)}`;
      return attempt(`push ${name}`, () =>
        image === undefined ? Promise.resolve() : push(pool, image, name),
      );
    }
    case 8: {
      const name = `image-${random.below(3)}`;
      return attempt(`delete ${name}`, () => client.deleteImage(name));
    }
    default: {
      const node = pool.nodes.get(nodeName(pool, random));
      const source = images[random.below(images.length)];
      const isLoss = random.below(2) === 0;
      return attempt(`${node?.name ?? ""} ${isLoss ? "loses" : "gets"} chunks`, async () => {
        for (const { digest } of source?.index.chunks ?? []) {
          if (isLoss) node?.chunks.delete(digest);
          else node?.chunks.add(digest);
        }
        await node?.report();
      });
    }
  }
}

/** Lets a pool that has become too small take members again. */
export async function heal(pool: TestPool, random: Random): Promise<void> {
  const name = nodeName(pool, random);
  for (const action of healing) {
    await pool.client.changeNode(name, action).catch((error: unknown) => {
      if (!(error instanceof DvceError)) throw error;
    });
  }
  await pool.nodes.get(name)?.register();
}
