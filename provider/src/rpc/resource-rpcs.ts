/** The managed-resource calls of the protocol, for one resource. */
import { DvceError } from "@dvce/api";
import { readPartly, readState } from "../codec/values";
import type { Diagnostic } from "../diagnostics/diagnostic";
import type { Attempt } from "../diagnostics/from-error";
import { PartialApplyError, type Private, type Resource } from "../resources/resource";
import type { Attributes } from "../schema/attribute";
import type { Partly, State } from "../schema/infer";
import { validateAttributes } from "../schema/validate";
import {
  fromDynamicValue,
  parseJson,
  readPrivate,
  toDynamicValue,
  toWirePath,
  writePrivate,
} from "./convert";
import type * as wire from "./messages";
import { forgetComputed, markComputed, replacedBy } from "./planning";
import type { Runtime } from "./runtime";
import { withinTimeLimit } from "./time-limit";

const toReplace = (attribute: string): wire.WirePath => toWirePath([{ attribute }]);

export interface ResourceRpcs {
  readonly typeName: string;
  readonly attributes: Attributes;
  validate(request: wire.ConfigRequest): Promise<wire.DiagnosticsResponse>;
  upgrade(request: wire.UpgradeStateRequest): Promise<wire.UpgradeStateResponse>;
  read(request: wire.ReadRequest): Promise<wire.ReadResponse>;
  plan(request: wire.PlanRequest): Promise<wire.PlanResponse>;
  apply(request: wire.ApplyRequest): Promise<wire.ApplyResponse>;
  import(request: wire.ImportRequest): Promise<wire.ImportResponse>;
  move(request: wire.MoveRequest): Promise<wire.MoveResponse>;
}

