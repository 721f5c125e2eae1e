/** Between dvce_volume's state and the pool's volumes. */
import type { SeedSpec, Volume } from "@dvce/api";
import { gibibyteBytes } from "../shared/units";
import type { Partly, State } from "../../schema/infer";
import type { volumeAttributes } from "./schema";

export type VolumeState = State<typeof volumeAttributes>;
export type VolumePlan = Partly<typeof volumeAttributes>;
export type VolumeInput = Pick<
  VolumeState,
  "cluster" | "member" | "node" | "version" | "disk_gib" | "user_data" | "ssh_authorized_keys" | "hostname"
>;

/** As libvirt knows the member, and as the pool knows its volume. */
export const domainOf = ({ cluster, member }: Pick<VolumeInput, "cluster" | "member">): string =>
  `${cluster}-${member}`;

export const toSeed = (input: VolumeInput): SeedSpec => ({
  hostname: input.hostname ?? input.member,
  userData: input.user_data ?? "",
  sshAuthorizedKeys: [...(input.ssh_authorized_keys ?? [])],
});

/** What the pool does not keep: what is in the seed, and what is said to Terraform alone. */
export type VolumeSettings = Pick<VolumeState, "user_data" | "ssh_authorized_keys" | "hostname" | "timeouts">;

/** The state of a volume in the pool. */
export const fromVolume = (volume: Volume, settings: VolumeSettings): VolumeState => ({
  cluster: volume.cluster,
  member: volume.member,
  node: volume.node,
  version: volume.version,
  disk_gib: volume.sizeBytes / gibibyteBytes,
  user_data: settings.user_data,
  ssh_authorized_keys: settings.ssh_authorized_keys,
  hostname: settings.hostname,
  timeouts: settings.timeouts,
  id: volume.domain,
  path: volume.path,
  seed_path: volume.seedPath,
  created_at: volume.createdAt,
});
