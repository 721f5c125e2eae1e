import { createHash } from "node:crypto";
import type { SeedSpec } from "./schema/volume";

/**
 * SHA-256 of a seed specification's canonical JSON: members in the order hostname, sshAuthorizedKeys, userData.
 * Shows that a seed changed without keeping the secrets that it may hold.
 */
export function seedDigest({ hostname, sshAuthorizedKeys, userData }: SeedSpec): string {
  const canonical = JSON.stringify({ hostname, sshAuthorizedKeys, userData });
  return createHash("sha256").update(canonical, "utf8").digest("hex");
}
