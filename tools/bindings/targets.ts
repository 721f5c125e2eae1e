/** The provider bindings of this repository: what each is made from and which part of the schema is kept. */
import { resolve } from "node:path";
import { providerVersion } from "../../provider/src/provider/catalogue";

export interface BindingsTarget {
  /** Provider's local name, and the folder that the generator gives it. */
  readonly name: string;
  /** Source address as it stands in `required_providers`; without a host, so Terraform and OpenTofu each use theirs. */
  readonly source: string;
  /** Version constraint that every synthesised stack carries. */
  readonly version: string;
  /** Workspace package that holds `schema.json` and the generated `lib/`. */
  readonly directory: string;
  /** Resource and data source types to keep; the rest of the schema is pruned. */
  readonly resources: readonly string[];
  readonly dataSources: readonly string[];
  /** Where the provider's documentation lies on the registry; undefined when it has none there. */
  readonly registryDocs: string | undefined;
}

const root = resolve(__dirname, "../..");

export const libvirtTarget: BindingsTarget = {
  name: "libvirt",
  source: "dmacvicar/libvirt",
  version: "0.8.3",
  directory: resolve(root, "modules/bindings/libvirt"),
  resources: [
    "libvirt_cloudinit_disk",
    "libvirt_domain",
    "libvirt_network",
    "libvirt_pool",
    "libvirt_volume",
  ],
  dataSources: [],
  registryDocs: "0.8.3",
};

export const dvceTarget: BindingsTarget = {
  name: "dvce",
  source: "dvce/dvce",
  version: providerVersion,
  directory: resolve(root, "modules/bindings/dvce"),
  resources: ["dvce_cluster", "dvce_image", "dvce_volume"],
  dataSources: ["dvce_image", "dvce_image_history", "dvce_nodes"],
  registryDocs: undefined,
};
