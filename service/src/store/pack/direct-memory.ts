/** Memory for reads and writes past the page cache (O_DIRECT). */
import { pageAlignedMemory } from "@dvce/image";

/** Every disk takes direct reads and writes whose places, sizes and memory are multiples of this. */
export const directAlignmentBytes = 4096;

/** What {@link withDirectMemory} lends. */
export const directMemoryBytes = 1024 * 1024;

const idleDirectMemory: Buffer[] = [];

/**
 * Lends memory that can be read into and written from directly until `work` is done, and keeps it for the next.
 */
export async function withDirectMemory<T>(work: (memory: Buffer) => Promise<T>): Promise<T> {
  const memory = idleDirectMemory.pop() ?? Buffer.from(pageAlignedMemory(directMemoryBytes));
  try {
    return await work(memory);
  } finally {
    idleDirectMemory.push(memory);
  }
}
