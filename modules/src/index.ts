export { Pool, defaultLibvirtUri, type PoolProps } from "./pool/pool";
export { Image, type ImageProps } from "./image/image";
export {
  VirtualCluster,
  type ClusterConstraints,
  type VirtualClusterProps,
} from "./virtual-cluster/virtual-cluster";
export { ClusterMember, type ClusterMemberProps } from "./virtual-cluster/cluster-member";
export type { MemberGroup } from "./virtual-cluster/member-group";
