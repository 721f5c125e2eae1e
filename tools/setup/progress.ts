/**
 * Says which steps run and how long they take: on a terminal one line that is redrawn, elsewhere one plain line
 * when a step starts and one when it ends. A step that has nothing to do is never announced, so a second run
 * says nothing. Colour is used on a terminal only, and not where NO_COLOR is set (https://no-color.org).
 */

/** The part of a writable stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  readonly color: boolean;
}

interface RunningStep {
  readonly title: string;
  readonly startedMs: number;
  detail: string;
}

const redrawIntervalMs = 120;
const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

export class Progress {
  readonly #options: ProgressOptions;
  readonly #running = new Set<RunningStep>();
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Runs `work` as a step; `update` replaces the step's detail, e.g. "42 %". */
  async step<T>(title: string, work: (update: (detail: string) => void) => Promise<T>): Promise<T> {
    const step: RunningStep = { title, startedMs: this.#options.now(), detail: "" };
    this.#running.add(step);
    if (this.#terminal) this.#startRedrawing();
    else this.#options.stream.write(`- ${title} ...\n`);
    try {
      const result = await work((detail) => {
        step.detail = detail;
      });
      this.#end(step, this.#paint("32", "✓"));
      return result;
    } catch (error) {
      this.#end(step, this.#paint("31", "✗"));
      throw error;
    }
  }

  get #terminal(): boolean {
    return this.#options.stream.isTTY === true;
  }

  #end(step: RunningStep, mark: string): void {
    this.#running.delete(step);
    const seconds = formatSeconds(this.#options.now() - step.startedMs);
    this.#options.stream.write(`${this.#terminal ? "\r\u001b[K" : ""}${mark} ${step.title} (${seconds})\n`);
    if (this.#running.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #startRedrawing(): void {
    this.#timer ??= setInterval(() => this.#redraw(), redrawIntervalMs);
  }

  #redraw(): void {
    this.#frame = (this.#frame + 1) % frames.length;
    const now = this.#options.now();
    const steps = [...this.#running].map(
      (step) =>
        `${step.title}${step.detail === "" ? "" : ` ${step.detail}`} (${formatSeconds(now - step.startedMs)})`,
    );
    const line = `${frames[this.#frame] ?? ""} ${steps.join(" · ")}`;
    this.#options.stream.write(`\r\u001b[K${line.slice(0, (this.#options.stream.columns ?? 80) - 1)}`);
  }

  #paint(code: string, text: string): string {
    return this.#options.color ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** "3.2 s", or "2 min 05 s" from a minute on. */
export function formatSeconds(durationMs: number): string {
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** Progress on standard error, so that standard output stays a command's own. */
export function stderrProgress(): Progress {
  const stream = process.stderr;
  const color = stream.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
  return new Progress({ stream, now: () => performance.now(), color });
}
