import { createHash } from "node:crypto";
import { DigestTable } from "./digest-table";

const digest = (text: string) => createHash("sha256").update(text).digest();

describe("DigestTable", () => {
  it("numbers digests in the order of insertion, finds each, and grows", () => {
    const table = new DigestTable(1);
    for (let i = 0; i < 5000; i++) expect(table.add(digest(`${i}`))).toEqual({ entry: i, added: true });
    expect(table.size).toBe(5000);
    for (let i = 0; i < 5000; i++) {
      expect(table.find(digest(`${i}`))).toBe(i);
      expect(table.add(digest(`${i}`))).toEqual({ entry: i, added: false });
      expect(table.digestAt(i).equals(digest(`${i}`))).toBe(true);
    }
    expect(table.find(digest("absent"))).toBe(-1);
  });

  it("reads a digest in the middle of other bytes", () => {
    const table = new DigestTable();
    const record = Buffer.concat([Buffer.alloc(7, 1), digest("a"), Buffer.alloc(9, 2)]);
    table.add(record, 7);
    expect(table.find(digest("a"))).toBe(0);
    expect(table.find(record, 8)).toBe(-1);
  });

  it("tells apart digests that share all but their last byte", () => {
    const table = new DigestTable();
    const first = Buffer.alloc(32);
    const second = Buffer.alloc(32);
    second[31] = 1;
    table.add(first);
    expect(table.find(second)).toBe(-1);
    expect(table.add(second).entry).toBe(1);
  });
});