export function resourceRpcs<A extends Attributes>(resource: Resource<A>, runtime: Runtime): ResourceRpcs {
  const { attributes } = resource.schema;
  const { timeLimits } = resource;
  const partly = (value: wire.DynamicValue | undefined): Partly<A> | null =>
    readPartly(attributes, fromDynamicValue(value));
  const state = (value: wire.DynamicValue | undefined): State<A> | null =>
    readState(attributes, fromDynamicValue(value));
  const write = (value: Partly<A> | null): wire.DynamicValue => toDynamicValue(attributes, value);

  /** Before the request's values could be read, a failure can only name the type. */
  const undecoded = (action: string): Omit<Attempt, "onUnexpected"> => ({ action, thing: resource.typeName });
  const attemptOn = (action: string, value: Partly<A>, error: unknown): Omit<Attempt, "onUnexpected"> => {
    return {
      action,
      thing: resource.describe(value),
      translatePath: (path) => resource.translatePath?.(path, value),
      path: resource.locate?.(error, value),
    };
  };

  /** Runs `body`; what it throws is told of `value`, and `failed` is the answer. */
  const attempting = async <R extends object>(
    action: string,
    value: Partly<A>,
    failed: R,
    tell: (diagnostics: ReturnType<Runtime["diagnose"]>) => void,
    body: () => Promise<R>,
  ): Promise<R> => {
    try {
      return await body();
    } catch (error) {
      const cause = error instanceof PartialApplyError ? error.cause : error;
      tell(runtime.diagnose(cause, attemptOn(action, value, cause)));
      if (!(error instanceof PartialApplyError)) return failed;
      return { ...failed, new_state: toDynamicValue(attributes, error.state) };
    }
  };

  /** Tells what is not allowed of values that were unknown when the configuration was validated. */
  const refuseKnown = (value: Partly<A>, tell: (diagnostics: readonly Diagnostic[]) => void): boolean => {
    const problems = validateAttributes(attributes, value, resource.describe(value));
    tell(problems);
    return problems.length > 0;
  };

  /** State as a provider of this or an older schema stored it. */
  const readStored = (raw: wire.RawState | undefined, version = 0): State<A> | null => {
    if (version > resource.schema.version) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `The state was written by a newer provider: its schema has version ${version}, and this one knows ` +
          `versions up to ${resource.schema.version}. Use at least the provider that wrote it`,
      );
    }
    const json = raw?.json;
    if (json === undefined || json.length === 0) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        "The state is in no format that this provider has ever written",
      );
    }
    return readState(attributes, parseJson(json));
  };

  return {
    typeName: resource.typeName,
    attributes,

    validate: (request) =>
      runtime.answer(undecoded("accept"), {}, (_context, tell) => {
        const config = partly(request.config);
        if (config === null) return {};
        tell(validateAttributes(attributes, config, resource.describe(config)));
        tell(resource.validate?.(config) ?? []);
        return {};
      }),

    upgrade: (request) =>
      runtime.answer<Omit<wire.UpgradeStateResponse, "diagnostics">>(undecoded("read stored"), {}, () => ({
        upgraded_state: write(readStored(request.raw_state, request.version)),
      })),

    read: (request) =>
      runtime.answer<Omit<wire.ReadResponse, "diagnostics">>(undecoded("read"), {}, async (context, tell) => {
        const stored = { private: request.private ?? Buffer.alloc(0) };
        const current = state(request.current_state);
        if (current === null) return { ...stored, new_state: write(null) };
        const failed = { ...stored, new_state: write(current) };
        return attempting("read", current, failed, tell, async () => ({
          ...stored,
          new_state: write(
            await withinTimeLimit(context, "read", current, timeLimits, (limited) =>
              resource.read(current, limited),
            ),
          ),
        }));
      }),

    plan: (request) =>
      runtime.answer<Omit<wire.PlanResponse, "diagnostics">>(undecoded("plan"), {}, async (context, tell) => {
        const stored = readPrivate(request.prior_private);
        const prior = state(request.prior_state);
        const given = partly(request.proposed_new_state);
        if (given === null) {
          const destroyed = { planned_state: write(null), planned_private: writePrivate(stored) };
          if (prior === null) return destroyed;
          return attempting("destroy", prior, destroyed, tell, async () => {
            await resource.planDelete?.(prior, [], context);
            return destroyed;
          });
        }

        const computed = (value: Partly<A>): Partly<A> => markComputed(attributes, value) as Partly<A>;
        const proposed = prior === null ? computed(given) : given;
        const input = { prior, proposed, private: stored };
        const failed = { planned_state: write(prior ?? proposed), planned_private: writePrivate(stored) };
        if (refuseKnown(proposed, tell)) return failed;
        return attempting<Omit<wire.PlanResponse, "diagnostics">>(
          "plan",
          proposed,
          failed,
          tell,
          async () => {
            const kept = prior === null ? [] : (resource.keeps?.(input) ?? []);
            const replaced =
              prior === null
                ? []
                : replacedBy(attributes, prior, proposed).filter((name) => !kept.includes(name));
            if (prior !== null && replaced.length > 0) {
              await resource.planDelete?.(prior, replaced, context);
              // Terraform asks again, as for a new object.
              const forgotten = toDynamicValue(attributes, forgetComputed(attributes, given));
              return { ...failed, planned_state: forgotten, requires_replace: replaced.map(toReplace) };
            }
            const result = await resource.plan(input, context);
            return {
              planned_state: write(result.planned),
              planned_private: writePrivate(result.private ?? stored),
            };
          },
        );
      }),

    apply: (request) =>
      runtime.answer<Omit<wire.ApplyResponse, "diagnostics">>(
        undecoded("apply"),
        // Terraform keeps the prior state when it is given back unread.
        request.prior_state === undefined ? {} : { new_state: request.prior_state },
        async (context, tell) => {
          const stored = readPrivate(request.planned_private);
          const prior = state(request.prior_state);
          const planned = partly(request.planned_state);
          const failed = { new_state: write(prior), private: writePrivate(stored) };
          if (planned === null) {
            if (prior === null) return failed;
            return attempting("delete", prior, failed, tell, async () => {
              await withinTimeLimit(context, "delete", prior, timeLimits, (limited) =>
                resource.delete(prior, limited),
              );
              return { new_state: write(null) };
            });
          }
          if (refuseKnown(planned, tell)) return failed;
          const action = prior === null ? "create" : "update";
          return attempting<typeof failed>(action, planned, failed, tell, async () => {
            const result = await withinTimeLimit(context, action, planned, timeLimits, (limited) =>
              resource.apply({ prior, planned, private: stored }, limited),
            );
            const kept: Private = result.private ?? stored;
            return { new_state: write(result.state), private: writePrivate(kept) };
          });
        },
      ),

    import: (request) =>
      runtime.answer<Omit<wire.ImportResponse, "diagnostics">>(
        { action: "import", thing: `${resource.typeName} ${JSON.stringify(request.id ?? "")}` },
        {},
        async (context) => {
          const result = await withinTimeLimit(context, "read", {}, timeLimits, (limited) =>
            resource.import(request.id ?? "", limited),
          );
          const imported = {
            type_name: resource.typeName,
            state: write(result.state),
            private: writePrivate(result.private ?? {}),
          };
          return { imported_resources: [imported] };
        },
      ),

    /** Only from this type as another address of this provider calls it: a mirror's, or a registry's of its own. */
    move: (request) =>
      runtime.answer<Omit<wire.MoveResponse, "diagnostics">>(
        { action: "move", thing: `${request.source_type_name ?? "a resource"} to ${resource.typeName}` },
        {},
        () => {
          const address = request.source_provider_address ?? "";
          if (request.source_type_name !== resource.typeName || address.split("/").at(-1) !== "dvce") {
            throw new DvceError(
              "DVCE_INPUT_INVALID",
              `${resource.typeName} can only be moved from a ${resource.typeName} of a provider dvce, and not from ` +
                `${request.source_type_name ?? "a resource"} of ${address || "an unnamed provider"}. Use an import block instead.`,
            );
          }
          return {
            target_state: write(readStored(request.source_state, request.source_schema_version)),
            target_private: writePrivate(readPrivate(request.source_private)),
          };
        },
      ),
  };
}
