export type { ChunkStore, PutOptions } from "./chunk-store";
