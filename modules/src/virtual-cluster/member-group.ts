/** Groups of equal members of a cluster, and the names that their members get. */
import { DvceError, memberSpecSchema, nameSchema } from "@dvce/api";
import type { Construct } from "constructs";
import { z } from "zod";
import { checkKnownProperty, checkProperty } from "../input/check";

/** Members of one size. */
export interface MemberGroup {
  /**
   * What the members' names start with: `web` gives `web-0`, `web-1`, … A member's name is also its host name.
   *
   * @default - the cluster's name
   */
  readonly name?: string;

  /** How many: 1 to 1000. Growing adds the next numbers; shrinking takes the highest away. */
  readonly count: number;

  /** Virtual processors of each. */
  readonly vcpus: number;

  /** Memory of each, in MiB; at least 64. */
  readonly memoryMiB: number;

  /** Size of each one's volume, in whole GiB; at least the image's size. */
  readonly diskGiB: number;
}

/** One member, by name. */
export interface NamedMember {
  readonly name: string;
  readonly group: MemberGroup;
}

/** What `limits` takes, said in one phrase. */
const whole = (limits: z.ZodNumber): z.ZodType =>
  z
    .unknown()
    .refine(
      (value) => limits.safeParse(value).success,
      `must be a whole number from ${limits.minValue} to ${limits.maxValue}`,
    );

const countSchema = whole(z.number().int().min(1).max(1000));
const vcpusSchema = whole(memberSpecSchema.shape.vcpus);
const memorySchema = whole(memberSpecSchema.shape.memoryMiB);
const diskSchema = whole(
  z
    .number()
    .int()
    .min(1)
    .max(1024 * 1024),
);

/**
 * Checks the groups and names their members. A name depends on its group's name and its number alone, never on how
 * many there are, so members keep their names, and so their disks, when a group grows or shrinks.
 *
 * @throws DvceError DVCE_INPUT_INVALID, or DVCE_MEMBER_DUPLICATE when two groups give one name.
 */
export function nameMembers(
  scope: Construct,
  cluster: string,
  groups: readonly MemberGroup[],
  path: (index: number) => readonly (string | number)[],
): readonly NamedMember[] {
  const members = new Map<string, NamedMember>();
  groups.forEach((group, index) => {
    const at = (property: keyof MemberGroup, fix: string) => ({
      scope,
      path: [...path(index), property],
      fix,
    });
    const prefix = group.name ?? cluster;
    checkKnownProperty(at("name", "Give a short name such as web."), nameSchema, prefix);
    checkKnownProperty(at("count", "Leave the group out to have none of it."), countSchema, group.count);
    checkProperty(at("vcpus", "Give a whole number such as 2."), vcpusSchema, group.vcpus);
    checkProperty(at("memoryMiB", "Give MiB, such as 1024 for 1 GiB."), memorySchema, group.memoryMiB);
    checkProperty(at("diskGiB", "Give GiB, such as 10."), diskSchema, group.diskGiB);
    for (let number = 0; number < group.count; number += 1) {
      const name = `${prefix}-${number}`;
      checkKnownProperty(at("name", "Give a shorter name."), nameSchema, name);
      if (members.has(name)) {
        throw new DvceError(
          "DVCE_MEMBER_DUPLICATE",
          `${scope.node.path}: two members are named "${name}"; a cluster has each name once. ` +
            "Give each group of members a name of its own.",
          { details: [{ path: [...path(index), "name"], message: `"${name}" twice` }] },
        );
      }
      members.set(name, { name, group });
    }
  });
  return [...members.values()];
}
