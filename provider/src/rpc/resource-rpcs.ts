/** The managed-resource calls of the protocol, for one resource. */
import { DvceError } from "@dvce/api";
import { readPartly, readState } from "../codec/values";
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
}

export function resourceRpcs<A extends Attributes>(resource: Resource<A>, runtime: Runtime): ResourceRpcs {
  const { attributes } = resource.schema;
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
      runtime.answer<Omit<wire.UpgradeStateResponse, "diagnostics">>(undecoded("read stored"), {}, () => {
        const version = request.version ?? 0;
        if (version > resource.schema.version) {
          throw new DvceError(
            "DVCE_INPUT_INVALID",
            `The state was written by a newer provider: its schema has version ${version}, and this one knows ` +
              `versions up to ${resource.schema.version}. Use at least the provider that wrote it`,
          );
        }
        const json = request.raw_state?.json;
        if (json === undefined || json.length === 0) {
          throw new DvceError(
            "DVCE_INPUT_INVALID",
            "The state is in no format that this provider has ever written",
          );
        }
        return { upgraded_state: write(readState(attributes, parseJson(json))) };
      }),

    read: (request) =>
      runtime.answer<Omit<wire.ReadResponse, "diagnostics">>(undecoded("read"), {}, async (context, tell) => {
        const stored = { private: request.private ?? Buffer.alloc(0) };
        const current = state(request.current_state);
        if (current === null) return { ...stored, new_state: write(null) };
        const failed = { ...stored, new_state: write(current) };
        return attempting("read", current, failed, tell, async () => ({
          ...stored,
          new_state: write(await resource.read(current, context)),
        }));
      }),

    plan: (request) =>
      runtime.answer<Omit<wire.PlanResponse, "diagnostics">>(undecoded("plan"), {}, async (context, tell) => {
        const stored = readPrivate(request.prior_private);
        const prior = state(request.prior_state);
        const given = partly(request.proposed_new_state);
        if (given === null) return { planned_state: write(null), planned_private: writePrivate(stored) };

        const computed = (value: Partly<A>): Partly<A> => markComputed(attributes, value) as Partly<A>;
        const proposed = prior === null ? computed(given) : given;
        const input = { prior, proposed, private: stored };
        const failed = { planned_state: write(prior ?? proposed), planned_private: writePrivate(stored) };
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
            if (replaced.length > 0) {
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
              await resource.delete(prior, context);
              return { new_state: write(null) };
            });
          }
          const action = prior === null ? "create" : "update";
          return attempting<typeof failed>(action, planned, failed, tell, async () => {
            const result = await resource.apply({ prior, planned, private: stored }, context);
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
          const result = await resource.import(request.id ?? "", context);
          const imported = {
            type_name: resource.typeName,
            state: write(result.state),
            private: writePrivate(result.private ?? {}),
          };
          return { imported_resources: [imported] };
        },
      ),
  };
}
