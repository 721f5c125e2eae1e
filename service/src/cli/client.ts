/** How client commands find the controller: DVCE_URL and DVCE_TOKEN, or --url and --token-file. */
import { ControllerClient, DvceError } from "@dvce/api";
import type { Command } from "commander";
import { readBearerTokenFile } from "../auth/token-file";

export interface ClientFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

/** Adds the options that every client command has. */
export function withClientFlags(command: Command): Command {
  return command
    .option("--url <url>", "the controller's URL (default $DVCE_URL)")
    .option("--token-file <file>", "file that holds the token (default: the token in $DVCE_TOKEN)")
    .option("--json", "print JSON");
}

/** @throws DvceError `DVCE_INPUT_INVALID` when URL or token are not given */
export async function openClient(
  flags: ClientFlags,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ControllerClient> {
  const url = flags.url ?? environment["DVCE_URL"] ?? "";
  if (!/^https?:\/\/[^/]/.test(url)) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `${url === "" ? "No controller is named" : `'${url}' is no URL of a controller`}: ` +
        "set DVCE_URL or give --url, e.g. http://127.0.0.1:7800.",
    );
  }
  const token =
    flags.tokenFile === undefined ? environment["DVCE_TOKEN"] : await readBearerTokenFile(flags.tokenFile);
  if (token === undefined || token === "") {
    throw new DvceError("DVCE_INPUT_INVALID", "No token is given: set DVCE_TOKEN or give --token-file.");
  }
  return new ControllerClient({ url, token });
}
