/** `dvce token create`. */
import { roleSchema } from "@dvce/api";
import { type Command, Option } from "commander";
import { createToken } from "../auth/token-file";
import { print } from "./output";

interface Flags {
  readonly tokens: string;
  readonly name: string;
  readonly role: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command("token")
    .description("bearer tokens for people, CI jobs and nodes")
    .command("create")
    .description(
      "add a token to the controller's token file and print it, this once; restart the controller after",
    )
    .requiredOption("--tokens <file>", "the controller's token file; made if it is not there")
    .requiredOption("--name <name>", "whose token it is")
    .addOption(
      new Option("--role <role>", "what it may do").choices(roleSchema.options).makeOptionMandatory(),
    )
    .option("--json", "print JSON")
    .action(async (flags: Flags) => {
      const role = roleSchema.parse(flags.role);
      const token = await createToken(flags.tokens, flags.name, role);
      print({ name: flags.name, role, token }, () => token, flags.json);
    });
}
