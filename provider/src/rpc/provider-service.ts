/** The protocol's Provider service: every call, dispatched to the resource or data source that it names. */
import { status } from "@grpc/grpc-js";
import type { UnaryService } from "../plugin/lazy-service";
import { readPartly } from "../codec/values";
import type { Provider } from "../provider/provider";
import { validateAttributes } from "../schema/validate";
import { wireSchema } from "./wire-schema";
import { fromDynamicValue, toWireDiagnostic } from "./convert";
import { dataSourceRpcs } from "./data-source-rpcs";
import type * as wire from "./messages";
import { resourceRpcs, type ResourceRpcs } from "./resource-rpcs";
import type { Runtime } from "./runtime";

/** plan_destroy: a destroy that is not allowed fails in the plan, before anything that depends on it is gone. */
const serverCapabilities = {
  get_provider_schema_optional: true,
  plan_destroy: true,
  move_resource_state: true,
};

/** A handler of one call. Its request's type is the protocol's word, which gRPC has checked while decoding. */
type Unary = (request: never) => Promise<object> | object;

export function providerService(provider: Provider, runtime: Runtime): UnaryService {
  const resources = new Map(
    provider.resources
      .map((bind) => bind((resource) => resourceRpcs(resource, runtime)))
      .map((rpcs) => [rpcs.typeName, rpcs]),
  );
  const sources = new Map(
    provider.dataSources
      .map((bind) => bind((source) => dataSourceRpcs(source, runtime)))
      .map((rpcs) => [rpcs.typeName, rpcs]),
  );

  /** Answers a type that this provider does not have; Terraform asks only for those of the schema. */
  const unknownType = (typeName: string | undefined): wire.DiagnosticsResponse =>
    refuse(
      `Unable to find ${typeName ?? "a type without a name"}`,
      "The provider dvce has no such resource or data source.",
    );
  const withResource =
    <Q extends { readonly type_name?: string }>(call: (rpcs: ResourceRpcs, request: Q) => Promise<object>) =>
    (request: Q) => {
      const rpcs = resources.get(request.type_name ?? "");
      return rpcs === undefined ? unknownType(request.type_name) : call(rpcs, request);
    };

  return serveUnary({
    GetMetadata: () => ({
      server_capabilities: serverCapabilities,
      resources: [...resources.keys()].map((type_name) => ({ type_name })),
      data_sources: [...sources.keys()].map((type_name) => ({ type_name })),
    }),
    GetProviderSchema: () => ({
      provider: wireSchema(provider.schema),
      resource_schemas: mapValues(provider.resourceSchemas, wireSchema),
      data_source_schemas: mapValues(provider.dataSourceSchemas, wireSchema),
      server_capabilities: serverCapabilities,
    }),
    GetResourceIdentitySchemas: () => ({}),
    GetFunctions: () => ({}),

    ValidateProviderConfig: (request: wire.ConfigRequest) =>
      runtime.answer({ action: "accept", thing: "the provider's configuration" }, {}, (_context, tell) => {
        const config = readPartly(provider.schema.attributes, fromDynamicValue(request.config));
        if (config !== null)
          tell(validateAttributes(provider.schema.attributes, config, "the provider's configuration"));
        return {};
      }),
    ConfigureProvider: (request: wire.ConfigRequest) =>
      runtime.answer({ action: "configure", thing: "the provider dvce" }, {}, (_context, tell) => {
        const config = readPartly(provider.schema.attributes, fromDynamicValue(request.config));
        tell(provider.configure(config, runtime));
        return {};
      }),
    StopProvider: () => {
      runtime.stop();
      return {};
    },

    ValidateResourceConfig: withResource<wire.ConfigRequest>((rpcs, request) => rpcs.validate(request)),
    UpgradeResourceState: withResource<wire.UpgradeStateRequest>((rpcs, request) => rpcs.upgrade(request)),
    ReadResource: withResource<wire.ReadRequest>((rpcs, request) => rpcs.read(request)),
    PlanResourceChange: withResource<wire.PlanRequest>((rpcs, request) => rpcs.plan(request)),
    ApplyResourceChange: withResource<wire.ApplyRequest>((rpcs, request) => rpcs.apply(request)),
    ImportResourceState: withResource<wire.ImportRequest>((rpcs, request) => rpcs.import(request)),
    MoveResourceState: (request: wire.MoveRequest) =>
      resources.get(request.target_type_name ?? "")?.move(request) ?? unknownType(request.target_type_name),
    UpgradeResourceIdentity: (request: { type_name?: string }) =>
      refuse(`Unable to upgrade the identity of ${request.type_name ?? "a resource"}`, "It has no identity."),

    ValidateDataResourceConfig: (request: wire.ConfigRequest) =>
      sources.get(request.type_name ?? "")?.validate(request) ?? unknownType(request.type_name),
    ReadDataSource: (request: wire.ConfigRequest) =>
      sources.get(request.type_name ?? "")?.read(request) ?? unknownType(request.type_name),

    ValidateEphemeralResourceConfig: (request: wire.ConfigRequest) => unknownType(request.type_name),
    OpenEphemeralResource: (request: wire.ConfigRequest) => unknownType(request.type_name),
    RenewEphemeralResource: (request: wire.ConfigRequest) => unknownType(request.type_name),
    CloseEphemeralResource: (request: wire.ConfigRequest) => unknownType(request.type_name),
    CallFunction: (request: { name?: string }) => ({
      error: { text: `The provider dvce has no function ${request.name ?? ""}.` },
    }),
  });
}

const refuse = (summary: string, detail: string): wire.DiagnosticsResponse => ({
  diagnostics: [toWireDiagnostic({ severity: "error", summary, detail })],
});

const mapValues = <T, R>(record: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** Handlers for gRPC. A handler that throws is a fault of this program, and the call fails as such. */
function serveUnary(handlers: Readonly<Record<string, Unary>>): UnaryService {
  return mapValues(handlers, (handler): UnaryService[string] => (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request as never))
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({ code: status.INTERNAL, details: error instanceof Error ? error.message : "" }),
      );
  });
}
