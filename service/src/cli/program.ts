/** The `dvce` command: puts the nouns together and turns errors into exit codes. */
import { Command, CommanderError } from "commander";
import { formatError } from "./output";
import { productVersion } from "./product-version";

/** One file a noun adds its commands. */
export type Register = (program: Command) => void;

const exitFailed = 1;
const exitUsage = 2;

/**
 * Runs one command line.
 *
 * @param argv as `process.argv`
 * @returns exit code: 0 done, 1 refused or failed (why is on standard error), 2 wrong usage
 */
export async function runProgram(argv: readonly string[], nouns: readonly Register[]): Promise<number> {
  const program = new Command("dvce")
    .description("One machine for virtual clusters out of a pool of KVM/libvirt hosts and their local disks.")
    .version(productVersion)
    .showHelpAfterError("(--help shows what is possible)")
    .exitOverride();
  for (const register of nouns) register(program);
  inheritSettings(program);
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitUsage; // commander has printed it
    process.stderr.write(`${formatError(error)}\n`);
    return exitFailed;
  }
}

/** Commands made before a setting was given do not have it. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inheritSettings(child);
  }
}
