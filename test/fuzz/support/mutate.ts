import type { Random } from "../../support/random";

/** Numbers that sit at the edges of what formats can say. */
const edges = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
] as const;

/**
 * One to four changes of the kinds that break parsers: bits, bytes and fields overwritten (also with edge values and small
 * differences), pieces cut out, doubled, swapped, zeroed, taken from `other`, and the end torn off or grown. The answer is a copy.
 */
export function mutate(random: Random, input: Buffer, other: Buffer = input): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let changes = 1 + random.below(4); changes > 0; changes--) bytes = change(random, bytes, other);
  return bytes;
}

function change(random: Random, bytes: Buffer, other: Buffer): Buffer {
  if (bytes.length === 0) return Buffer.alloc(1 + random.below(64), random.below(256)); // others torn off all of it
  const at = random.below(bytes.length);
  const length = 1 + random.below(Math.min(bytes.length - at, 64));
  switch (random.below(11)) {
    case 0:
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at);
      return bytes;
    case 1:
      bytes.writeUInt8(random.below(256), at);
      return bytes;
    case 2:
      return writeField(bytes, at, random.pick(edges), random);
    case 3: {
      // A field that is off by a little, which a check that only looks for nonsense lets through.
      const aligned = at & ~3;
      if (aligned + 4 > bytes.length) return bytes;
      return writeField(bytes, aligned, (bytes.readUInt32LE(aligned) + random.below(9) - 4) >>> 0, random);
    }
    case 4:
      return bytes.subarray(0, random.below(bytes.length + 1));
    case 5:
      return Buffer.concat([bytes, Buffer.alloc(1 + random.below(64), random.below(256))]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 8:
      return Buffer.from(bytes.fill(0, at, at + length));
    case 9: {
      const to = random.below(bytes.length);
      const moved = Buffer.from(bytes.subarray(at, at + length));
      bytes.copy(bytes, at, to, to + length);
      moved.copy(bytes, to);
      return bytes;
    }
    default: {
      const from = random.below(other.length);
      other.copy(bytes, at, from, from + length);
      return bytes;
    }
  }
}

function writeField(bytes: Buffer, at: number, value: number, random: Random): Buffer {
  const bigEndian = random.below(4) === 0;
  const width = random.pick([1, 2, 4, 8]);
  if (at + width > bytes.length) return bytes;
  if (width === 8) {
    if (bigEndian) bytes.writeBigUInt64BE(BigInt(value), at);
    else bytes.writeBigUInt64LE(BigInt(value), at);
    return bytes;
  }
  const cut = value % 2 ** (8 * width);
  if (bigEndian) bytes.writeUIntBE(cut, at, width);
  else bytes.writeUIntLE(cut, at, width);
  return bytes;
}
