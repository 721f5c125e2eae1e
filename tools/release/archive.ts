import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

export interface ArchiveEntry {
  readonly name: string;
  /** A file, or its content. */
  readonly from: string | Buffer;
  readonly mode: number;
}

/** The earliest that a zip file can say, in every time zone. */
const mtime = new Date(1980, 0, 1);

/** Writes a zip file. The same entries make the same bytes. */
export async function writeZip(target: string, entries: readonly ArchiveEntry[]): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const zip = new ZipFile();
  for (const { name, from, mode } of entries) {
    const options = { mtime, mode, forceDosTimestamp: true };
    if (typeof from === "string") zip.addFile(from, name, options);
    else zip.addBuffer(from, name, options);
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(target));
}
