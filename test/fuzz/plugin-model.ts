/**
 * What the plugin protocol may be told: calls of every kind with values that are loose, shaped by a schema, or no
 * values at all; and what every answer must be. The model says of each request whether it can be valid.
 */
import { encode, ExtData } from "@msgpack/msgpack";
import { unknown } from "../../provider/src/codec/unknown";
import { encodeMsgpack } from "../../provider/src/codec/msgpack";
import { dataSourceSchemas, resourceSchemas } from "../../provider/src/provider/catalogue";
import { providerAttributes } from "../../provider/src/provider/schema";
import type { Attribute, Attributes, PrimitiveKind } from "../../provider/src/schema/attribute";
import { errorsOf, plain, severities, type Answer } from "../provider/support/plugin-client";
import type { Random } from "../support/random";
import { mutate } from "./support/mutate";

export interface PluginRequest {
  readonly name: string;
  readonly message: object;
  /** Holds something that no schema allows, so that the answer must say so. */
  readonly isInvalid: boolean;
  /** What the answer's object must name, by the answer's field. */
  readonly attributes: Attributes | undefined;
}

/** Bytes of a value, and whether the schema that they are for refuses them. */
interface Input {
  readonly bytes: Buffer;
  readonly isInvalid: boolean;
}

/** A resource and a data source may have the same name, as dvce_image has. */
const attributesOf = (schemas: Schemas, type: string): Attributes | undefined =>
  Object.hasOwn(schemas, type) ? schemas[type]?.attributes : undefined;
type Schemas = Readonly<Record<string, { readonly attributes: Attributes }>>;
const resourceTypes = Object.keys(resourceSchemas);
const dataSourceTypes = Object.keys(dataSourceSchemas);

/** A word that means something somewhere, so that a request gets far; or one that means nothing anywhere. */
const words = [
  ...[
    "web",
    "base",
    "a",
    "n1",
    "rack",
    "",
    "0",
    "-1",
    "1e3",
    "true",
    "null",
    "__proto__",
    "constructor",
    "é\u0000𝕏",
  ],
  ...["a".repeat(64), `sha256:${"b".repeat(64)}`, "recreate", "forbid", "10m", "x".repeat(5000)],
  ...["/nowhere/image.raw", "/", "/dev/null", "http://127.0.0.1:1/image.raw", "ftp://x", "web-a", "web/a"],
] as const;
const numbers = [
  0,
  1,
  -1,
  2,
  64,
  512,
  0.5,
  -0.0,
  1e300,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  NaN,
  Infinity,
  -Infinity,
] as const;

const word = (random: Random): string => words[random.below(words.length)] ?? "";
const integer = (random: Random): number => 1 + random.below(random.below(8) === 0 ? 2 ** 31 : 600);

/** Anything that msgpack can hold. */
function looseValue(random: Random, depth: number): unknown {
  switch (random.below(depth <= 0 ? 7 : 10)) {
    case 0:
      return null;
    case 1:
      return random.below(2) === 0;
    case 2:
      return numbers[random.below(numbers.length)];
    case 3:
      return integer(random);
    case 4:
      return word(random);
    case 5:
      return Buffer.alloc(random.below(20), random.below(256));
    case 6:
      return random.below(2) === 0
        ? unknown
        : new ExtData(random.below(120), Buffer.alloc(random.below(9), 1));
    case 7:
      return Array.from({ length: random.below(5) }, () => looseValue(random, depth - 1));
    default:
      return looseMap(random, depth);
  }
}

const looseMap = (random: Random, depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: random.below(5) }, () => [word(random), looseValue(random, depth - 1)]),
  );

/** A value of the primitive kind, in any of the forms that Terraform sends. */
function primitive(kind: PrimitiveKind, random: Random): unknown {
  if (kind === "bool") return random.below(2) === 0;
  if (kind === "string") return word(random);
  return random.below(6) === 0 ? String(integer(random)) : integer(random);
}

/** A value that the kind can never be. */
const wrong = (attribute: Attribute, random: Random): unknown => {
  const nesting = attribute.kind === "nested" ? attribute.nesting : attribute.kind;
  if (nesting === "list") return random.pick<unknown>([true, "text", 5, { a: 1 }]);
  if (nesting === "map" || nesting === "single") return random.pick<unknown>([true, "text", 5, [1]]);
  return nesting === "bool"
    ? random.pick<unknown>([5, "true", {}, []])
    : random.pick<unknown>([true, {}, [], [1]]);
};

