/** The few DER encodings (X.690) that a certificate needs. */

const tags = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30, set: 0x31 };

/** One element: tag, length, content. */
export function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, body]);
}

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(tags.sequence, ...content);
export const set = (...content: readonly Uint8Array[]): Buffer => element(tags.set, ...content);
export const octetString = (content: Uint8Array): Buffer => element(tags.octetString, content);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text, "utf8"));

/** A non-negative integer from its big-endian bytes. */
export function unsignedInteger(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0;
  return element(tags.integer, first >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  element(tags.bitString, Buffer.from([unusedBits]), content);

/** An object identifier from its dotted form. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const groups = [first * 40 + second, ...rest].map((arc) => {
    const bytes = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80);
    return Buffer.from(bytes);
  });
  return element(tags.oid, ...groups);
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2), "ascii"))
    : element(0x18, Buffer.from(digits, "ascii"));
}
