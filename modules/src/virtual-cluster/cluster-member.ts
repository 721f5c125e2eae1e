/**
 * One member of a cluster: its volume on the placed node and its domain in libvirt.
 *
 * The domain's attributes are those that dmacvicar/libvirt 0.8.3 reads back as they were given, found out against a
 * real libvirt 9.0 and kept so by the acceptance suite, whose second plan must be empty. What that rules out:
 *
 * - A disk given by `file` is read back as `volume_id`, so the volume is given by `volume_id`: its path, which is its
 *   key in the storage pool `dvce`. A `file` that ends in `.iso` becomes a CD-ROM drive and is read back as `file`.
 * - `cpu.mode` is read from the running domain, where libvirt has replaced `host-model` by a custom model: a plan that
 *   replaces the domain for ever. `maximum` stays, and is right for kvm and emulation alike (all that the host or the
 *   emulator offers); without a mode the guest gets qemu64, which distributions that need x86-64-v2 do not boot on.
 * - Without `graphics` the provider adds a SPICE server on a TCP port of the host, open to every user of the host. VNC
 *   without a listener opens no port; `virsh` and virt-manager still reach it through libvirt.
 */
import { cluster as dvceCluster, volume as dvceVolume } from "@dvce/provider-bindings";
import { domain as libvirt } from "@cdktf/provider-libvirt";
import { Construct } from "constructs";
import { literal } from "../input/literal";
import { logicalId } from "../input/logical-id";
import type { MemberGroup } from "./member-group";

export interface ClusterMemberProps {
  /** Name of the libvirt domain: `<cluster>-<member>`, one of a kind in the pool. */
  readonly domainName: string;
  readonly group: MemberGroup;
  readonly cluster: dvceCluster.Cluster;
  /** Version digest of the member's image. */
  readonly version: string;
  readonly sshAuthorizedKeys: readonly string[] | undefined;
  readonly userData: string | undefined;
  readonly bridge: string | undefined;
  readonly autostart: boolean;
}

export class ClusterMember extends Construct {
  /** Name within the cluster, which is also the guest's host name. */
  readonly name: string;
  readonly domainName: string;
  /** Where the pool puts the member, and why; known at plan. */
  readonly placement: dvceCluster.ClusterPlacementsOutputReference;
  /** The declared `dvce_volume`: the member's disk and its cloud-init seed. */
  readonly volume: dvceVolume.Volume;
  /** The declared `libvirt_domain`. */
  readonly domain: libvirt.Domain;

  constructor(scope: Construct, name: string, props: ClusterMemberProps) {
    super(scope, name);
    this.name = name;
    this.domainName = props.domainName;
    // The key goes into the expression as it is given, so it is quoted here: placements["web-0"].
    this.placement = props.cluster.placements.get(JSON.stringify(name));

    this.volume = new dvceVolume.Volume(this, "volume", {
      cluster: props.cluster.name,
      member: name,
      nodeAttribute: this.placement.nodeAttribute,
      version: props.version,
      diskGib: props.group.diskGiB,
      ...(props.userData === undefined ? {} : { userData: literal(props.userData) }),
      ...(props.sshAuthorizedKeys === undefined ? {} : { sshAuthorizedKeys: [...props.sshAuthorizedKeys] }),
    });
    this.volume.overrideLogicalId(logicalId(props.domainName));

    this.domain = new libvirt.Domain(this, "domain", {
      name: props.domainName,
      type: this.placement.domainType,
      vcpu: props.group.vcpus,
      memory: props.group.memoryMiB,
      cpu: { mode: "maximum" },
      running: true,
      autostart: props.autostart,
      disk: [{ volumeId: this.volume.path }, { file: this.volume.seedPath }],
      console: [{ type: "pty", targetPort: "0", targetType: "serial" }],
      graphics: { type: "vnc", listenType: "none" },
      ...(props.bridge === undefined ? {} : { networkInterface: [{ bridge: props.bridge }] }),
      // A new volume has the old one's path, so nothing of the domain would change with it.
      lifecycle: {
        replaceTriggeredBy: [
          `${this.volume.terraformResourceType}.${this.volume.friendlyUniqueId}.created_at`,
        ],
      },
    });
    this.domain.overrideLogicalId(logicalId(props.domainName));
  }
}
