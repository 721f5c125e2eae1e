/** Between wire messages and the provider's own types. */
import { decodeMsgpack, encodeMsgpack } from "../codec/msgpack";
import { ValueError } from "../codec/value-error";
import { writeObject } from "../codec/values";
import type { AttributePath, Diagnostic, PathStep } from "../diagnostics/diagnostic";
import type { Attributes } from "../schema/attribute";
import type { Private } from "../resources/resource";
import type { DynamicValue, WireDiagnostic, WirePath, WireStep } from "./messages";

const toStep = (step: PathStep): WireStep => {
  if ("attribute" in step) return { attribute_name: step.attribute };
  return "key" in step ? { element_key_string: step.key } : { element_key_int: step.index };
};

export const toWirePath = (path: AttributePath): WirePath => ({ steps: path.map(toStep) });

export function toWireDiagnostic(diagnostic: Diagnostic): WireDiagnostic {
  return {
    severity: diagnostic.severity === "error" ? "ERROR" : "WARNING",
    summary: diagnostic.summary,
    detail: diagnostic.detail,
    ...(diagnostic.path === undefined ? {} : { attribute: toWirePath(diagnostic.path) }),
  };
}

/** A value in either encoding, without types; null when there is none. Throws {@link ValueError}. */
export function fromDynamicValue(value: DynamicValue | undefined): unknown {
  if (value?.msgpack !== undefined && value.msgpack.length > 0) return decodeMsgpack(value.msgpack);
  if (value?.json !== undefined && value.json.length > 0) return parseJson(value.json);
  return null;
}

/** Parses JSON of another process. Throws {@link ValueError}. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw new ValueError([], "no JSON value"); // the parser's own message quotes the text, which may be secret
  }
}

/** An object of `attributes` for the wire; `null` stands for no object. */
export const toDynamicValue = (
  attributes: Attributes,
  value: Readonly<Record<string, unknown>> | null,
): DynamicValue => ({ msgpack: encodeMsgpack(value === null ? null : writeObject(attributes, value)) });

/** What the provider once stored beside the state; anything else counts as nothing stored. */
export function readPrivate(bytes: Uint8Array | undefined): Private {
  if (bytes === undefined || bytes.length === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (value === null || typeof value !== "object") return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
  } catch {
    return {}; // private data only saves work, so what cannot be read is not missed
  }
}

export const writePrivate = (stored: Private): Buffer =>
  Object.keys(stored).length === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(stored));
