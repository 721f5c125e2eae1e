/** The data-source calls of the protocol, for one data source. */
import { readPartly, readState } from "../codec/values";
import type { DataSource } from "../resources/resource";
import type { Attributes } from "../schema/attribute";
import { validateAttributes } from "../schema/validate";
import { fromDynamicValue, toDynamicValue } from "./convert";
import type * as wire from "./messages";
import type { Runtime } from "./runtime";

export interface DataSourceRpcs {
  readonly typeName: string;
  validate(request: wire.ConfigRequest): Promise<wire.DiagnosticsResponse>;
  read(request: wire.ConfigRequest): Promise<wire.ReadDataSourceResponse>;
}

export function dataSourceRpcs<A extends Attributes>(
  source: DataSource<A>,
  runtime: Runtime,
): DataSourceRpcs {
  const { attributes } = source.schema;
  return {
    typeName: source.typeName,
    validate: (request) =>
      runtime.answer({ action: "accept", thing: source.typeName }, {}, (_context, tell) => {
        const config = readPartly(attributes, fromDynamicValue(request.config));
        if (config !== null) tell(validateAttributes(attributes, config, source.typeName));
        return {};
      }),
    read: (request) =>
      runtime.answer<Omit<wire.ReadDataSourceResponse, "diagnostics">>(
        { action: "read", thing: source.thing },
        {},
        async (context) => {
          const config = readState(attributes, fromDynamicValue(request.config));
          if (config === null) return { state: toDynamicValue(attributes, null) };
          return { state: toDynamicValue(attributes, await source.read(config, context)) };
        },
      ),
  };
}
