import type { ImageIndex } from "@dvce/image";
import type { ChunkReader } from "../peers/chunk-reader";
import type { ChunkSupply, DecodeOutcome } from "./chunk-supply";

/** The node's chunks for its base files. */
export class NodeChunkSupply implements ChunkSupply {
  readonly #chunks: ChunkReader;

  constructor(chunks: ChunkReader) {
    this.#chunks = chunks;
  }

  async decodeInto(): Promise<DecodeOutcome> {
    return "absent";
  }

  read(index: ImageIndex, chunk: number): Promise<Buffer> {
    return this.#chunks.read(index, chunk);
  }

  hurry(): void {
    // Every read of a chunk has the same priority.
  }
}
