/** Members of one image, placed together on the pool's hosts. */
import {
  architectureSchema,
  constraintsSchema,
  DvceError,
  labelsSchema,
  nameSchema,
  onMoveSchema,
  seedSpecSchema,
  type Architecture,
  type OnMove,
} from "@dvce/api";
import { cluster as dvceCluster } from "@dvce/provider-bindings";
import { Construct } from "constructs";
import type { IResolvable } from "cdktf";
import { z } from "zod";
import type { Image } from "../image/image";
import { checkKnownProperty, checkProperty } from "../input/check";
import { logicalId } from "../input/logical-id";
import { Pool } from "../pool/pool";
import { ClusterMember } from "./cluster-member";
import { nameMembers, type MemberGroup } from "./member-group";

/** What a placement must keep to. */
export interface ClusterConstraints {
  /**
   * No two members on one node.
   *
   * @default false
   */
  readonly antiAffinity?: boolean;

  /**
   * Labels that a node must carry to hold a member.
   *
   * @default - none
   */
  readonly nodeSelector?: Readonly<Record<string, string>>;

  /**
   * By node label, such as `zone` or `rack`: how many more members nodes of one value of that label may hold than nodes
   * of any other value. Nodes without the label hold none.
   *
   * @default - none
   */
  readonly maxSkew?: Readonly<Record<string, number>>;

  /**
   * Members go to nodes of this architecture only.
   *
   * @default - any
   */
  readonly architecture?: Architecture;
}

export interface VirtualClusterProps {
  /**
   * Name of the cluster in the pool: 1 to 63 of a-z, 0-9 and '-'. A member's domain is named `<cluster>-<member>`.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /** The image that every member starts from. Changing it gives the members new, empty disks. */
  readonly image: Image;

  /** The members: one group of equal ones, or several groups with names of their own. */
  readonly members: MemberGroup | readonly MemberGroup[];

  /**
   * Public SSH keys that may log in as the image's default user.
   *
   * @default - none
   */
  readonly sshAuthorizedKeys?: readonly string[];

  /**
   * cloud-config, or other user data that cloud-init takes, as the guest shall see it: `${…}` in it is not a
   * Terraform expression unless it comes from a construct, such as a `TerraformVariable`. It lies readable in the
   * synthesised stack and in the state; pass secrets by a sensitive variable.
   *
   * @default - none
   */
  readonly userData?: string;

  /**
   * What the placement must keep to.
   *
   * @default - nothing but capacity
   */
  readonly constraints?: ClusterConstraints;

  /**
   * What becomes of the disk of a member that has to move to another node, because its own is drained, fenced or gone.
   * `recreate`: it gets a new, empty one. `restore`: its node copies what the old one holds, while the member is shut
   * off. `forbid`: the plan fails and says who would move.
   *
   * @default "recreate"
   */
  readonly onMove?: OnMove;

  /**
   * The cluster cannot be destroyed, neither by Terraform nor otherwise, until this is applied as false.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;

  /**
   * Free text. The plan in which it changes places every member afresh, and moves those for whom it pays.
   *
   * @default - members stay where they are
   */
  readonly rebalance?: string;

  /**
   * Bridge of the hosts that each member gets one network interface on.
   *
   * @default - members have no network
   */
  readonly bridge?: string;

  /**
   * Whether a host starts its members again by itself when it boots. Off, the next apply starts them: a host that was
   * away does not know whether its members have been given to another one meanwhile.
   *
   * @default false
   */
  readonly autostart?: boolean;
}

