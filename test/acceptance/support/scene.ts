/** A pool, a Terraform in a folder, and small images: what every acceptance test starts from. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DevPool, type DevPoolOptions } from "../../../service/src/dev-pool";
import { ensureAll, type SetupPaths } from "../../../tools/setup";
import { writeRawImage } from "./images";
import { Terraform } from "./terraform";

export interface Scene {
  readonly pool: DevPool;
  readonly setup: SetupPaths;
  /** Folder for images. */
  readonly images: string;
  /** Writes a raw image of 16 MiB and answers its path; the same name and seed give the same bytes. */
  rawImage(name: string, seed: string): Promise<string>;
  terraform(binary?: string): Promise<Terraform>;
  close(): Promise<void>;
}

export async function openScene(
  options: DevPoolOptions & { readonly image?: boolean; readonly opentofu?: boolean },
): Promise<Scene> {
  const { image = false, opentofu = false, ...poolOptions } = options;
  const setup = await ensureAll({ image, opentofu });
  await DevPool.down(poolOptions);
  const pool = await DevPool.up(poolOptions);
  const images = await mkdtemp(join(tmpdir(), "dvce-images-"));
  const open: Terraform[] = [];
  return {
    pool,
    setup,
    images,
    async rawImage(name, seed) {
      const path = join(images, name);
      await writeRawImage(path, { seed, sizeMiB: 16, dataMiB: 4 });
      return path;
    },
    async terraform(binary = setup.terraformPath) {
      const environment = {
        ...(await pool.environment("operator")),
        TF_CLI_CONFIG_FILE: setup.cliConfigPath,
      };
      const terraform = await Terraform.create(binary, environment);
      open.push(terraform);
      return terraform;
    },
    async close() {
      await pool.down();
      await Promise.all(open.map((terraform) => terraform.close()));
      await rm(images, { recursive: true, force: true });
    },
  };
}
