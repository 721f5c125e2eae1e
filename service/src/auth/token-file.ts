/**
 * The controller's token file: `{"tokens": [{"name", "role", "tokenSha256"}]}`. Tokens themselves are shown once,
 * when they are made, and kept nowhere. Replaced as a whole by rename, so a reader never sees half of one.
 */
import { DvceError, tokenFileSchema, type Role, type TokenRecord } from "@dvce/api";
import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { hashToken } from "./bearer-token";

/** @throws DvceError `DVCE_INPUT_INVALID` when the file is missing or is no token file */
export async function readTokenFile(path: string): Promise<TokenRecord[]> {
  const records = await readIfThere(path);
  if (records !== undefined) return records;
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `There is no token file ${path}. Make one with 'dvce token create --tokens ${path} --name NAME --role admin'.`,
  );
}

/**
 * Adds a new random token to the file, which is made if need be.
 *
 * @returns the token
 * @throws DvceError `DVCE_INPUT_INVALID` when the name is taken
 */
export async function createToken(path: string, name: string, role: Role): Promise<string> {
  const records = (await readIfThere(path)) ?? [];
  if (records.some((record) => record.name === name)) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `${path} has a token named ${name} already. Choose another name.`,
    );
  }
  const token = randomBytes(32).toString("base64url");
  const tokens = [...records, { name, role, tokenSha256: hashToken(token) }];
  const parsed = tokenFileSchema.safeParse({ tokens });
  if (!parsed.success) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `A token's name has 1 to 63 characters, this one ${name.length}.`,
    );
  }
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, `${JSON.stringify(parsed.data, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
  return token;
}

/** Reads a file that holds one bearer token. */
export async function readBearerTokenFile(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new DvceError("DVCE_INPUT_INVALID", `Cannot read the token file ${path}: ${error.message}`);
  });
  const token = text.trim();
  if (token !== "" && !/\s/.test(token)) return token;
  throw new DvceError("DVCE_INPUT_INVALID", `${path} must hold one bearer token and nothing else.`);
}

async function readIfThere(path: string): Promise<TokenRecord[] | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new DvceError("DVCE_INPUT_INVALID", `Cannot read ${path}: ${(error as Error).message}`);
  }
  const parsed = tokenFileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.tokens;
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `${path} is no DVCE token file: ${parsed.error.issues[0]?.message}.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by the schema
  }
}
