/** The stack that the provider suite changes step by step. */

export interface StackShape {
  readonly imagePath: string;
  readonly members: readonly string[];
  readonly memoryMiB?: number;
  /** Further lines of the cluster, and of each volume. */
  readonly cluster?: string;
  readonly volume?: string;
}

export const head = `
terraform {
  required_providers {
    dvce = {
      source  = "dvce/dvce"
      version = "0.1.0"
    }
  }
}
provider "dvce" {}
`;

export const stack = ({
  imagePath,
  members,
  memoryMiB = 512,
  cluster = "",
  volume = "",
}: StackShape): string => `${head}
resource "dvce_image" "base" {
  name = "base"
  path = ${JSON.stringify(imagePath)}
}
resource "dvce_cluster" "web" {
  name = "web"
  ${cluster}
  members = {
    ${members.map((name) => `"${name}" = { version = dvce_image.base.version, vcpus = 1, memory_mib = ${memoryMiB}, disk_gib = 1 }`).join("\n    ")}
  }
}
resource "dvce_volume" "disk" {
  for_each            = toset(${JSON.stringify(members)})
  cluster             = dvce_cluster.web.name
  member              = each.key
  node                = dvce_cluster.web.placements[each.key].node
  version             = dvce_image.base.version
  disk_gib            = 1
  user_data           = "#cloud-config\\npassword: secret-word\\n"
  ssh_authorized_keys = ["ssh-ed25519 AAAA test"]
  ${volume}
}
data "dvce_nodes" "all" {}
output "nodes" { value = data.dvce_nodes.all.nodes[*].name }
`;
