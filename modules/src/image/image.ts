/** A disk image in the pool. */
import { DvceError, nameSchema } from "@dvce/api";
import { image as dvce } from "@dvce/provider-bindings";
import { Token } from "cdktf";
import { Construct } from "constructs";
import { resolve } from "node:path";
import { z } from "zod";
import { checkKnownProperty, checkProperty, invalidProperty } from "../input/check";
import { logicalId } from "../input/logical-id";
import { Pool } from "../pool/pool";

export interface ImageProps {
  /**
   * Name of the image in the pool: 1 to 63 of a-z, 0-9 and '-'.
   *
   * @default - the construct's id
   */
  readonly name?: string;

  /**
   * Image file, raw or qcow2, on the machine that runs Terraform. A relative path is taken from the directory in which
   * the stack is synthesised. Exactly one of `path` and `url` is given.
   *
   * @default - `url`
   */
  readonly path?: string;

  /**
   * Where to download the image, raw or qcow2. Needs `checksum`. Exactly one of `path` and `url` is given.
   *
   * @default - `path`
   */
  readonly url?: string;

  /**
   * SHA-256 of the file as it lies at `path` or `url`: `sha256:` and 64 hex digits.
   *
   * @default - none; a file given by `path` is taken as it is
   */
  readonly checksum?: string;

  /**
   * Terraform cannot destroy the image until this is applied as false. Images that clusters use cannot be deleted anyway.
   *
   * @default false
   */
  readonly deletionProtection?: boolean;
}

const urlSchema = z.url({ protocol: /^https?$/, error: "must be an http or https address" });
const pathSchema = z.string().min(1, "must name a file");
const checksumSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "must be 'sha256:' and 64 lower-case hex digits, as sha256sum prints");

/**
 * A disk image whose content the pool's hosts hold in chunks. The version, a digest of the content, is known at plan;
 * applying sends the chunks that the pool lacks.
 */
export class Image extends Construct {
  /** Name of the image in the pool. */
  readonly name: string;
  /** The declared `dvce_image`. */
  readonly resource: dvce.Image;

  /**
   * @throws DvceError DVCE_INPUT_INVALID unless exactly one of `path` and `url` is given, for a `url` without
   *   `checksum`, a malformed property, a name that another image of the stack has, or a stack without a pool.
   */
  constructor(scope: Construct, id: string, props: ImageProps) {
    super(scope, id);
    const pool = Pool.of(this);
    this.name = props.name ?? id;
    this.check(props);

    const holder = pool.claim("image", this.name, this);
    if (holder !== undefined) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `${this.node.path}: the image name "${this.name}" is taken by ${holder}; a pool has each name once. ` +
          "Use that image, or give another name.",
      );
    }

    this.resource = new dvce.Image(this, "image", {
      name: this.name,
      ...(props.path === undefined ? {} : { path: absolute(props.path) }),
      ...(props.url === undefined ? {} : { url: props.url }),
      ...(props.checksum === undefined ? {} : { checksum: props.checksum }),
      ...(props.deletionProtection === undefined ? {} : { deletionProtection: props.deletionProtection }),
    });
    this.resource.overrideLogicalId(logicalId(this.name));
  }

  /** Digest of the image's content; known at plan. */
  get version(): string {
    return this.resource.version;
  }

  /** Size of the disk that a guest sees, in bytes; known at plan. */
  get sizeBytes(): number {
    return this.resource.sizeBytes;
  }

  /** Bytes of the image's unique chunks, holes and zero blocks left out; known at plan. */
  get dataBytes(): number {
    return this.resource.dataBytes;
  }

  private check(props: ImageProps): void {
    const at = (property: keyof ImageProps, fix: string) => ({ scope: this, path: [property], fix });
    checkKnownProperty(at("name", "Give a name, or an id that is one."), nameSchema, this.name);
    if ((props.path === undefined) === (props.url === undefined)) {
      throw invalidProperty(
        { scope: this, path: ["path, url"], fix: "Give path for a local file, or url and checksum." },
        props.path === undefined ? "neither" : "both",
        "exactly one of them must be given",
      );
    }
    if (props.url !== undefined && props.checksum === undefined) {
      throw invalidProperty(
        at("checksum", "Give sha256:… of the file at url, as its publisher lists it."),
        "not given",
        "must be given with url, so that every plan speaks of the same bytes",
      );
    }
    checkProperty(at("path", "Give the image file's path."), pathSchema.optional(), props.path);
    checkProperty(at("url", "Give the address of a raw or qcow2 file."), urlSchema.optional(), props.url);
    checkProperty(
      at("checksum", "Run sha256sum FILE and put 'sha256:' before what it prints."),
      checksumSchema.optional(),
      props.checksum,
    );
  }
}

/** Terraform runs elsewhere (`cdktf.out/stacks/…`), so a path must not depend on the working directory. */
function absolute(path: string): string {
  return Token.isUnresolved(path) ? path : resolve(path);
}
