/**
 * Appends to a file past the page cache: copying into the cache, and finding pages for it, takes several times as long as
 * copying to memory that is used again and again, and the pages push out what others read.
 *
 * The disk takes whole blocks only. The block that the file ends in is written again with what it holds, as the page cache
 * would do too; what fills no block at the new end goes through the page cache. Both ways see each other's bytes.
 */
import type { FileHandle } from "node:fs/promises";
import { directAlignmentBytes, withDirectMemory } from "./direct-memory";

/**
 * Writes `parts` one after the other from `offsetBytes`, which is the end of the file.
 *
 * @param direct the same file, opened with O_DIRECT
 */
export async function writePastCache(
  file: FileHandle,
  direct: FileHandle,
  offsetBytes: number,
  parts: readonly Buffer[],
): Promise<void> {
  // Two memories: one is filled while the disk takes the other.
  await withDirectMemory((first) =>
    withDirectMemory(async (second) => {
      let memory = first;
      let filledBytes = offsetBytes % directAlignmentBytes;
      let at = offsetBytes - filledBytes;
      let writing = Promise.resolve();
      const write = async (bytes: number): Promise<void> => {
        await writing;
        writing = writeAll(direct, memory.subarray(0, bytes), at);
        writing.catch(() => undefined); // awaited before the next, and at the end
        at += bytes;
        memory = memory === first ? second : first;
      };
      try {
        if (filledBytes > 0) await file.read(memory, 0, filledBytes, at);
        for (const part of parts) {
          for (let done = 0; done < part.length;) {
            const bytes = part.copy(memory, filledBytes, done);
            done += bytes;
            filledBytes += bytes;
            if (filledBytes < memory.length) continue;
            await write(filledBytes);
            filledBytes = 0;
          }
        }
        const tailBytes = filledBytes % directAlignmentBytes;
        const tail = Buffer.from(memory.subarray(filledBytes - tailBytes, filledBytes));
        if (filledBytes > tailBytes) await write(filledBytes - tailBytes);
        await writing;
        await writeAll(file, tail, at);
      } finally {
        await writing.catch(() => undefined); // the memory is in use until then
      }
    }),
  );
}

async function writeAll(file: FileHandle, bytes: Buffer, offsetBytes: number): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, offsetBytes + done)).bytesWritten;
}
