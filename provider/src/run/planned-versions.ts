/**
 * What the running Terraform has planned for images. During apply Terraform asks for the plan again and tells the
 * provider nothing of the first answer; a file that changed in between would end in Terraform's own complaint of an
 * inconsistent plan. So the first answer is looked up where it can be found:
 *
 * - `terraform apply PLANFILE`: in that file, where the provider's private data lies in clear: `image@version`.
 * - `terraform apply`: both questions come from one process, and a note named after it keeps the first answer.
 *
 * Finding nothing (no /proc, an encrypted plan) loses the better message and nothing else. Why the protocol's own means do
 * not tell: docs/adr/0020-planned-versions.md.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readZipEntry } from "./zip-entry";

export interface PlannedVersions {
  /** Versions that this run has planned for the image so far; empty when none is known. */
  find(image: string): readonly string[];
  /** Keeps what is planned now for the same run's later question. */
  note(image: string, version: string): void;
}

/** What goes into the private data of a plan, to be found in a plan file. */
export const plannedMark = (image: string, version: string): string => `${image}@${version}`;

/** The process that started this one. */
export interface TerraformProcess {
  /** Tells this process from any other that had or will have its number. */
  readonly identity: string;
  readonly argv: readonly string[];
  readonly workingDirectory: string;
}

/** Reads /proc; undefined where there is none. */
export function readParent(pid: number): TerraformProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Fields after the command in parentheses; the 20th of them is the start time in ticks since boot (proc(5)).
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    return {
      identity: `${pid}-${startTicks}`,
      argv: readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1),
      workingDirectory: `/proc/${pid}/cwd`,
    };
  } catch {
    return undefined;
  }
}

const noteLifeMs = 24 * 3600 * 1000;

/** `directory` is where notes are kept; it is made when the first is written. */
export function plannedVersions(parent: TerraformProcess | undefined, directory: string): PlannedVersions {
  let saved: string | undefined;
  const noteOf = (image: string): string | undefined =>
    parent &&
    path.join(
      directory,
      `${parent.identity}-${createHash("sha256").update(image).digest("hex").slice(0, 16)}`,
    );
  return {
    find(image) {
      saved ??= parent === undefined ? "" : readSavedPlan(parent);
      const inPlan = [...saved.matchAll(/([a-z0-9-]+)@([0-9a-f]{64})/g)].filter(
        (match) => match[1] === image,
      );
      const file = noteOf(image);
      return [...inPlan.flatMap((match) => match[2] ?? []), ...(file === undefined ? [] : readNote(file))];
    },
    note(image, version) {
      const file = noteOf(image);
      if (file === undefined) return;
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        dropOld(directory);
        writeFileSync(file, version, { flag: "wx", mode: 0o600 });
      } catch {
        // There already, or no place to write: the note only improves a message.
      }
    },
  };
}

function readNote(file: string): readonly string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}

function dropOld(directory: string): void {
  for (const name of readdirSync(directory)) {
    const file = path.join(directory, name);
    if (Date.now() - statSync(file).mtimeMs > noteLifeMs) rmSync(file, { force: true });
  }
}

/** The plan that `apply` was given, as text in which marks can be found; "" when it was given none. */
function readSavedPlan({ argv, workingDirectory }: TerraformProcess): string {
  const chdir = argv.find((argument) => /^--?chdir=/.test(argument))?.replace(/^--?chdir=/, "") ?? ".";
  const [subcommand, ...rest] = argv.slice(1).filter((argument) => !argument.startsWith("-"));
  if (subcommand !== "apply") return "";
  for (const argument of rest) {
    try {
      const plan = readZipEntry(readFileSync(path.resolve(workingDirectory, chdir, argument)), "tfplan");
      if (plan !== undefined) return plan.toString("latin1");
    } catch {
      // not a file: the value of a flag, perhaps
    }
  }
  return "";
}
