/**
 * Bearer tokens: reading them from a header and looking them up.
 *
 * Only SHA-256 sums of tokens are compared, so the time a lookup takes says nothing about a token's text.
 */
import { createHash } from "node:crypto";
import type { Role, TokenRecord } from "@dvce/api";

/** Who sent a request. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
}

/** Looks a presented token up; `undefined` when nobody holds it. */
export type VerifyToken = (token: string) => Identity | undefined;

const tokenCharsMax = 4096;

/** SHA-256 of a token in lower-case hex, as kept in token files. */
export const hashToken = (token: string): string => createHash("sha256").update(token, "utf8").digest("hex");

/** The token of an `Authorization: Bearer …` header; `undefined` when there is none. */
export function readBearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header.length > tokenCharsMax) return undefined;
  return /^bearer +([^\s]+) *$/i.exec(header)?.[1];
}

/** The password of an `Authorization: Basic …` header, where tokens stand; `undefined` when there is none. */
export function readBasicPassword(header: string | undefined): string | undefined {
  if (header === undefined || header.length > tokenCharsMax) return undefined;
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header)?.[1];
  const password = /^[^:]*:(\S+)$/.exec(Buffer.from(encoded ?? "", "base64").toString("utf8"))?.[1];
  return password;
}

/** A verifier over a token file's records. */
export function verifierOf(records: readonly TokenRecord[]): VerifyToken {
  const identities = new Map<string, Identity>(
    records.map((record) => [record.tokenSha256, { name: record.name, role: record.role }]),
  );
  return (token) => identities.get(hashToken(token));
}
