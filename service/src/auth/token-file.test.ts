import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifierOf } from "./bearer-token";
import { createToken, readBearerTokenFile, readTokenFile } from "./token-file";

describe("the token file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dvce-tokens-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("keeps what verifies a token and not the token", async () => {
    const path = join(folder, "tokens.json");
    const ann = await createToken(path, "ann", "operator");
    const ci = await createToken(path, "ci", "planner");
    const records = await readTokenFile(path);
    expect(JSON.stringify(records)).not.toContain(ann);
    const verify = verifierOf(records);
    expect(verify(ann)).toEqual({ name: "ann", role: "operator" });
    expect(verify(ci)).toEqual({ name: "ci", role: "planner" });
    expect(verify(`${ci}x`)).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("refuses a name twice, a file that is missing, and one that is something else", async () => {
    const path = join(folder, "tokens.json");
    await expect(readTokenFile(path)).rejects.toMatchObject({ code: "DVCE_INPUT_INVALID" });
    await createToken(path, "ann", "operator");
    await expect(createToken(path, "ann", "viewer")).rejects.toThrow("has a token named ann already");
    writeFileSync(path, '{"tokens": 1}');
    await expect(readTokenFile(path)).rejects.toThrow("is no DVCE token file");
    await expect(createToken(path, "bob", "viewer")).rejects.toThrow("is no DVCE token file");
  });

  it("that holds one bearer token holds nothing else", async () => {
    const path = join(folder, "node");
    writeFileSync(path, "secret\n");
    expect(await readBearerTokenFile(path)).toBe("secret");
    writeFileSync(path, "two words");
    await expect(readBearerTokenFile(path)).rejects.toMatchObject({ code: "DVCE_INPUT_INVALID" });
    await expect(readBearerTokenFile(join(folder, "none"))).rejects.toThrow("Cannot read the token file");
  });
});
