import { describeChunkStore } from "./chunk-store.conformance";
import { MemoryChunkStore } from "./memory-chunk-store";

describeChunkStore(
  "MemoryChunkStore",
  async (clocks) => new MemoryChunkStore(clocks),
  async (store, digest) => void (await store.get(digest))?.payload.fill(0xee, 0, 8),
);
