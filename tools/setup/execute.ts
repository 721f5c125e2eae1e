import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";

export interface ExecuteOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** All output is kept in this file too, and a failure names it. */
  readonly logPath?: string;
  /** Written to the command's standard input, which is empty otherwise. */
  readonly input?: string;
  /** Called with each complete line of output as it comes. */
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** A command that could not be started or did not end with status 0; the message holds the end of its output. */
export class CommandError extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.name = "CommandError";
    this.output = output;
  }
}

const outputCharactersMax = 1_000_000;
const linesShown = 15;

/**
 * Runs a command without a shell and answers its standard output.
 * @throws CommandError with the last lines of what it said.
 */
export async function execute(
  command: string,
  parameters: readonly string[],
  options: ExecuteOptions = {},
): Promise<string> {
  if (options.logPath !== undefined) await mkdir(path.dirname(options.logPath), { recursive: true });
  return await new Promise<string>((resolve, reject) => {
    const child = spawn(command, parameters, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const log = options.logPath === undefined ? undefined : createWriteStream(options.logPath);
    log?.write(`$ ${[command, ...parameters].join(" ")}\n`);
    let standardOutput = "";
    let everything = "";
    let line = "";
    const take = (chunk: Buffer): string => {
      const text = chunk.toString();
      log?.write(chunk);
      everything = (everything + text).slice(-outputCharactersMax);
      const lines = (line + text).split(/\r\n|\n|\r/);
      line = lines.pop() ?? "";
      for (const complete of lines) options.onLine?.(complete);
      return text;
    };
    child.stdout.on("data", (chunk: Buffer) => {
      standardOutput = (standardOutput + take(chunk)).slice(-outputCharactersMax);
    });
    child.stderr.on("data", take);
    // A command that does not read its input closes the pipe early; its exit status tells whether that mattered.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    const fail = (what: string): void => {
      const shown = everything.trimEnd().split("\n").slice(-linesShown).join("\n");
      const where = options.logPath === undefined ? "" : `\nAll of its output: ${options.logPath}`;
      reject(new CommandError(`${command} ${parameters.join(" ")}: ${what}\n${shown}${where}`, everything));
    };
    child.on("error", (error) => {
      log?.end();
      fail(error.message);
    });
    child.on("close", (code, signal) => {
      log?.end();
      if (code === 0) resolve(standardOutput);
      else fail(signal === null ? `ended with status ${String(code)}` : `ended by ${signal}`);
    });
  });
}
