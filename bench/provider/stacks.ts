/** The same number of members, as DVCE's resources and as Terraform's own that do nothing. */
import { head } from "../../test/provider/support/configuration";

const names = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, i) => `m${String(i).padStart(3, "0")}`));

/**
 * A cluster, and a volume for each member. What volumes need of it are locals, which Terraform works out once; each reference to
 * the cluster itself has it decode all of the cluster's placements.
 */
export const dvceStack = (members: number, version: string): string => `${head}
locals {
  names   = toset(${names(members)})
  cluster = dvce_cluster.bench.name
  nodes   = { for member, placement in dvce_cluster.bench.placements : member => placement.node }
}
resource "dvce_cluster" "bench" {
  name    = "bench"
  members = { for name in local.names : name => { version = "${version}", vcpus = 1, memory_mib = 512, disk_gib = 1 } }
}
resource "dvce_volume" "disk" {
  for_each  = local.names
  cluster   = local.cluster
  member    = each.key
  node      = local.nodes[each.key]
  version   = "${version}"
  disk_gib  = 1
  user_data = "#cloud-config\\nhostname: \${each.key}\\n"
}
`;

/** As many resources with as much in them. */
export const emptyStack = (members: number, version: string): string => `
locals {
  names = toset(${names(members)})
}
resource "terraform_data" "member" {
  for_each = local.names
  input = {
    name      = each.key
    version   = "${version}"
    disk_gib  = 1
    user_data = "#cloud-config\\nhostname: \${each.key}\\n"
  }
}
`;
