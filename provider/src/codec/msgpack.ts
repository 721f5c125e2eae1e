/**
 * Terraform's msgpack encoding of values, without types.
 *
 * Terraform (go-cty) writes an unknown value as an extension: type 0 without, type 12 with what is known of
 * it ("refinements"). Every extension is read as unknown, and unknown is written as extension 0 with one zero
 * byte. Numbers that no msgpack number holds exactly arrive as decimal strings; `values.ts` reads those.
 *
 * Bounds: a message is at most {@link messageSizeBytesMax}; decoding is iterative, so depth costs no stack.
 */
import { decode, encode, ExtData } from "@msgpack/msgpack";
import { isUnknown, unknown } from "./unknown";
import { ValueError } from "./value-error";

/** The same bound as Terraform's own for what it receives. */
export const messageSizeBytesMax = 256 * 1024 * 1024;

const limits = {
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
    return markUnknown(decode(bytes, limits));
  } catch (error) {
    throw new ValueError([], `no msgpack value: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Replaces every extension, in place; iterative for the same reason as decoding. */
function markUnknown(root: unknown): unknown {
  const holder: { value: unknown } = { value: root };
  const pending: object[] = [holder];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const slots = parent as Record<string, unknown>;
    for (const key of Object.keys(slots)) {
      const child = slots[key];
      if (child instanceof ExtData) slots[key] = unknown;
      else if (child !== null && typeof child === "object" && !ArrayBuffer.isView(child)) pending.push(child);
    }
  }
  return holder.value;
}

/** Encodes plain values in which {@link unknown} may stand anywhere. */
export function encodeMsgpack(value: unknown): Buffer {
  return Buffer.from(encode(replaceUnknown(value)));
}

function replaceUnknown(value: unknown): unknown {
  if (isUnknown(value)) return new ExtData(0, new Uint8Array(1));
  if (Array.isArray(value)) return value.map(replaceUnknown);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replaceUnknown(child)]));
  }
  return value;
}
