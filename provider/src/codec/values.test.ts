import fc from "fast-check";
import type { Attribute, Attributes } from "../schema/attribute";
import { bool, list, map, nestedList, nestedMap, number, string } from "../schema/attribute";
import { decodeMsgpack, encodeMsgpack } from "./msgpack";
import { unknown } from "./unknown";
import { ValueError } from "./value-error";
import { readPartly, readState, writeObject } from "./values";

const description = "";
const attributes = {
  name: string("optional", { description }),
  size: number("optional", { description }),
  on: bool("computed", { description }),
  labels: map("optional", "string", { description }),
  keys: list("optional", "string", { description }),
  members: nestedMap("optional", { count: number("required", { description }) }, { description }),
  nodes: nestedList(
    "computed",
    { label: string("computed", { description }), tags: list("computed", "number", { description }) },
    { description },
  ),
} satisfies Attributes;

const name = fc.string().filter((text) => text !== "__proto__");
const primitives = {
  string: fc.string(),
  number: fc.oneof(
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e9, min: -1e9 }),
  ),
  bool: fc.boolean(),
};
const orUnknown = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: values }, { weight: 1, arbitrary: fc.constant(unknown) });

function valueOf(attribute: Attribute): fc.Arbitrary<unknown> {
  const present = (): fc.Arbitrary<unknown> => {
    switch (attribute.kind) {
      case "map":
        return fc.dictionary(name, orUnknown(primitives[attribute.element]), { maxKeys: 4 });
      case "list":
        return fc.array(orUnknown(primitives[attribute.element]), { maxLength: 4 });
      case "nested": {
        const inner = objectOf(attribute.attributes);
        return attribute.nesting === "map"
          ? fc.dictionary(name, inner, { maxKeys: 3 })
          : fc.array(inner, { maxLength: 3 });
      }
      default:
        return primitives[attribute.kind];
    }
  };
  if (attribute.mode === "required") return orUnknown(present());
  return fc.oneof(
    { weight: 6, arbitrary: orUnknown(present()) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
}

const objectOf = (of: Attributes): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(Object.entries(of).map(([key, attribute]) => [key, valueOf(attribute)])));

/** -0 is 0 to Terraform, and dictionaries of fast-check have no prototype. */
const plain = (value: unknown): unknown =>
  typeof value === "number"
    ? value + 0
    : Array.isArray(value)
      ? value.map(plain)
      : value !== null && typeof value === "object"
        ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]))
        : value;

test("every value of a schema survives the wire, unknown parts included", () => {
  fc.assert(
    fc.property(objectOf(attributes), (value) => {
      const read = readPartly(attributes, decodeMsgpack(encodeMsgpack(writeObject(attributes, value))));
      expect(plain(read)).toEqual(plain(value));
    }),
    { numRuns: 2000 },
  );
});

test("whatever bytes come, decoding answers or throws a ValueError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        readPartly(attributes, decodeMsgpack(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(ValueError);
      }
    }),
    { numRuns: 10_000 },
  );
});

test("values nested a hundred thousand deep cost no stack", () => {
  const deep = Buffer.concat([Buffer.alloc(100_000, 0x91), Buffer.from([0xc0])]);
  expect(() => readPartly(attributes, decodeMsgpack(deep))).toThrow(ValueError);
});

describe("as Terraform writes it", () => {
  const one = (key: string, encoded: readonly number[]): Buffer =>
    Buffer.concat([Buffer.from([0x81, 0xa0 | key.length]), Buffer.from(key), Buffer.from(encoded)]);

  test.each([
    ["unknown", [0xd4, 0x00, 0x00]],
    ["unknown with refinements", [0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2]],
  ])("%s reads as unknown", (_title, encoded) => {
    expect(readPartly(attributes, decodeMsgpack(one("name", encoded)))?.name).toBe(unknown);
  });

  test.each([
    ["a decimal string", [0xa3, 0x32, 0x2e, 0x35], 2.5],
    ["an unsigned 64-bit integer", [0xcf, 0, 0, 0, 1, 0, 0, 0, 0], 2 ** 32],
  ])("a number may be %s", (_title, encoded, expected) => {
    expect(readPartly(attributes, decodeMsgpack(one("size", encoded)))?.size).toBe(expected);
  });

  test.each([
    ["2^64 - 1", [0xcf, 255, 255, 255, 255, 255, 255, 255, 255]],
    ["text", [0xa3, 0x61, 0x62, 0x63]],
  ])("%s is refused as a number", (_title, encoded) => {
    expect(() => readPartly(attributes, decodeMsgpack(one("size", encoded)))).toThrow(
      /^size: must be a number/,
    );
  });

  test("unknown is written as extension 0", () => {
    expect([...encodeMsgpack(unknown)]).toEqual([0xd4, 0x00, 0x00]);
  });
});

test("every attribute is written, the absent ones as null", () => {
  expect(Object.keys(writeObject(attributes, {}))).toEqual(Object.keys(attributes));
});

test("state with an unknown part is refused with its path", () => {
  expect(() => readState(attributes, { name: "x", nodes: [{ label: unknown, tags: [] }] })).toThrow(
    "nodes[0].label: must be known here",
  );
});

test.each([
  ["null", { count: null }],
  ["absent", {}],
])("a required attribute that is %s is refused with its path", (_title, member) => {
  expect(() => readPartly(attributes, { members: { a: member } })).toThrow(
    'members["a"].count: must be given',
  );
});

test("a refused value is not repeated, for it may be secret", () => {
  expect(() => readPartly(attributes, { name: { token: "hidden" } })).toThrow(
    "name: must be a string, not an object",
  );
});
