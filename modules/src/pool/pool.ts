/** The pool of hosts that a stack's clusters run on: the providers of one controller and its libvirt gateway. */
import { DvceError } from "@dvce/api";
import { provider as libvirt } from "@cdktf/provider-libvirt";
import { provider as dvce } from "@dvce/provider-bindings";
import { TerraformStack, Token } from "cdktf";
import { Construct } from "constructs";
import { z } from "zod";
import { checkProperty, invalidProperty } from "../input/check";

export interface PoolProps {
  /**
   * Address of the pool's controller, e.g. `http://127.0.0.1:7800`.
   *
   * @default - DVCE_URL of whoever runs Terraform, read at plan and apply
   */
  readonly url?: string;

  /**
   * Token for the controller, as a Terraform expression, e.g. the `stringValue` of a sensitive `TerraformVariable`.
   * A plain string is refused: it would lie readable in the synthesised stack.
   *
   * @default - DVCE_TOKEN of whoever runs Terraform, read at plan and apply
   */
  readonly token?: string;

  /**
   * libvirt connection URI of the pool's gateway.
   *
   * @default - DVCE_LIBVIRT_URI at synthesis, else `qemu+tcp://127.0.0.1:16509/system`
   */
  readonly libvirtUri?: string;
}

/** Gateway of a controller on the same machine. */
export const defaultLibvirtUri = "qemu+tcp://127.0.0.1:16509/system";

const urlSchema = z.url({ protocol: /^https?$/, error: "must be an http or https address" });
const libvirtUriSchema = z
  .string()
  .regex(
    /^qemu\+(tcp|tls|unix|ssh):\/\/[^/]*\/system(\?.*)?$/,
    "must be a libvirt URI of the system instance: qemu+tcp://HOST:PORT/system",
  );

/** What must be the only one of its name in a pool. */
export type ClaimedKind = "image" | "cluster" | "domain";

const pools = new WeakMap<TerraformStack, Pool>();

/**
 * Declares the providers `dvce` and `libvirt` once, for any number of hosts. A stack has one pool; `Image` and
 * `VirtualCluster` find it by themselves.
 */
export class Pool extends Construct {
  private readonly claims = new Map<string, string>();

  /** @throws DvceError DVCE_INPUT_INVALID for a second pool in the stack, a bad address, or a plain token. */
  constructor(scope: Construct, id: string, props: PoolProps = {}) {
    super(scope, id);
    const stack = TerraformStack.of(this);
    const other = pools.get(stack);
    if (other !== undefined) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `${this.node.path}: the stack already has the pool ${other.node.path}; a stack has one. ` +
          "Give each pool a TerraformStack of its own.",
      );
    }

    const libvirtUri = props.libvirtUri ?? (process.env["DVCE_LIBVIRT_URI"] || defaultLibvirtUri);
    checkProperty(
      { scope: this, path: ["url"], fix: "Give the controller's address, e.g. http://127.0.0.1:7800." },
      urlSchema.optional(),
      props.url,
    );
    checkProperty(
      { scope: this, path: ["libvirtUri"], fix: `Give the pool gateway's URI, e.g. ${defaultLibvirtUri}.` },
      libvirtUriSchema,
      libvirtUri,
    );
    if (props.token !== undefined && !Token.isUnresolved(props.token)) {
      throw invalidProperty(
        {
          scope: this,
          path: ["token"],
          fix: "Set DVCE_TOKEN where Terraform runs, or use a TerraformVariable.",
        },
        "a plain string",
        "must be a Terraform expression, because the synthesised stack is readable",
      );
    }

    new dvce.DvceProvider(this, "dvce", {
      ...(props.url === undefined ? {} : { url: props.url }),
      ...(props.token === undefined ? {} : { token: props.token }),
    });
    new libvirt.LibvirtProvider(this, "libvirt", { uri: libvirtUri });
    pools.set(stack, this);
  }

  /**
   * The pool of the stack that `scope` lies in.
   *
   * @throws DvceError DVCE_INPUT_INVALID when there is none yet.
   */
  static of(scope: Construct): Pool {
    const stack = TerraformStack.of(scope);
    const pool = pools.get(stack);
    if (pool === undefined) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `${scope.node.path}: the stack ${stack.node.path} has no pool; images and clusters need one. ` +
          'Add new Pool(stack, "pool") before it.',
      );
    }
    return pool;
  }

  /**
   * Takes a name that must be the only one of its kind in the pool.
   *
   * @returns the path of the construct that has it already, or undefined when it was free and is now `scope`'s.
   */
  claim(kind: ClaimedKind, name: string, scope: Construct): string | undefined {
    const key = `${kind} ${name}`;
    const holder = this.claims.get(key);
    if (holder === undefined) this.claims.set(key, scope.node.path);
    return holder;
  }
}
