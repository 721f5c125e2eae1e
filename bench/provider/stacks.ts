/**
 * The same number of members, as DVCE's resources and as Terraform's own that do nothing. One block a resource, as the
 * constructs write it: with `for_each` over a set Terraform would sort that set anew for each of its instances.
 */
import { head } from "../../test/provider/support/configuration";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `m${String(i).padStart(3, "0")}`);

const userData = (name: string): string => JSON.stringify(`#cloud-config\nhostname: ${name}\n`);

/**
 * A cluster, and a volume for each member. What volumes need of the cluster are locals, which Terraform works out once: each
 * reference to the cluster itself has it decode all of the cluster's placements.
 */
export const dvceStack = (members: number, version: string): string => `${head}
locals {
  cluster    = dvce_cluster.bench.name
  placements = dvce_cluster.bench.placements
}
resource "dvce_cluster" "bench" {
  name    = "bench"
  members = {
    ${names(members)
      .map((name) => `${name} = { version = "${version}", vcpus = 1, memory_mib = 512, disk_gib = 1 }`)
      .join("\n    ")}
  }
}
${names(members)
  .map(
    (name) => `resource "dvce_volume" "${name}" {
  cluster   = local.cluster
  member    = "${name}"
  node      = local.placements["${name}"].node
  version   = "${version}"
  disk_gib  = 1
  user_data = ${userData(name)}
}`,
  )
  .join("\n")}
`;

/** As many resources with as much in them. */
export const emptyStack = (members: number, version: string): string =>
  names(members)
    .map(
      (name) => `resource "terraform_data" "${name}" {
  input = {
    name      = "${name}"
    version   = "${version}"
    disk_gib  = 1
    user_data = ${userData(name)}
  }
}
`,
    )
    .join("\n");
