import type { Node } from "@dvce/api";
import type { DataSource } from "../../resources/resource";
import type { State } from "../../schema/infer";
import { nodesSchema, type nodeAttributes, type nodesAttributes } from "./schema";

export const nodesDataSource: DataSource<typeof nodesAttributes> = {
  typeName: "dvce_nodes",
  schema: nodesSchema,
  thing: "the pool's nodes",
  async read(_config, context) {
    const nodes = await context.client().listNodes();
    return { nodes: nodes.sort((one, other) => (one.name < other.name ? -1 : 1)).map(toState) };
  },
};

const toState = (node: Node): State<typeof nodeAttributes> => ({
  name: node.name,
  state: node.state,
  architecture: node.architecture,
  domain_type: node.domainType,
  labels: node.labels,
  vcpus: node.capacity.vcpus,
  memory_mib: node.capacity.memoryMiB,
  disk_bytes: node.capacity.diskBytes,
  allocated_vcpus: node.allocated.vcpus,
  allocated_memory_mib: node.allocated.memoryMiB,
  allocated_disk_bytes: node.allocated.diskBytes,
  store_bytes: node.storeBytes,
  disk_free_bytes: node.diskFreeBytes,
  link_bytes_per_second: node.linkBytesPerSecond,
  last_seen_at: node.lastSeenAt,
});
