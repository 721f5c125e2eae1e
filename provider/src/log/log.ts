/**
 * Log lines as go-plugin wants them from a plugin: JSON on standard error, which Terraform filters by TF_LOG.
 * Callers pass names, counts and codes; never configuration, state, tokens or user data.
 */

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}

/** A log that writes each entry as one line through `writeLine`. */
export function createLog(writeLine: (line: string) => void, now: () => Date): Log {
  return {
    write(level, message, fields = {}) {
      const entry = {
        "@level": level,
        "@message": message,
        "@module": "dvce",
        "@timestamp": now().toISOString(),
        ...fields,
      };
      writeLine(JSON.stringify(entry) + "\n");
    },
  };
}
