/** Arguments of the demo. Pure. */

export interface DemoOptions {
  /** The pool and the clusters stay up afterwards. */
  readonly keep: boolean;
}

export const usage = `npm run demo [-- --keep]

Brings up three hosts on this machine, declares a cluster of three members, waits for every login prompt,
declares a second cluster, and takes everything away again. Writes out/demo.json.

  --keep   leave the pool and the clusters up, and print how to use them
  --help   this text
`;

/** @returns undefined when the text above was asked for. @throws Error for an unknown argument. */
export function parseOptions(argv: readonly string[]): DemoOptions | undefined {
  if (argv.includes("--help") || argv.includes("-h")) return undefined;
  const unknown = argv.find((argument) => argument !== "--keep");
  if (unknown !== undefined) throw new Error(`Unknown argument "${unknown}".\n\n${usage}`);
  return { keep: argv.includes("--keep") };
}
