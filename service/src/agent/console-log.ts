import type { ConsoleTail } from "@dvce/api";
import { open } from "node:fs/promises";

/** The last `tailBytes` of a console log; nothing when the domain has not written one. */
export async function readConsoleTail(path: string, tailBytes: number): Promise<ConsoleTail> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return { text: "", totalBytes: 0 };
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, tailBytes));
    const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
    return { text: tail.toString("utf8", 0, bytesRead), totalBytes: size };
  } finally {
    await handle.close();
  }
}
