/**
 * Finding, by asking every node, what nobody recorded. Two nodes that both have it are reported and never
 * chosen between; "it does not exist" is said only when every node that might have it said so, because a
 * client like Terraform would otherwise make a second one.
 */
import { decodeError, errorCode, LibvirtError } from "../wire/errors";
import type { Reply } from "../upstream/connection";
import type { Answers } from "./nodes";
import { unreachable } from "../upstream/connection";

/** What is looked for, and how libvirt says that it is not there. */
export interface Sought {
  /** "domain 'web-0'". */
  readonly what: string;
  readonly missingCode: number;
  readonly missingDomain: number;
}

export const missing = ({ what, missingCode, missingDomain }: Sought): LibvirtError =>
  new LibvirtError(missingCode, missingDomain, `${what} not found`);

/**
 * The one node that has it.
 * @throws LibvirtError several have it; none has it; some node did not say
 */
export function onlyHolder({ answers, silent }: Answers, sought: Sought): { node: string; reply: Reply } {
  const holders = answers.filter((answer) => answer.reply.ok);
  const [first] = holders;
  if (holders.length > 1) {
    const nodes = holders.map((holder) => `'${holder.node}'`).join(" and ");
    throw new LibvirtError(
      errorCode.multipleDomains,
      sought.missingDomain,
      `${sought.what} is on nodes ${nodes}; address it by UUID, or remove all but one`,
    );
  }
  if (first !== undefined) return first;
  for (const { reply } of answers) {
    const error = decodeError(reply.payload);
    if (error.code !== sought.missingCode) throw error;
  }
  const [unheard] = silent;
  if (unheard === undefined) throw missing(sought);
  throw unreachable(
    silent.join("', '"),
    `no other node has ${sought.what}, and this one may. Try again, or fence it`,
  );
}
