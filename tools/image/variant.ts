import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execute } from "../setup/execute";
import { publishQcow2 } from "./build";
import { partitionOffsetBytes } from "./definition";

export interface VariantImageOptions {
  /** The image to start from (qcow2, as buildImage makes it); it is only read. */
  readonly basePath: string;
  readonly imagePath: string;
  /** Shown before the login prompt and kept in /etc/image-release: letters, digits, dots and dashes. */
  readonly release: string;
  /** Size of the file that the variant adds; its content follows from `release`. */
  readonly addedBytes?: number;
}

/**
 * Makes the next version of an image as an image pipeline would: the same system with another release name and some
 * new data, all else in its place. Takes seconds; needs neither root nor a mount, because debugfs edits the file
 * system inside the disk.
 */
export async function buildVariantImage(options: VariantImageOptions): Promise<void> {
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(options.release))
    throw new Error(
      `Release ${JSON.stringify(options.release)}: use 1 to 64 letters, digits, dots and dashes`,
    );
  await mkdir(path.dirname(options.imagePath), { recursive: true });
  const work = await mkdtemp(path.join(path.dirname(options.imagePath), ".variant-"));
  try {
    const rawPath = path.join(work, "disk.raw");
    await execute("qemu-img", ["convert", "-O", "raw", options.basePath, rawPath]);
    const files: [string, string | Buffer][] = [
      ["/etc/issue", `Debian GNU/Linux 12 (${options.release}) \\n \\l\n\n`],
      ["/etc/image-release", `${options.release}\n`],
      ["/usr/share/image-data", pseudoRandom(options.release, options.addedBytes ?? 8 * 1024 * 1024)],
    ];
    const commands: string[] = [];
    for (const [index, [target, content]] of files.entries()) {
      const source = path.join(work, `file-${index}`);
      await writeFile(source, content, { mode: 0o644 });
      commands.push(`rm ${target}`, `write ${source} ${target}`);
      commands.push(`set_inode_field ${target} uid 0`, `set_inode_field ${target} gid 0`);
    }
    const commandsPath = path.join(work, "commands");
    await writeFile(commandsPath, `${commands.join("\n")}\n`);
    await execute("debugfs", ["-w", "-f", commandsPath, `${rawPath}?offset=${partitionOffsetBytes}`]);
    await publishQcow2(rawPath, options.imagePath);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Bytes that do not compress and are the same each time. */
function pseudoRandom(seed: string, length: number): Buffer {
  return createHash("shake256", { outputLength: length }).update(seed).digest();
}
