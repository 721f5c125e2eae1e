import { InvalidArgumentError } from "commander";
import type { Address } from "../controller/serve";

/** HOST:PORT, with IPv6 hosts in brackets. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    throw new InvalidArgumentError("Give HOST:PORT, e.g. 127.0.0.1:7800 or [::1]:7800.");
  }
  return { host, port };
}

/** Collects an option that may be given several times. */
export const collectAddress = (text: string, before: readonly Address[] = []): Address[] => [
  ...before,
  parseAddress(text),
];
