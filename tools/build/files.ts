import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";

/** Writes a file in one step, and not at all where it already holds just that. */
export async function writeIfChanged(file: string, content: string, mode = 0o644): Promise<void> {
  const present = await readFile(file, "utf8").catch(() => undefined);
  if (present === content) return;
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.partial`;
  await writeFile(temporary, content, { mode });
  await chmod(temporary, mode);
  await rename(temporary, file);
}