const oneOf = (values: readonly string[]): z.ZodType =>
  z
    .string()
    .refine(
      (text) => values.includes(text),
      `must be one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    );
const maxSkewSchema = z
  .unknown()
  .refine(
    (skews) => constraintsSchema.shape.maxSkew.safeParse(skews).success,
    "must give a whole number from 1 to 1000 for each label",
  );

/** Those of the properties that are there. */
const given = <T extends object, K extends keyof T>(props: T, names: readonly K[]): Partial<Pick<T, K>> =>
  Object.fromEntries(
    names.filter((name) => props[name] !== undefined).map((name) => [name, props[name]]),
  ) as Partial<Pick<T, K>>;

/** Linux: at most 15 bytes, no blanks, '/' or ':'. */
const bridgeSchema = z
  .string()
  .regex(/^[^\s/:]{1,15}$/, "must be the name of a Linux bridge, at most 15 characters");
/** `<cluster>-<member>` is part of file names and of a socket's path in QEMU's folder. */
const domainNameSchema = z.string().max(127, "must be 127 characters or less");

/**
 * Declares a `dvce_cluster`, which places all members at once where the fewest image bytes are missing, and for each
 * member a `dvce_volume` and a `libvirt_domain`.
 */
export class VirtualCluster extends Construct {
  /** Name of the cluster in the pool. */
  readonly name: string;
  /** The declared `dvce_cluster`. */
  readonly resource: dvceCluster.Cluster;
  /** The members in the order of their groups and numbers. */
  readonly members: readonly ClusterMember[];

  /**
   * @throws DvceError DVCE_INPUT_INVALID for a malformed property, a name that another cluster of the stack has, or a
   *   stack without a pool; DVCE_MEMBER_DUPLICATE when two members, of this cluster or of another of the stack, get
   *   one name.
   */
  constructor(scope: Construct, id: string, props: VirtualClusterProps) {
    super(scope, id);
    const pool = Pool.of(this);
    this.name = props.name ?? id;
    this.check(props);
    const grouped = isList(props.members);
    const groups = isList(props.members) ? props.members : [props.members];
    const named = nameMembers(this, this.name, groups, (index) =>
      grouped ? ["members", index] : ["members"],
    );
    this.claimNames(
      pool,
      named.map((member) => member.name),
    );

    this.resource = new dvceCluster.Cluster(this, "cluster", {
      name: this.name,
      members: Object.fromEntries(
        named.map(({ name, group }) => [
          name,
          {
            version: props.image.version,
            vcpus: group.vcpus,
            memoryMib: group.memoryMiB,
            diskGib: group.diskGiB,
          },
        ]),
      ),
      ...given(props.constraints ?? {}, ["antiAffinity", "nodeSelector", "maxSkew", "architecture"]),
      ...given(props, ["onMove", "deletionProtection", "rebalance"]),
    });
    this.resource.overrideLogicalId(logicalId(this.name));

    this.members = named.map(
      ({ name, group }) =>
        new ClusterMember(this, name, {
          domainName: this.domainName(name),
          group,
          cluster: this.resource,
          version: props.image.version,
          sshAuthorizedKeys: props.sshAuthorizedKeys,
          userData: props.userData,
          bridge: props.bridge,
          autostart: props.autostart ?? false,
        }),
    );
  }

  /**
   * Where the pool puts each member, what must move there and why: a map by member name, known at plan. As the value
   * of a `TerraformOutput` it appears in `cdktf diff`.
   */
  get placements(): IResolvable {
    return this.resource.interpolationForAttribute("placements");
  }

  private domainName(member: string): string {
    return `${this.name}-${member}`;
  }

  private check(props: VirtualClusterProps): void {
    const at = (path: readonly (string | number)[], fix: string) => ({ scope: this, path, fix });
    checkKnownProperty(at(["name"], "Give a name, or an id that is one."), nameSchema, this.name);
    if (isList(props.members)) {
      checkKnownProperty(
        at(["members"], "Give at least one group: { count, vcpus, memoryMiB, diskGiB }."),
        z.array(z.unknown()).min(1, "must hold at least one group"),
        props.members,
      );
    }
    props.sshAuthorizedKeys?.forEach((key, index) =>
      checkProperty(
        at(["sshAuthorizedKeys", index], "Give a public key as it stands in ~/.ssh/id_ed25519.pub."),
        z.string().regex(/^\S+ \S+[^\n]*$/, "must be one line of the form 'TYPE KEY COMMENT'"),
        key,
      ),
    );
    checkProperty(
      at(["userData"], "Keep large files in the image."),
      seedSpecSchema.shape.userData,
      props.userData,
    );
    checkProperty(
      at(["constraints", "nodeSelector"], 'Give labels as the nodes carry them, e.g. { rack: "a" }.'),
      labelsSchema.optional(),
      props.constraints?.nodeSelector,
    );
    checkProperty(
      at(["constraints", "maxSkew"], "Give labels that nodes carry, and a difference, e.g. { rack: 1 }."),
      maxSkewSchema.optional(),
      props.constraints?.maxSkew,
    );
    checkProperty(
      at(["constraints", "architecture"], "Leave it out where the pool has one architecture."),
      oneOf(architectureSchema.options).optional(),
      props.constraints?.architecture,
    );
    checkProperty(
      at(["onMove"], 'Give "restore" to keep what members have written.'),
      oneOf(onMoveSchema.options).optional(),
      props.onMove,
    );
    checkProperty(
      at(["rebalance"], "Give a short text that changes when members shall be placed afresh, e.g. a date."),
      z.string().max(253, "must be 253 characters or less").optional(),
      props.rebalance,
    );
    checkProperty(
      at(["bridge"], "Give a bridge that every host has, e.g. br0."),
      bridgeSchema.optional(),
      props.bridge,
    );
  }

  /** @throws DvceError when another cluster of the stack has the name, or a member's domain name. */
  private claimNames(pool: Pool, members: readonly string[]): void {
    const holder = pool.claim("cluster", this.name, this);
    if (holder !== undefined) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `${this.node.path}: the cluster name "${this.name}" is taken by ${holder}; a pool has each name once. ` +
          "Give another name, or add the members to that cluster as one more group.",
      );
    }
    for (const member of members) {
      const domain = this.domainName(member);
      checkKnownProperty(
        { scope: this, path: ["members"], fix: "Shorten the cluster's or the members' name." },
        domainNameSchema,
        domain,
      );
      const other = pool.claim("domain", domain, this);
      if (other !== undefined) {
        throw new DvceError(
          "DVCE_MEMBER_DUPLICATE",
          `${this.node.path}: member "${member}" gives the domain name "${domain}", which a member of ${other} ` +
            "has; a pool has each domain name once. Rename the cluster or its members.",
          { details: [{ path: ["members"], message: `"${domain}" is taken by ${other}` }] },
        );
      }
    }
  }
}

/** `Array.isArray` does not narrow a readonly array out of a union. */
function isList(members: MemberGroup | readonly MemberGroup[]): members is readonly MemberGroup[] {
  return Array.isArray(members);
}
