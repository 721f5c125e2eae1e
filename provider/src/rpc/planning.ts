/** The part of planning that is the same for every resource. Pure. */
import { sameValue } from "../codec/same-value";
import { unknown } from "../codec/unknown";
import type { Attributes } from "../schema/attribute";

type Values = Readonly<Record<string, unknown>>;

/** Marks as unknown what the provider computes and nobody has given, for an object to be created. */
export function markComputed(attributes: Attributes, proposed: Values): Values {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { mode }]) => {
      const computes = mode === "computed" || mode === "optionalComputed";
      return [name, computes && proposed[name] === null ? unknown : proposed[name]];
    }),
  );
}

/** What is proposed for an object that will be replaced: nothing computed carries over. */
export const forgetComputed = (attributes: Attributes, proposed: Values): Values =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { mode }]) => [
      name,
      mode === "computed" ? unknown : proposed[name],
    ]),
  );

/** Names of attributes whose change replaces the object. */
export function replacedBy(attributes: Attributes, prior: Values, proposed: Values): readonly string[] {
  return Object.entries(attributes)
    .filter(([name, { replaces }]) => replaces === true && !sameValue(prior[name], proposed[name]))
    .map(([name]) => name);
}
