/**
 * The same number of members, as DVCE's resources and as Terraform's own that do nothing. One block a resource, as the
 * constructs write it: with `for_each` over a set Terraform would sort that set anew for each of its instances.
 */
import { head } from "../../test/provider/support/configuration";

export type Stack = (members: number, version: string) => string;

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `m${String(i).padStart(3, "0")}`);

const userData = (name: string): string => JSON.stringify(`#cloud-config\nhostname: ${name}\n`);

/** A cluster of so many members. */
export const clusterStack: Stack = (members, version) => `${head}
resource "dvce_cluster" "bench" {
  name    = "bench"
  members = {
    ${names(members)
      .map((name) => `${name} = { version = "${version}", vcpus = 1, memory_mib = 512, disk_gib = 1 }`)
      .join("\n    ")}
  }
}
`;

/**
 * The same, and a volume for each member. What volumes need of the cluster are locals, which Terraform works out once: each
 * reference to the cluster itself has it decode all of the cluster's placements.
 */
export const volumesStack: Stack = (members, version) => `${clusterStack(members, version)}
locals {
  cluster    = dvce_cluster.bench.name
  placements = dvce_cluster.bench.placements
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

/** As many resources, with what a user says of a member in them. */
export const emptyStack: Stack = (members, version) =>
  names(members)
    .map(
      (name) => `resource "terraform_data" "${name}" {
  input = { version = "${version}", vcpus = 1, memory_mib = 512, disk_gib = 1 }
}
`,
    )
    .join("\n");

/** A placement of the length that most have. */
const placementText = "x".repeat(350);

/**
 * As many resources with as much in them as volumes have, and one with as much as a cluster: Terraform writes its whole state
 * after each resource that it applies, so that the time of an apply grows with both.
 */
export const emptyVolumesStack: Stack = (members, version) => `
resource "terraform_data" "cluster" {
  input = { ${names(members)
    .map((name) => `${name} = "${placementText}"`)
    .join(", ")} }
}
locals {
  cluster = terraform_data.cluster.id
}
${names(members)
  .map(
    (name) => `resource "terraform_data" "${name}" {
  input = {
    cluster   = local.cluster
    member    = "${name}"
    path      = "/var/lib/dvce/volumes/bench-${name}.qcow2"
    seed_path = "/var/lib/dvce/volumes/bench-${name}.seed.iso"
    version   = "${version}"
    disk_gib  = 1
    user_data = ${userData(name)}
  }
}`,
  )
  .join("\n")}
`;
