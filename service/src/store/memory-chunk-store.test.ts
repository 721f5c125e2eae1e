import { describeChunkStore } from "./chunk-store.conformance";
import { MemoryChunkStore } from "./memory-chunk-store";

describeChunkStore("MemoryChunkStore", async () => new MemoryChunkStore());
