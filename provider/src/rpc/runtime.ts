/** What every call of one provider process shares, and how a call's outcome becomes its answer. */
import type { ControllerClient } from "@dvce/api";
import { diagnose, type Attempt } from "../diagnostics/from-error";
import { DiagnosticError, type Diagnostic } from "../diagnostics/diagnostic";
import type { Log } from "../log/log";
import type { Context } from "../resources/resource";
import type { PlannedVersions } from "../run/planned-versions";
import { toWireDiagnostic } from "./convert";
import type { DiagnosticsResponse } from "./messages";
import { Remembered } from "./remembered";

export interface RuntimeOptions {
  readonly log: Log;
  readonly cacheDirectory: string | undefined;
  readonly plannedVersions: PlannedVersions;
}

export class Runtime {
  readonly log: Log;
  readonly #options: RuntimeOptions;
  readonly #stop = new AbortController();
  readonly #remembered = new Remembered(Date.now);
  #client: ControllerClient | Diagnostic = {
    severity: "error",
    summary: "Unable to use the provider dvce",
    detail: "It has not been configured yet; this is an error of the program that started it.",
  };

  constructor(options: RuntimeOptions) {
    this.log = options.log;
    this.#options = options;
  }

  /** Sets the client, or the diagnostic that every use of one gets instead. */
  setClient(client: ControllerClient | Diagnostic): void {
    this.#client = client;
    this.#remembered.forget();
  }

  /** Aborts what is in flight, and what begins later. */
  stop(): void {
    this.#stop.abort();
  }

  /** Runs `body` and answers with what it returns, or with `failure`; either way with its diagnostics. */
  async answer<R extends object>(
    attempt: Omit<Attempt, "onUnexpected">,
    failure: R,
    body: (context: Context, tell: (diagnostics: readonly Diagnostic[]) => void) => Promise<R> | R,
  ): Promise<R & DiagnosticsResponse> {
    const told: Diagnostic[] = [];
    const tell = (diagnostics: readonly Diagnostic[]): void => void told.push(...diagnostics);
    try {
      const answer = await body(this.#context(tell), tell);
      return { ...answer, diagnostics: told.map(toWireDiagnostic) };
    } catch (error) {
      tell(this.diagnose(error, attempt));
      return { ...failure, diagnostics: told.map(toWireDiagnostic) };
    }
  }

  diagnose(error: unknown, attempt: Omit<Attempt, "onUnexpected">): readonly Diagnostic[] {
    return diagnose(error, {
      ...attempt,
      onUnexpected: (unexpected) =>
        this.log.write("error", `unexpected failure to ${attempt.action} ${attempt.thing}`, {
          stack: unexpected instanceof Error ? (unexpected.stack ?? unexpected.message) : typeof unexpected,
        }),
    });
  }

  #context(tell: (diagnostics: readonly Diagnostic[]) => void): Context {
    return {
      client: () => this.#requireClient(),
      nodes: () => this.#remembered.get("nodes", () => this.#requireClient().listNodes()),
      cluster: (name) =>
        this.#remembered.get(`cluster ${name}`, () => this.#requireClient().getCluster(name)),
      clusterChanged: (name) => this.#remembered.forget(`cluster ${name}`),
      signal: this.#stop.signal,
      log: this.log,
      warn: (warning) => tell([{ ...warning, severity: "warning" }]),
      cacheDirectory: this.#options.cacheDirectory,
      plannedVersions: this.#options.plannedVersions,
    };
  }

  #requireClient(): ControllerClient {
    if ("severity" in this.#client) throw new DiagnosticError(this.#client);
    return this.#client;
  }
}
