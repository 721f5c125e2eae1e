/** What `.caibx` allows, written down a second time, plainly: every rule a condition over big integers. */
const imageSizeMax = 64n * 2n ** 40n;
const chunkSizeMax = 262144n;

export interface ModelCaibx {
  readonly chunks: readonly { readonly digest: string; readonly end: bigint; readonly size: bigint }[];
}

/** The chunks, or undefined for what must be refused. */
export function modelOf(bytes: Buffer): ModelCaibx | undefined {
  if (bytes.length < 104 || (bytes.length - 104) % 40 !== 0) return undefined;
  const field = (at: number): bigint => {
    let value = 0n;
    for (let i = 7; i >= 0; i--) value = value * 256n + BigInt(bytes[at + i] ?? 0);
    return value;
  };
  const head = field(0) === 48n && field(8) === 0x96824d9c7b129ff9n;
  const sha256 = (field(16) / 2n ** 61n) % 2n === 0n;
  const sizes = 0n < field(24) && field(24) <= field(32) && field(32) <= field(40);
  const table = field(48) === 2n ** 64n - 1n && field(56) === 0xe75b9e112f17417dn;
  const tail = bytes.length - 40;
  const ends =
    field(tail) === 0n &&
    field(tail + 8) === 0n &&
    field(tail + 16) === 48n &&
    field(tail + 24) === BigInt(bytes.length - 48) &&
    field(tail + 32) === 0x4b4f050e5549ecd1n;
  if (!(head && sha256 && sizes && table && ends)) return undefined;
  const chunks: { digest: string; end: bigint; size: bigint }[] = [];
  let before = 0n;
  for (let at = 64; at < tail; at += 40) {
    const end = field(at);
    const size = end - before;
    if (size <= 0n || size > chunkSizeMax || end > imageSizeMax) return undefined;
    chunks.push({ digest: bytes.toString("hex", at + 8, at + 40), end, size });
    before = end;
  }
  return { chunks };
}
