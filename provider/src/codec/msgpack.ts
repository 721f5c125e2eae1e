/**
 * Terraform's msgpack encoding of values, without types.
 *
 * Terraform (go-cty) writes an unknown value as an extension: type 0 without, type 12 with what is known of
 * it ("refinements"). Every extension is read as unknown, and unknown is written as extension 0 with one zero
 * byte. Numbers that no msgpack number holds exactly arrive as decimal strings; `values.ts` reads those.
 *
 * Bounds: a message is at most {@link messageSizeBytesMax}; decoding is iterative, so depth costs no stack.
 */
import { decode, encode, ExtData, type ExtensionCodecType } from "@msgpack/msgpack";
import { isUnknown, unknown } from "./unknown";
import { ValueError } from "./value-error";

/** The same bound as Terraform's own for what it receives. */
export const messageSizeBytesMax = 256 * 1024 * 1024;

const extensionCodec: ExtensionCodecType<undefined> = {
  tryToEncode: (value) => (isUnknown(value) ? new ExtData(0, new Uint8Array(1)) : null),
  decode: () => unknown,
};

const limits = {
  extensionCodec,
  maxStrLength: messageSizeBytesMax,
  maxBinLength: messageSizeBytesMax,
  maxArrayLength: 1_000_000,
  maxMapLength: 1_000_000,
  maxExtLength: 1024 * 1024,
  useBigInt64: true,
};

/** Decoded msgpack. Extensions are {@link unknown}; 64-bit integers are bigint. Throws {@link ValueError}. */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, limits);
  } catch (error) {
    throw new ValueError([], `no msgpack value: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Encodes plain values in which {@link unknown} may stand anywhere. */
export const encodeMsgpack = (value: unknown): Buffer => Buffer.from(encode(value, { extensionCodec }));
