/**
 * What Terraform's core does with one resource: keeps its state, asks for plans, asks again at apply, and compares. Its
 * rules are those of Terraform's `objchange` package, as far as top-level attributes need them.
 */
import { isDeepStrictEqual } from "node:util";
import { isUnknown } from "../../../provider/src/codec/unknown";
import type { Attributes } from "../../../provider/src/schema/attribute";
import { dynamic, errorsOf, plain, type Answer, type PluginClient } from "./plugin-client";

export type Values = Readonly<Record<string, unknown>>;

export interface Outcome {
  /** What the provider refused with; undefined when it did not. */
  readonly refusal: string | undefined;
  /** Null: the object is to be gone, or is. */
  readonly value: Values | null;
}

export class ManagedResource {
  state: Values | null = null;
  #private: unknown = Buffer.alloc(0);
  #plannedPrivate: unknown = Buffer.alloc(0);

  constructor(
    private readonly provider: PluginClient,
    private readonly typeName: string,
    private readonly attributes: Attributes,
  ) {}

  /** Takes into the state what the object is now. */
  async refresh(): Promise<void> {
    if (this.state === null) return;
    const answer = await this.#call("ReadResource", {
      current_state: dynamic(this.state),
      private: this.#private,
    });
    const refusal = refusalOf(answer);
    if (refusal !== undefined) throw new Error(`reading was refused: ${refusal}`);
    this.state = valueOf(answer["new_state"]);
  }

  /** Asks for a plan. Terraform asks a second time at apply, in the same words. */
  async plan(config: Values | null): Promise<Outcome> {
    const answer = await this.#call("PlanResourceChange", {
      prior_state: dynamic(this.state),
      proposed_new_state: dynamic(config === null ? null : this.#propose(config)),
      config: dynamic(config),
      prior_private: this.#private,
    });
    if (answer["requires_replace"] !== undefined)
      throw new Error(`${this.typeName} wants to be replaced, which these plans never ask for`);
    this.#plannedPrivate = answer["planned_private"] ?? Buffer.alloc(0);
    return { refusal: refusalOf(answer), value: valueOf(answer["planned_state"]) };
  }

  /** Applies the last plan; what the provider answers is the state from then on. */
  async apply(config: Values | null, planned: Values | null): Promise<Outcome> {
    const answer = await this.#call("ApplyResourceChange", {
      prior_state: dynamic(this.state),
      planned_state: dynamic(planned),
      config: dynamic(config),
      planned_private: this.#plannedPrivate,
    });
    this.state = valueOf(answer["new_state"]);
    this.#private = answer["private"] ?? Buffer.alloc(0);
    return { refusal: refusalOf(answer), value: this.state };
  }

  #call(name: string, request: object): Promise<Answer> {
    return this.provider.call(name, { type_name: this.typeName, ...request });
  }

  /** The configuration, with what the provider computed before where the configuration is silent. */
  #propose(config: Values): Values {
    return Object.fromEntries(
      Object.entries(this.attributes).map(([name, { mode }]) => {
        const computed = mode === "computed" || mode === "optionalComputed";
        return [name, config[name] ?? (computed ? (this.state?.[name] ?? null) : null)];
      }),
    );
  }
}

const refusalOf = (answer: Answer): string | undefined => {
  const [error] = errorsOf(answer);
  return error === undefined ? undefined : `${error.summary}: ${error.detail}`;
};

const valueOf = (value: unknown): Values | null => plain(value) as Values | null;

/** Whether `actual` is what was planned: all that was known is the same. */
export function keepsTo(planned: unknown, actual: unknown): boolean {
  if (isUnknown(planned)) return true;
  if (isUnknown(actual)) return false;
  if (planned === null || actual === null || typeof planned !== "object" || typeof actual !== "object")
    return isDeepStrictEqual(planned, actual);
  const keys = Object.keys(planned);
  return (
    Array.isArray(planned) === Array.isArray(actual) &&
    keys.length === Object.keys(actual).length &&
    keys.every((key) => keepsTo((planned as Values)[key], (actual as Values)[key]))
  );
}
