import * as fc from "fast-check";
import {
  bridgeName,
  checkPoolName,
  hostCountMax,
  isLinkOf,
  isNamespaceOf,
  namespaceName,
  nodeName,
  poolPaths,
  vethName,
} from "./names";

const poolNames = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const indexes = fc.integer({ min: 1, max: hostCountMax });

describe("names of a development pool", () => {
  test("fit network interfaces and are recognised as the pool's own", () => {
    fc.assert(
      fc.property(poolNames, indexes, (pool, index) => {
        expect(() => checkPoolName(pool)).not.toThrow();
        expect(vethName(pool, index).length).toBeLessThanOrEqual(15);
        expect(isLinkOf(pool, bridgeName(pool))).toBe(true);
        expect(isLinkOf(pool, vethName(pool, index))).toBe(true);
        expect(isNamespaceOf(pool, namespaceName(pool, nodeName(index)))).toBe(true);
      }),
    );
  });

  test("of one pool are never taken for another's", () => {
    fc.assert(
      fc.property(poolNames, poolNames, indexes, (pool, other, index) => {
        fc.pre(pool !== other);
        expect(isLinkOf(pool, bridgeName(other))).toBe(false);
        expect(isLinkOf(pool, vethName(other, index))).toBe(false);
        expect(isNamespaceOf(pool, namespaceName(other, nodeName(index)))).toBe(false);
      }),
    );
  });

  test.each(["", "Dev", "1a", "a-b", "tenletters", "a.b"])("refuse %p", (name) => {
    expect(() => checkPoolName(name)).toThrow(expect.objectContaining({ code: "DVCE_INPUT_INVALID" }));
  });

  test("leave room for Unix sockets in the pool's folder", () => {
    const { directory } = poolPaths("/var/lib/dvce-dev", "abcdefghi");
    expect(`${directory}/n64/run-libvirt/virtqemud-admin-sock`.length).toBeLessThan(108);
    expect(() => poolPaths(`/${"long/".repeat(20)}`, "a")).toThrow(
      expect.objectContaining({ code: "DVCE_INPUT_INVALID" }),
    );
  });
});
