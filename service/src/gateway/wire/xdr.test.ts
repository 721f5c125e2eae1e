import fc from "fast-check";
import { XdrError, XdrReader, XdrWriter } from "./xdr";

/** One item of any kind, as it is written and as it is read. */
const item = fc.oneof(
  fc.integer().map((value) => ({ kind: "int" as const, value })),
  fc.nat().map((value) => ({ kind: "uint" as const, value })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ kind: "uhyper" as const, value })),
  fc.string({ unit: "grapheme" }).map((value) => ({ kind: "string" as const, value })),
  fc.uint8Array({ maxLength: 40 }).map((value) => ({ kind: "opaque" as const, value })),
  fc.array(fc.string(), { maxLength: 8 }).map((value) => ({ kind: "strings" as const, value })),
  fc.option(fc.integer(), { nil: undefined }).map((value) => ({ kind: "optional" as const, value })),
);
type Item = typeof item extends fc.Arbitrary<infer T> ? T : never;

function write(writer: XdrWriter, { kind, value }: Item): void {
  if (kind === "int") writer.int(value);
  else if (kind === "uint") writer.uint(value);
  else if (kind === "uhyper") writer.uhyper(value);
  else if (kind === "string") writer.string(value);
  else if (kind === "opaque") writer.opaque(Buffer.from(value));
  else if (kind === "strings") writer.array(value, (entry) => writer.string(entry));
  else writer.optional(value, (entry) => writer.int(entry));
}

function read(reader: XdrReader, { kind, value }: Item): unknown {
  if (kind === "int") return reader.int();
  if (kind === "uint") return reader.uint();
  if (kind === "uhyper") return reader.uhyper();
  if (kind === "string") return reader.string();
  if (kind === "opaque") return new Uint8Array(reader.opaque(value.length));
  if (kind === "strings") return reader.array(8, () => reader.string());
  return reader.optional(() => reader.int());
}

describe("XDR", () => {
  test("reads back whatever it writes, in multiples of four bytes", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), (items) => {
        const writer = new XdrWriter();
        for (const entry of items) write(writer, entry);
        const bytes = writer.take();
        expect(bytes.length % 4).toBe(0);
        const reader = new XdrReader(bytes);
        for (const entry of items) expect(read(reader, entry)).toEqual(entry.value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test("fails with its own error, and only that, on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.array(item, { maxLength: 6 }), (bytes, items) => {
        const reader = new XdrReader(Buffer.from(bytes));
        try {
          for (const entry of items) read(reader, entry);
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError);
        }
      }),
    );
  });

  test("writes a string as RFC 4506 shows it", () => {
    expect(new XdrWriter().string("sillyprog").take().toString("hex")).toBe(
      "00000009" + "73696c6c79" + "70726f67" + "000000",
    );
  });

  test("refuses a string beyond its bound before it looks at the bytes", () => {
    const bytes = new XdrWriter().uint(0xffffffff).take();
    expect(() => new XdrReader(bytes).string(10)).toThrow(
      "a string of 4294967295 bytes; at most 10 are allowed",
    );
  });

  test("refuses a count that cannot fit", () => {
    const bytes = new XdrWriter().uint(1000).uint(1).take();
    expect(() => new XdrReader(bytes).array(2000, () => 0)).toThrow("1000 items");
  });

  test("takes go-libvirt's way to say that an item is there", () => {
    const bytes = Buffer.concat([Buffer.from([1, 0, 0, 0]), new XdrWriter().string("qemu:///system").take()]);
    const reader = new XdrReader(bytes);
    expect(reader.optional(() => reader.string())).toBe("qemu:///system");
  });
});
