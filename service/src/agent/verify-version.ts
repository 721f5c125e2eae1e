import type { ChunkRun, Verified } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { LocalChunks } from "./local-chunks";

/** Chunks being re-read at a time: as many as libuv's pool has threads. */
const checksAtATimeMax = 4;

/** Re-reads those of a run of a version's chunks that are here. One that is bad is not served any more. */
export async function verifyChunks(
  chunks: Pick<LocalChunks, "has" | "verify">,
  index: ImageIndex,
  { firstChunk, chunks: count }: ChunkRun,
): Promise<Verified> {
  const end = Math.min(index.chunkCount, firstChunk + count);
  const bad: string[] = [];
  let [goodChunks, goodBytes, absentChunks] = [0, 0, 0];
  let next = firstChunk;
  const work = async (): Promise<void> => {
    while (next < end) {
      const chunk = next++;
      const digest = index.chunkDigest(chunk);
      if (!chunks.has(digest)) absentChunks++;
      else if (await chunks.verify(digest)) {
        goodChunks++;
        goodBytes += index.chunkSizeBytes(chunk);
      } else bad.push(digest);
    }
  };
  await Promise.all(Array.from({ length: checksAtATimeMax }, work));
  return { goodChunks, goodBytes, absentChunks, bad };
}
