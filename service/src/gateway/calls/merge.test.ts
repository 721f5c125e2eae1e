import { writeDomain, writeNamedObject, readDomain, readNamedObject } from "../wire/objects";
import { XdrReader, XdrWriter } from "../wire/xdr";
import { listCountMax, mergeReplies, requestForMerge } from "./merge";

const uuid = (digit: string): string => "00000000-0000-0000-0000-000000000000".replaceAll("0", digit);

function listOf<T>(items: readonly T[], write: (writer: XdrWriter, item: T) => void): Buffer {
  const writer = new XdrWriter();
  writer.array(items, (item) => write(writer, item)).uint(items.length);
  return writer.take();
}

const names = (...list: string[]): Buffer => {
  const writer = new XdrWriter();
  writer.array(list, (name) => writer.string(name));
  return writer.take();
};

const wantsResults = new XdrWriter().int(1).uint(5).take();
const wantsCount = new XdrWriter().int(0).uint(5).take();

describe("merging", () => {
  const a = { name: "a", uuid: uuid("1"), id: 1 };
  const b = { name: "b", uuid: uuid("2"), id: 1 };
  const pool1 = { name: "dvce", uuid: uuid("3") };
  const pool2 = { name: "dvce", uuid: uuid("4") };

  test("lists the domains of all nodes", () => {
    const merged = mergeReplies(
      "domains",
      [listOf([a], writeDomain), listOf([b], writeDomain)],
      wantsResults,
    );
    const reader = new XdrReader(merged);
    expect(reader.array(10, () => readDomain(reader))).toEqual([a, b]);
    expect(reader.uint()).toBe(2);
    expect(reader.remaining).toBe(0);
  });

  test("shows a storage pool of every node once, as the first node has it", () => {
    const lists = [listOf([pool1], writeNamedObject), listOf([pool2], writeNamedObject)];
    const reader = new XdrReader(mergeReplies("storage-pools", lists, wantsResults));
    expect(reader.array(10, () => readNamedObject(reader))).toEqual([pool1]);
    expect(reader.uint()).toBe(1);
  });

  test("asks nodes for the items also when the client wants their number only", () => {
    expect(requestForMerge("storage-pools", wantsCount)).toEqual(wantsResults);
    const lists = [listOf([pool1], writeNamedObject), listOf([pool2], writeNamedObject)];
    const counted = mergeReplies("storage-pools", lists, wantsCount);
    expect(counted).toEqual(new XdrWriter().uint(0).uint(1).take());
  });

  test("lists names once and no more than were asked for", () => {
    const merged = mergeReplies("names", [names("x", "y"), names("y", "z")], new XdrWriter().int(2).take());
    expect(merged).toEqual(names("x", "y"));
  });

  test("adds numbers up", () => {
    const replies = [3, 4].map((number) => new XdrWriter().int(number).take());
    expect(mergeReplies("sum", replies, Buffer.alloc(0))).toEqual(new XdrWriter().int(7).take());
  });

  test("joins records without reading them", () => {
    const replies = [
      new XdrWriter().uint(2).int(7).int(8).take(),
      new XdrWriter().uint(1).string("abc").take(),
    ];
    const expected = new XdrWriter().uint(3).int(7).int(8).string("abc").take();
    expect(mergeReplies("records", replies, Buffer.alloc(0))).toEqual(expected);
  });

  test("adds up the sizes of storage pools", () => {
    const info = (state: number, size: bigint): Buffer =>
      new XdrWriter().uint(state).uhyper(size).uhyper(1n).uhyper(2n).take();
    const merged = mergeReplies("pool-info", [info(0, 10n), info(2, 20n)], Buffer.alloc(0));
    expect(merged).toEqual(new XdrWriter().uint(2).uhyper(30n).uhyper(2n).uhyper(4n).take());
  });

  test("says so when the merged list is longer than the protocol allows", () => {
    const half = listCountMax / 2 + 1;
    const replies = [0, 1].map(() => new XdrWriter().uint(half).take());
    expect(() => mergeReplies("records", replies, Buffer.alloc(0))).toThrow(`lists at most ${listCountMax}`);
  });
});
