/** Makes a pool's tokens: one of each role, in files of their own, and the controller's token file. */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { roleSchema, type Role, type TokenRecord } from "@dvce/api";
import type { PoolPaths } from "./names";

/** Writes the tokens that are missing. A restarted pool keeps those it has. */
export async function ensureTokens(paths: PoolPaths): Promise<void> {
  await mkdir(paths.tokenDirectory, { recursive: true, mode: 0o700 });
  const records: TokenRecord[] = [];
  for (const role of roleSchema.options) {
    const file = tokenFile(paths, role);
    let token = (await readFile(file, "utf8").catch(() => "")).trim();
    if (token === "") {
      token = randomBytes(32).toString("base64url");
      await writeFile(file, `${token}\n`, { mode: 0o600 });
    }
    records.push({ name: role, role, tokenSha256: createHash("sha256").update(token).digest("hex") });
  }
  await writeFile(paths.tokens, `${JSON.stringify({ tokens: records }, null, 2)}\n`, { mode: 0o600 });
}

export const tokenFile = (paths: PoolPaths, role: Role): string => join(paths.tokenDirectory, role);

export async function readToken(paths: PoolPaths, role: Role): Promise<string> {
  return (await readFile(tokenFile(paths, role), "utf8")).trim();
}
