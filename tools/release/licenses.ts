import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/**
 * The licences of npm packages that a bundle contains, as one text. `packages` are folders below `root`.
 * @throws Error for a package without a licence file, which then may not be shipped.
 */
export async function licensesOf(root: string, packages: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const folder of packages) {
    const directory = path.join(root, folder);
    const about = JSON.parse(await readFile(path.join(directory, "package.json"), "utf8")) as {
      readonly name: string;
      readonly version: string;
      readonly license?: string;
    };
    const files = (await readdir(directory))
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort();
    const title = `${about.name} ${about.version} (${about.license ?? "see below"})`;
    if (files.length === 0 && about.license === undefined)
      throw new Error(`${title} has no licence file, and its package.json names no licence.`);
    const contents = await Promise.all(files.map((file) => readFile(path.join(directory, file), "utf8")));
    texts.push([`==== ${title}`, ...contents.map((text) => text.trim())].join("\n\n"));
  }
  return `${texts.join("\n\n")}\n`;
}
