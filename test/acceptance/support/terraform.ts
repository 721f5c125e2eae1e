/** Runs a real Terraform or OpenTofu in a folder of its own, and reads its machine-readable answers. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type RunResult } from "../../../service/src/dev-pool/run";

/** A diagnostic of `terraform … -json`. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly summary: string;
  readonly detail: string;
  readonly address?: string;
  /** The piece of configuration that it points at: with an attribute path, the attribute's line. */
  readonly snippet?: { readonly context: string | null; readonly code: string };
}

export interface ResourceChange {
  readonly address: string;
  readonly change: { readonly actions: readonly string[]; readonly after: unknown };
}

export interface PlanDocument {
  readonly resource_changes?: readonly ResourceChange[];
}

export interface Outcome {
  readonly ok: boolean;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

const timeoutMs = 10 * 60_000;

export class Terraform {
  readonly directory: string;
  readonly #binary: string;
  readonly #environment: Record<string, string>;

  private constructor(directory: string, binary: string, environment: Record<string, string>) {
    this.directory = directory;
    this.#binary = binary;
    this.#environment = environment;
  }

  static async create(binary: string, environment: Readonly<Record<string, string>>): Promise<Terraform> {
    const directory = await mkdtemp(join(tmpdir(), "dvce-acceptance-"));
    return new Terraform(directory, binary, {
      ...environment,
      CHECKPOINT_DISABLE: "1",
      TF_IN_AUTOMATION: "1",
    });
  }

  async write(name: string, content: string): Promise<void> {
    await writeFile(join(this.directory, name), content);
  }

  async init(): Promise<void> {
    await this.#checked(["init", "-input=false", "-no-color"]);
  }

  /** Plans into the file "plan". */
  plan(environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return this.#json(["plan", "-input=false", "-json", "-out=plan"], environment);
  }

  /** Whether a plan finds nothing to do; answers what it finds otherwise, "" for nothing. */
  async changes(): Promise<string> {
    const result = await this.#run(["plan", "-input=false", "-no-color", "-detailed-exitcode"]);
    if (result.code === 1) throw new Error(`plan failed:\n${result.stdout}${result.stderr}`);
    return result.code === 0 ? "" : result.stdout;
  }

  /** What the file "plan" says. */
  async showPlan(): Promise<PlanDocument> {
    return JSON.parse(await this.#checked(["show", "-json", "plan"])) as PlanDocument;
  }

  /** Applies the file "plan". */
  applyPlan(): Promise<Outcome> {
    return this.#json(["apply", "-input=false", "-json", "plan"]);
  }

  /** Plans and applies at once. */
  apply(args: readonly string[] = []): Promise<Outcome> {
    return this.#json(["apply", "-input=false", "-auto-approve", "-json", ...args]);
  }

  destroy(): Promise<Outcome> {
    return this.#json(["destroy", "-input=false", "-auto-approve", "-json"]);
  }

  /** What is wrong with the configuration by itself; nothing when it is valid. */
  async validate(): Promise<readonly Diagnostic[]> {
    const { stdout } = await this.#run(["validate", "-json"]);
    return (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
  }

  /** Values of the outputs that were applied. */
  async outputs(): Promise<Readonly<Record<string, unknown>>> {
    const outputs = JSON.parse(await this.#checked(["output", "-json"])) as Record<
      string,
      { value: unknown }
    >;
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  /** Addresses in the state. */
  async stateList(): Promise<string[]> {
    const result = await this.#run(["state", "list"]);
    return result.stdout.split("\n").filter(Boolean);
  }

  async stateRemove(address: string): Promise<void> {
    await this.#checked(["state", "rm", address]);
  }

  async import(address: string, id: string): Promise<void> {
    await this.#checked(["import", "-input=false", "-no-color", address, id]);
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #json(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const result = await this.#run(args, environment);
    const errors: Diagnostic[] = [];
    const warnings: Diagnostic[] = [];
    for (const line of result.stdout.split("\n").filter((text) => text.startsWith("{"))) {
      const message = JSON.parse(line) as { type: string; diagnostic?: Diagnostic };
      if (message.type !== "diagnostic" || message.diagnostic === undefined) continue;
      (message.diagnostic.severity === "error" ? errors : warnings).push(message.diagnostic);
    }
    if (result.code !== 0 && errors.length === 0) {
      throw new Error(
        `${this.#binary} ${args.join(" ")} failed without a diagnostic:\n${result.stdout}${result.stderr}`,
      );
    }
    return { ok: result.code === 0, errors, warnings };
  }

  async #checked(args: readonly string[]): Promise<string> {
    const result = await this.#run(args);
    if (result.code !== 0) {
      throw new Error(`${this.#binary} ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
    }
    return result.stdout;
  }

  #run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<RunResult> {
    return run([this.#binary, `-chdir=${this.directory}`, ...args], {
      environment: { ...this.#environment, ...environment },
      timeoutMs,
    });
  }
}

/** Throws with every error when an outcome is not a success. */
export function succeeded(outcome: Outcome): void {
  if (outcome.ok) return;
  throw new Error(
    outcome.errors.map(({ summary, detail, address }) => `${address ?? ""} ${summary}: ${detail}`).join("\n"),
  );
}
