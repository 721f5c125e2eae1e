/**
 * The procedure table: one row for each procedure of libvirt's remote program up to libvirt 9.0 (numbers and
 * names from src/remote/remote_protocol.x). It drives the router; docs/gateway-procedures.md is written from
 * it, and a test holds the two together. A number that is not here is answered with libvirt's "unsupported".
 */
import { connectionProcedures } from "./connection";
import { domainProcedures } from "./domain";
import { eventProcedures } from "./event";
import { hostProcedures } from "./host";
import type { ProcedureRow } from "./route";
import { storageProcedures } from "./storage";

export type { Merge, ObjectKind, ProcedureRow, Refusal, Route } from "./route";

/** All rows, by number. */
export const procedures: readonly ProcedureRow[] = [
  ...connectionProcedures,
  ...domainProcedures,
  ...storageProcedures,
  ...hostProcedures,
  ...eventProcedures,
].sort(([a], [b]) => a - b);

export const procedureByNumber: ReadonlyMap<number, ProcedureRow> = new Map(
  procedures.map((row) => [row[0], row]),
);

/** Numbers that the gateway itself calls or answers. */
export const procedure = {
  connectOpen: 1,
  connectClose: 2,
  domainLookupById: 22,
  domainLookupByName: 23,
  domainLookupByUuid: 24,
  networkLookupByName: 46,
  networkLookupByUuid: 47,
  connectGetHostname: 59,
  connectSupportsFeature: 60,
  authList: 66,
  authPolkit: 70,
  storagePoolLookupByName: 84,
  storagePoolLookupByUuid: 85,
  storageVolLookupByName: 95,
  storageVolLookupByKey: 96,
  storageVolLookupByPath: 97,
  connectGetUri: 110,
  connectIsSecure: 149,
  domainIsPersistent: 151,
  nwfilterLookupByName: 175,
  nwfilterLookupByUuid: 176,
  domainEventCallbackRegister: 316,
  domainEventCallbackDeregister: 317,
} as const;
