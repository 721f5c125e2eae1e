import * as fc from "fast-check";
import { decodeChunkList, encodeChunkList } from "./chunk-list";

describe("a list of chunks", () => {
  it("is the text that its description shows", () => {
    expect(encodeChunkList([5, 6, 7, 3])).toBe("CgAACQ==");
    expect(decodeChunkList("CgAACQ==", 8)).toEqual([5, 6, 7, 3]);
    expect(encodeChunkList([])).toBe("");
    expect(decodeChunkList("", 1)).toEqual([]);
  });

  it("keeps any order of any numbers", () => {
    const lists = fc.uniqueArray(fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1), fc.constant(2 ** 32 - 1)));
    fc.assert(
      fc.property(lists, (chunks) => {
        expect(decodeChunkList(encodeChunkList(chunks), 2 ** 32)).toEqual(chunks);
      }),
    );
  });

  it("takes a byte for each chunk of a run", () => {
    const run = Array.from({ length: 3000 }, (_, i) => i);
    expect(encodeChunkList(run)).toHaveLength(4000);
  });

  it.each([
    ["a chunk past the version's last", encodeChunkList([1, 8]), "the chunks 0 to 7"],
    ["a number below zero", Buffer.from([1]).toString("base64"), "chunk -1"],
    ["a chunk that comes twice", encodeChunkList([1, 2, 1]), "chunk 1 twice"],
    ["an end inside a number", Buffer.from([0x80]).toString("base64"), "ends inside"],
    ["a number without end", Buffer.alloc(10, 0xff).toString("base64"), "more than 5 bytes"],
  ])("is refused for %s", (_what, text, why) => {
    expect(() => decodeChunkList(text, 8)).toThrow(why);
  });

  it("is refused or understood whatever its bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const chunks = decodeChunkList(Buffer.from(bytes).toString("base64"), 100);
          expect(new Set(chunks).size).toBe(chunks.length);
          expect(chunks.every((chunk) => Number.isInteger(chunk) && chunk >= 0 && chunk < 100)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: "DVCE_INPUT_INVALID" });
        }
      }),
    );
  });

  it("encodes nothing that is no chunk number", () => {
    for (const bad of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(() => encodeChunkList([bad])).toThrow(RangeError);
  });
});
