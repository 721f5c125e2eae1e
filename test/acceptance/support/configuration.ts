/** Configurations for the acceptance tests, in HCL as a user without CDKTF writes it. Pure. */

export const providers = (libvirtUri: string): string => `
terraform {
  required_providers {
    dvce    = { source = "dvce/dvce" }
    libvirt = { source = "dmacvicar/libvirt" }
  }
}
provider "dvce" {}
provider "libvirt" { uri = "${libvirtUri}" }
`;

export interface ImageBlock {
  readonly name: string;
  readonly path: string;
  readonly checksum?: string;
}

export const image = ({ name, path, checksum }: ImageBlock): string => `
resource "dvce_image" "${name}" {
  name = "${name}"
  path = "${path}"
  ${checksum === undefined ? "" : `checksum = "${checksum}"`}
}
`;

export interface ClusterBlock {
  readonly name: string;
  /** Name of the dvce_image. */
  readonly image: string;
  readonly members: readonly string[];
  readonly memoryMiB?: number;
  readonly vcpus?: number;
  readonly diskGiB?: number;
  readonly antiAffinity?: boolean;
}

/** A cluster alone, without volumes and domains. */
export const clusterOnly = (cluster: ClusterBlock): string => `
resource "dvce_cluster" "${cluster.name}" {
  name          = "${cluster.name}"
  anti_affinity = ${String(cluster.antiAffinity ?? false)}
  members = {
    ${cluster.members
      .map(
        (member) => `"${member}" = {
      version    = dvce_image.${cluster.image}.version
      vcpus      = ${cluster.vcpus ?? 1}
      memory_mib = ${cluster.memoryMiB ?? 64}
      disk_gib   = ${cluster.diskGiB ?? 1}
    }`,
      )
      .join("\n    ")}
  }
}
`;

/** A cluster with a volume and a domain for every member. */
export const cluster = (block: ClusterBlock): string => `${clusterOnly(block)}
resource "dvce_volume" "${block.name}" {
  for_each = toset(${JSON.stringify(block.members)})
  cluster  = dvce_cluster.${block.name}.name
  member   = each.key
  node     = dvce_cluster.${block.name}.placements[each.key].node
  version  = dvce_image.${block.image}.version
  disk_gib = ${block.diskGiB ?? 1}
}

resource "libvirt_domain" "${block.name}" {
  for_each = toset(${JSON.stringify(block.members)})
  name     = dvce_cluster.${block.name}.placements[each.key].domain
  type     = dvce_cluster.${block.name}.placements[each.key].domain_type
  vcpu     = ${block.vcpus ?? 1}
  memory   = ${block.memoryMiB ?? 64}
  running  = true
  cpu { mode = "maximum" }
  disk { volume_id = dvce_volume.${block.name}[each.key].path }
  disk { file = dvce_volume.${block.name}[each.key].seed_path }
  console {
    type        = "pty"
    target_port = "0"
    target_type = "serial"
  }
  graphics {
    type        = "vnc"
    listen_type = "none"
  }
  lifecycle { replace_triggered_by = [dvce_volume.${block.name}[each.key].created_at] }
}
`;
