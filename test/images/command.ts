/** The `dvce` command in this process, against a pool of tests. */
import { writeFile } from "node:fs/promises";
import { register as image } from "../../service/src/cli/image";
import { runProgram } from "../../service/src/cli/program";
import { adminToken, type TestPool } from "../agent/pool";

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `dvce image …` as the pool's admin, or with the token given. */
export async function dvceImage(
  pool: TestPool,
  parameters: readonly string[],
  token = adminToken,
): Promise<CommandResult> {
  const tokenFile = pool.path("command.token");
  await writeFile(tokenFile, token, { mode: 0o600 });
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    jest.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  try {
    const client = ["--url", pool.controllerUrl, "--token-file", tokenFile];
    const exitCode = await runProgram(["node", "dvce", "image", ...parameters, ...client], [image]);
    return { exitCode, ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