/** An object of the schema: mostly as it should be, with gaps, unknowns, and now and then something wrong in it. */
function shapedObject(
  attributes: Attributes,
  random: Random,
  isWrong: { is: boolean },
): Record<string, unknown> {
  const entries = Object.entries(attributes).flatMap(([name, attribute]): [string, unknown][] => {
    const chance = random.below(200);
    if (chance === 0) return [];
    if (chance === 1) {
      isWrong.is = true;
      return [[name, wrong(attribute, random)]];
    }
    if (chance < 10) return [[name, unknown]];
    if (attribute.mode === "computed" ? chance < 120 : attribute.mode !== "required" && chance < 80)
      return [[name, null]];
    return [[name, shapedValue(attribute, random, isWrong)]];
  });
  if (random.below(40) === 0) entries.push([word(random), looseValue(random, 2)]);
  // A name of the schema that comes twice keeps its first, which the model has judged.
  return Object.fromEntries(entries.reverse());
}

function shapedValue(attribute: Attribute, random: Random, isWrong: { is: boolean }): unknown {
  const element = (): unknown => {
    if (random.below(60) === 0) return unknown;
    return attribute.kind === "nested"
      ? shapedObject(attribute.attributes, random, isWrong)
      : primitive(
          attribute.kind === "map" || attribute.kind === "list" ? attribute.element : attribute.kind,
          random,
        );
  };
  const nesting = attribute.kind === "nested" ? attribute.nesting : attribute.kind;
  const size = random.below(4);
  if (nesting === "list") return Array.from({ length: size }, element);
  if (nesting !== "map") return element();
  const keys = ["a", "b", "web-0", "rack", "Ünicode", ""];
  return Object.fromEntries(
    Array.from({ length: size }, (): [string, unknown] => [
      keys[random.below(keys.length)] ?? "a",
      element(),
    ]),
  );
}

const canBeObject = (first: number): boolean =>
  (first & 0xf0) === 0x80 || first === 0xde || first === 0xdf || first === 0xc0;

function input(attributes: Attributes, random: Random): Input {
  const isWrong = { is: false };
  const shaped = (): Buffer => encodeMsgpack(shapedObject(attributes, random, isWrong));
  const judge = (bytes: Buffer): Input => ({ bytes, isInvalid: !canBeObject(bytes[0] ?? 0xc0) });
  switch (random.below(10)) {
    case 0:
      return judge(Buffer.from(encode(withoutSymbols(looseValue(random, 4)))));
    case 1:
      return judge(Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256))));
    case 2:
      return judge(mutate(random, shaped()));
    case 3:
      return judge(nested(random));
    case 4:
      return { bytes: encodeMsgpack(null), isInvalid: false };
    default: {
      const bytes = shaped();
      return { bytes, isInvalid: isWrong.is };
    }
  }
}

/** Lists or maps in one another, deeper than any stack of calls. */
function nested(random: Random): Buffer {
  const depth = 1 + random.below(random.below(4) === 0 ? 200_000 : 200);
  return random.below(2) === 0
    ? Buffer.concat([Buffer.alloc(depth, 0x91), Buffer.from([0xc0])])
    : Buffer.concat([Buffer.from("81a161".repeat(depth), "hex"), Buffer.from([0xc0])]);
}

/** The plain encoder has no word for an unknown value. */
function withoutSymbols(value: unknown): unknown {
  if (value === unknown) return new ExtData(0, new Uint8Array(1));
  if (Array.isArray(value)) return value.map(withoutSymbols);
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value) || value instanceof ExtData)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutSymbols(child)]));
}

const privateBytes = (random: Random): Buffer =>
  [Buffer.alloc(0), Buffer.from("{}"), Buffer.from('{"pushed":5,"__proto__":"x"}'), Buffer.from([0xff, 0])][
    random.below(4)
  ] ?? Buffer.alloc(0);

const dynamic = ({ bytes }: Input): object => ({ msgpack: bytes });

