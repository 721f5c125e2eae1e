/** Members that ask for the same are alike to the solver: it prices kinds, not members. */
import type { MemberSpec, Resources } from "@dvce/api";
import { demandOf } from "../filter";

export interface Kind {
  /** Position of its version in {@link Kinds.versions}. */
  readonly version: number;
  readonly demand: Resources;
  /** Node that its members leave at a price; -1 for none. */
  readonly home: number;
}

export interface Kinds {
  readonly kinds: readonly Kind[];
  readonly versions: readonly string[];
  /** Position in `kinds`, by member. */
  readonly kindOf: readonly number[];
}

/** @param homes by member; none where left out */
export function kindsOf(members: readonly MemberSpec[], homes: ReadonlyMap<number, number>): Kinds {
  const kinds: Kind[] = [];
  const versions: string[] = [];
  const kindNumbers = new Map<string, number>();
  const versionNumbers = new Map<string, number>();
  const kindOf = members.map((member, index) => {
    const home = homes.get(index) ?? -1;
    const version = numberOf(versionNumbers, member.version, () => versions.push(member.version));
    const key = [version, member.vcpus, member.memoryMiB, member.diskBytes, home].join(" ");
    return numberOf(kindNumbers, key, () => kinds.push({ version, demand: demandOf(member), home }));
  });
  return { kinds, versions, kindOf };
}

/** The number of `key`; a new one is the next, and is told to `append`. */
function numberOf(numbers: Map<string, number>, key: string, append: () => unknown): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  const next = numbers.size;
  numbers.set(key, next);
  append();
  return next;
}
