/**
 * XDR (RFC 4506), the part that libvirt RPC uses: big-endian, every item a multiple of four bytes.
 *
 *   int, unsigned, enum, bool   4 bytes
 *   hyper, unsigned hyper       8 bytes
 *   opaque[n]                   n bytes, zero bytes up to a multiple of four
 *   string<max>                 unsigned length, then as opaque[length]; UTF-8
 *   T<max>                      unsigned count, then the items
 *   T *                         int 0, or int 1 and the item
 *
 * Every length is checked against what is left and against its bound before anything is allocated.
 */

/** libvirt's REMOTE_STRING_MAX since 4.x: the longest string in any message, in bytes. */
export const stringSizeBytesMax = 4 * 1024 * 1024;

/** The bytes are not what the protocol says they are. Ends the connection that sent them, or one call. */
export class XdrError extends Error {
  override readonly name = "XdrError";
}

const padded = (length: number): number => (length + 3) & ~3;

/** Reads items one after the other; every method throws {@link XdrError} when the bytes end too soon. */
export class XdrReader {
  #offset: number;

  constructor(
    readonly bytes: Buffer,
    offset = 0,
  ) {
    this.#offset = offset;
  }

  /** Offset of the next item from the start of `bytes`. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.bytes.length - this.#offset;
  }

  /** All bytes that were not read yet; nothing is left afterwards. */
  rest(): Buffer {
    const rest = this.bytes.subarray(this.#offset);
    this.#offset = this.bytes.length;
    return rest;
  }

  int(): number {
    return this.bytes.readInt32BE(this.#take(4));
  }

  uint(): number {
    return this.bytes.readUInt32BE(this.#take(4));
  }

  uhyper(): bigint {
    return this.bytes.readBigUInt64BE(this.#take(8));
  }

  opaque(length: number): Buffer {
    const start = this.#take(padded(length));
    return this.bytes.subarray(start, start + length);
  }

  string(sizeBytesMax = stringSizeBytesMax): string {
    const length = this.uint();
    if (length > sizeBytesMax) {
      throw new XdrError(`a string of ${length} bytes; at most ${sizeBytesMax} are allowed`);
    }
    return this.opaque(length).toString("utf8");
  }

  optional<T>(read: () => T): T | undefined {
    // Any value but 0 means present, as C decoders take it: go-libvirt sends 0x01000000 in CONNECT_OPEN.
    return this.uint() !== 0 ? read() : undefined;
  }

  array<T>(countMax: number, read: () => T): T[] {
    const count = this.uint();
    // No item is smaller than four bytes, so a count that cannot fit is refused before the loop.
    if (count > countMax || count * 4 > this.remaining) {
      throw new XdrError(`${count} items; at most ${countMax} are allowed in ${this.remaining} bytes`);
    }
    const items: T[] = [];
    for (let i = 0; i < count; i += 1) items.push(read());
    return items;
  }

  #take(length: number): number {
    if (length > this.remaining) {
      throw new XdrError(`${length} bytes wanted at offset ${this.#offset}, ${this.remaining} left`);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}

/** Collects items; `take()` gives the bytes. */
export class XdrWriter {
  readonly #parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeInt32BE(value);
    return this.raw(part);
  }

  uint(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeUInt32BE(value);
    return this.raw(part);
  }

  uhyper(value: bigint): this {
    const part = Buffer.allocUnsafe(8);
    part.writeBigUInt64BE(value);
    return this.raw(part);
  }

  opaque(value: Buffer): this {
    return this.raw(value).raw(Buffer.alloc(padded(value.length) - value.length));
  }

  string(value: string): this {
    const bytes = Buffer.from(value, "utf8");
    return this.uint(bytes.length).opaque(bytes);
  }

  optional<T>(value: T | undefined, write: (value: T) => void): this {
    if (value === undefined) return this.uint(0);
    this.uint(1);
    write(value);
    return this;
  }

  array<T>(values: readonly T[], write: (value: T) => void): this {
    this.uint(values.length);
    values.forEach(write);
    return this;
  }

  /** Bytes that are XDR already. */
  raw(bytes: Buffer): this {
    if (bytes.length > 0) this.#parts.push(bytes);
    return this;
  }

  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