/** One call with everything that it can carry. */
export function pluginRequest(random: Random): PluginRequest {
  const kind = random.below(20);
  if (kind < 2) {
    const config = input(providerAttributes, random);
    const message = { config: dynamic(config) };
    return { name: "ValidateProviderConfig", message, isInvalid: config.isInvalid, attributes: undefined };
  }
  if (kind < 5) {
    const type_name = dataSourceTypes[random.below(dataSourceTypes.length)] ?? "";
    const attributes = attributesOf(dataSourceSchemas, type_name) ?? {};
    const config = input(attributes, random);
    const name = random.pick(["ReadDataSource", "ValidateDataResourceConfig"]);
    return { name, message: { type_name, config: dynamic(config) }, isInvalid: config.isInvalid, attributes };
  }
  const type_name =
    random.below(50) === 0 ? word(random) : (resourceTypes[random.below(resourceTypes.length)] ?? "");
  const attributes = attributesOf(resourceSchemas, type_name);
  const isKnown = attributes !== undefined;
  const value = input(attributes ?? {}, random);
  const other =
    random.below(3) === 0
      ? input(attributes ?? {}, random)
      : { bytes: encodeMsgpack(null), isInvalid: false };
  const request = (name: string, message: object, isInvalid: boolean): PluginRequest => ({
    name,
    message: { type_name, ...message },
    isInvalid: isInvalid || !isKnown,
    attributes: isKnown ? attributes : undefined,
  });
  if (kind < 8) return request("ValidateResourceConfig", { config: dynamic(value) }, value.isInvalid);
  if (kind < 11) {
    const message = { current_state: dynamic(value), private: privateBytes(random) };
    return request("ReadResource", message, value.isInvalid);
  }
  if (kind < 15) {
    const message = {
      proposed_new_state: dynamic(value),
      prior_state: dynamic(other),
      config: dynamic(value),
      prior_private: privateBytes(random),
    };
    return request("PlanResourceChange", message, value.isInvalid || other.isInvalid);
  }
  if (kind < 17) {
    const message = {
      planned_state: dynamic(value),
      prior_state: dynamic(other),
      config: dynamic(value),
      planned_private: privateBytes(random),
    };
    return request("ApplyResourceChange", message, value.isInvalid || other.isInvalid);
  }
  if (kind < 18) return request("ImportResourceState", { id: word(random) }, false);
  if (kind < 19) {
    const text = random.below(4) === 0 ? word(random) : JSON.stringify(jsonValue(attributes ?? {}, random));
    const message = { version: random.below(3), raw_state: { json: Buffer.from(text) } };
    return request("UpgradeResourceState", message, !isJsonObject(text) || message.version > 0);
  }
  const name = random.pick(["MoveResourceState", "UpgradeResourceIdentity", "OpenEphemeralResource"]);
  return { name, message: { type_name }, isInvalid: true, attributes: undefined };
}

const jsonValue = (attributes: Attributes, random: Random): unknown =>
  random.below(3) === 0
    ? looseMap(random, 2)
    : Object.fromEntries(
        Object.entries(attributes).map(([name, attribute]) => [
          name,
          random.below(3) === 0 ? null : shapedValue(attribute, random, { is: false }),
        ]),
      );

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return value === null || (typeof value === "object" && !Array.isArray(value));
  } catch {
    return false;
  }
}

const objectFields = ["planned_state", "new_state", "state", "upgraded_state"];

/** Throws unless `answer` is one that Terraform can use. */
export function checkAnswer({ name, isInvalid, attributes }: PluginRequest, answer: Answer): void {
  const fail = (why: string): never => {
    throw new Error(`${name}: ${why}: ${JSON.stringify(answer).slice(0, 2000)}`);
  };
  for (const { severity, summary, detail } of answer.diagnostics ?? []) {
    if (summary === "" || detail === "") fail("an empty diagnostic");
    if (severity === severities.error && !summary.startsWith("Unable to "))
      fail("a summary that tells no attempt");
    if (detail.includes("in a way that it does not know")) fail("a failure that nobody foresaw");
  }
  const errors = errorsOf(answer);
  if (isInvalid && errors.length === 0) fail("no diagnostic for what no schema allows");
  if (errors.length > 0 || attributes === undefined) return;
  for (const field of objectFields.filter((one) => answer[one] !== undefined)) {
    const value = plain(answer[field]);
    if (value === null) continue;
    const missing = Object.keys(attributes).filter((key) => !Object.hasOwn(value as object, key));
    if (missing.length > 0) fail(`${field} lacks ${missing.join(", ")}`);
  }
}
