/** What a command prints: tables for people, JSON for programs, errors on standard error. */
import { isDvceError, type Hydration } from "@dvce/api";

/** A table with its columns padded; `rows` do not include the headings. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** "1.5 GiB". */
export function formatBytes(bytes: number): string {
  let power = 0;
  while (power < units.length - 1 && bytes >= 1024 ** (power + 1)) power++;
  const scaled = bytes / 1024 ** power;
  return `${power === 0 || scaled >= 100 ? Math.round(scaled) : scaled.toFixed(1)} ${units[power] ?? "B"}`;
}

/** "hydrated", or "hydrating 120 MiB of 526 MiB". */
export function formatHydration({ state, presentBytes, totalBytes }: Hydration): string {
  if (state === "hydrated") return state;
  return `${state} ${formatBytes(presentBytes)} of ${formatBytes(totalBytes)}`;
}

/** Enough of a digest to tell versions apart by eye. */
export const shortDigest = (digest: string): string => digest.slice(0, 12);

/** An error as it goes to standard error: what happened, its code, and one line for each detail. */
export function formatError(error: unknown): string {
  if (!isDvceError(error)) return `error: ${error instanceof Error ? error.message : String(error)}`;
  const details = error.details
    .filter((detail) => detail.message !== error.message)
    .map((detail) => {
      const path = detail.path === undefined || detail.path.length === 0 ? "" : `${detail.path.join(".")}: `;
      return `  ${path}${detail.message}`;
    });
  return [`error: ${error.message} (${error.code})`, ...details].join("\n");
}

/** Prints `value` as JSON when asked to, else the text that `table` makes. */
export function print(value: unknown, table: () => string, json: boolean | undefined): void {
  process.stdout.write(`${json === true ? JSON.stringify(value, null, 2) : table()}\n`);
}

/** One line that is written over and over, on a terminal only. */
export class ProgressLine {
  #shown = false;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  show(text: string): void {
    if (this.stream.isTTY !== true) return;
    this.stream.write(`\r\u001b[K${text}`);
    this.#shown = true;
  }

  end(): void {
    if (this.#shown) this.stream.write("\r\u001b[K");
    this.#shown = false;
  }
}

/** "[#####     ] 50 %". */
export function progressBar(done: number, total: number, widthChars = 30): string {
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * widthChars);
  return `[${"#".repeat(filled)}${" ".repeat(widthChars - filled)}] ${Math.floor(share * 100)} %`;
}
