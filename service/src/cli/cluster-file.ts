/** A cluster's specification in a JSON file, as `dvce cluster plan` takes it. */
import { clusterSpecSchema, DvceError, type ClusterSpec, type ControllerClient } from "@dvce/api";
import { readFile } from "node:fs/promises";
import { z } from "zod";

/** A member may name its image instead of a version's digest. */
const fileSchema = z.looseObject({ members: z.array(z.looseObject({ name: z.string() })) });

/**
 * Reads and checks the file. Members with `image` in place of `version` get the image's newest version.
 *
 * @throws DvceError `DVCE_INPUT_INVALID` with the path of each wrong value; `DVCE_MEMBER_DUPLICATE`;
 *   `DVCE_IMAGE_NOT_FOUND`
 */
export async function readClusterFile(
  path: string,
  client: Pick<ControllerClient, "getImage">,
): Promise<ClusterSpec> {
  const file = check(fileSchema, path, await readJson(path));
  const names = new Set<string>();
  for (const { name } of file.members) {
    if (names.has(name)) {
      const message = `Member ${name} is named twice in ${path}. Every member needs a name of its own.`;
      throw new DvceError("DVCE_MEMBER_DUPLICATE", message, {
        details: [{ path: ["members", name], message }],
      });
    }
    names.add(name);
  }
  const versions = new Map<string, string>();
  const members: unknown[] = [];
  for (const { image, ...member } of file.members) {
    if (typeof image !== "string" || member["version"] !== undefined) {
      members.push(member);
      continue;
    }
    const version = versions.get(image) ?? (await client.getImage(image)).version;
    versions.set(image, version);
    members.push({ ...member, version });
  }
  return check(clusterSpecSchema, path, { ...file, members });
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new DvceError("DVCE_INPUT_INVALID", `Cannot read ${path}: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DvceError("DVCE_INPUT_INVALID", `${path} is no JSON: ${(error as Error).message}`);
  }
}

function check<S extends z.ZodType>(schema: S, path: string, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({
    path: issue.path.map((key) => (typeof key === "symbol" ? String(key) : key)),
    message: issue.message,
  }));
  throw new DvceError("DVCE_INPUT_INVALID", `${path} is no specification of a cluster`, { details });
}
