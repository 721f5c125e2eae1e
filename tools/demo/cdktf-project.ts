/** A CDKTF stack in a working folder of its own: its state and synthesised files lie there and nowhere else. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SetupPaths } from "../setup/types";
import { runChild } from "./child";

export interface CdktfProjectOptions {
  /** Made anew; what is in it is removed. */
  readonly directory: string;
  /** The stack's program, run with tsx. */
  readonly program: string;
  /** Name of the program's one stack. */
  readonly stack: string;
  readonly setup: SetupPaths;
  /** What the providers need: DVCE_URL and so on. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class CdktfProject {
  readonly #options: CdktfProjectOptions;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor(options: CdktfProjectOptions) {
    this.#options = options;
    this.#environment = {
      ...options.environment,
      TF_CLI_CONFIG_FILE: options.setup.cliConfigPath,
      TERRAFORM_BINARY_NAME: options.setup.terraformPath,
      // The providers come from a mirror on this disk; a second copy in the user's home serves nobody.
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: "true",
      CHECKPOINT_DISABLE: "1",
    };
  }

  static async create(options: CdktfProjectOptions): Promise<CdktfProject> {
    await rm(options.directory, { recursive: true, force: true });
    await mkdir(options.directory, { recursive: true });
    const project = {
      language: "typescript",
      app: `tsx ${options.program}`,
      output: "cdktf.out",
      sendCrashReports: "false",
    };
    await writeFile(join(options.directory, "cdktf.json"), `${JSON.stringify(project, null, 2)}\n`);
    return new CdktfProject(options);
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** Environment of a shell in which `cdktf` works on this project. */
  get environment(): Readonly<Record<string, string>> {
    return this.#environment;
  }

  diff(): Promise<void> {
    return this.#cdktf(["diff"]);
  }
  apply(): Promise<void> {
    return this.#cdktf(["apply", "--auto-approve"]);
  }
  destroy(): Promise<void> {
    return this.#cdktf(["destroy", "--auto-approve"]);
  }

  /** Plans what was synthesised last. @returns "" for an empty plan, else Terraform's words. */
  async plan(): Promise<string> {
    const { setup, stack } = this.#options;
    const result = await this.#run(
      [setup.terraformPath, "plan", "-detailed-exitcode", "-input=false", "-no-color", "-lock=false"],
      { cwd: join(this.directory, "cdktf.out/stacks", stack), capture: true },
    );
    // plan(1): 0 succeeded and empty, 1 failed, 2 succeeded and not empty.
    if (result.code === 1) throw new Error(`terraform plan failed:\n${result.output}`);
    return result.code === 0 ? "" : result.output;
  }

  async #cdktf(args: readonly string[]): Promise<void> {
    const argv = [this.#options.setup.cdktfPath, ...args];
    const result = await this.#run(argv, { cwd: this.directory });
    if (result.code !== 0)
      throw new Error(`cdktf ${args.join(" ")} ended with code ${result.code}; see above.`);
  }

  #run(argv: readonly string[], options: { readonly cwd: string; readonly capture?: boolean }) {
    const { signal } = this.#options;
    return runChild(argv, {
      ...options,
      environment: this.#environment,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}
