import { digestBytesOf, IndexBuilder, type ImageIndex } from "@dvce/image";
import type { State } from "../state";
import { IndexCache } from "./index-cache";

function indexOf(seed: number): ImageIndex {
  const builder = new IndexBuilder(4096);
  const extent = { offsetBytes: 0, offsetInChunk: 0, lengthBytes: 4096 };
  builder.add(digestBytesOf(Buffer.from([seed])), 4096, extent);
  return builder.build();
}

test("keeps the indexes that were used last, by their bytes, and always the one that is asked for", () => {
  const known = new Map([1, 2, 3].map((seed) => [indexOf(seed).version, indexOf(seed).encode()]));
  const [a = "", b = "", c = ""] = known.keys();
  const reads: string[] = [];
  const indexBytes = (version: string) => {
    reads.push(version);
    return known.get(version);
  };
  const state = { versions: { indexBytes } } as unknown as State;
  const two = new IndexCache(state, 2 * indexOf(1).encodedSizeBytes);
  for (const version of [a, b, a, c, a, b]) expect(two.get(version)?.version).toBe(version);
  expect(reads).toEqual([a, b, c, b]);
  two.drop(a);
  expect(two.get(a)?.version).toBe(a);
  expect(reads).toEqual([a, b, c, b, a]);
  const none = new IndexCache(state, 1);
  expect(none.get(a)).toBe(none.get(a));
});
