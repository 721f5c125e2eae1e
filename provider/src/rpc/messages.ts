/** The messages of tfplugin6.proto that handlers read or write, as protobufjs gives them: absent means default. */

export interface DynamicValue {
  readonly msgpack?: Uint8Array;
  readonly json?: Uint8Array;
}

export interface WireStep {
  readonly attribute_name?: string;
  readonly element_key_string?: string;
  readonly element_key_int?: number;
}

export interface WirePath {
  readonly steps: readonly WireStep[];
}

export interface WireDiagnostic {
  readonly severity: "ERROR" | "WARNING";
  readonly summary: string;
  readonly detail: string;
  readonly attribute?: WirePath;
}

export interface RawState {
  readonly json?: Uint8Array;
}

export interface ConfigRequest {
  readonly type_name?: string;
  readonly config?: DynamicValue;
}

export interface UpgradeStateRequest {
  readonly type_name?: string;
  readonly version?: number;
  readonly raw_state?: RawState;
}

export interface ReadRequest {
  readonly type_name?: string;
  readonly current_state?: DynamicValue;
  readonly private?: Uint8Array;
}

export interface PlanRequest {
  readonly type_name?: string;
  readonly prior_state?: DynamicValue;
  readonly proposed_new_state?: DynamicValue;
  readonly config?: DynamicValue;
  readonly prior_private?: Uint8Array;
}

export interface ApplyRequest {
  readonly type_name?: string;
  readonly prior_state?: DynamicValue;
  readonly planned_state?: DynamicValue;
  readonly planned_private?: Uint8Array;
}

export interface ImportRequest {
  readonly type_name?: string;
  readonly id?: string;
}

export interface MoveRequest {
  readonly source_provider_address?: string;
  readonly source_type_name?: string;
  readonly source_schema_version?: number;
  readonly source_state?: RawState;
  readonly source_private?: Uint8Array;
  readonly target_type_name?: string;
}

export interface DiagnosticsResponse {
  readonly diagnostics: readonly WireDiagnostic[];
}

export interface UpgradeStateResponse extends DiagnosticsResponse {
  readonly upgraded_state?: DynamicValue;
}

export interface ReadResponse extends DiagnosticsResponse {
  readonly new_state?: DynamicValue;
  readonly private?: Uint8Array;
}

export interface PlanResponse extends DiagnosticsResponse {
  readonly planned_state?: DynamicValue;
  readonly requires_replace?: readonly WirePath[];
  readonly planned_private?: Uint8Array;
}

export interface ApplyResponse extends DiagnosticsResponse {
  readonly new_state?: DynamicValue;
  readonly private?: Uint8Array;
}

export interface ImportResponse extends DiagnosticsResponse {
  readonly imported_resources?: readonly {
    readonly type_name: string;
    readonly state: DynamicValue;
    readonly private: Uint8Array;
  }[];
}

export interface MoveResponse extends DiagnosticsResponse {
  readonly target_state?: DynamicValue;
  readonly target_private?: Uint8Array;
}

export interface ReadDataSourceResponse extends DiagnosticsResponse {
  readonly state?: DynamicValue;
}
