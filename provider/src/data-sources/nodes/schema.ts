import { map, nestedList, number, string, type Schema } from "../../schema/attribute";

export const nodeAttributes = {
  name: string("computed", { description: "Name of the node." }),
  state: string("computed", {
    description: "joining, ready, cordoned, draining, unreachable or fenced.",
  }),
  architecture: string("computed", { description: "x86_64 or aarch64." }),
  domain_type: string("computed", { description: "Type for libvirt domains on this node: kvm or qemu." }),
  labels: map("computed", "string", { description: "The node's labels." }),
  vcpus: number("computed", { description: "Virtual processors that the node offers." }),
  memory_mib: number("computed", { description: "Memory that the node offers, in MiB." }),
  disk_bytes: number("computed", { description: "Disk that the node offers, in bytes." }),
  allocated_vcpus: number("computed", { description: "Virtual processors of the members placed on it." }),
  allocated_memory_mib: number("computed", { description: "Memory of the members placed on it, in MiB." }),
  allocated_disk_bytes: number("computed", {
    description: "Volumes of the members placed on it at their full size, in bytes.",
  }),
  store_bytes: number("computed", { description: "Bytes that the node's chunk store takes." }),
  disk_free_bytes: number("computed", { description: "Bytes free on the node's disk." }),
  link_bytes_per_second: number("computed", {
    description: "Speed of the link that image bytes arrive over; null when unknown.",
  }),
  last_seen_at: string("computed", { description: "When the node last reported, RFC 3339; null if never." }),
};

export const nodesAttributes = {
  nodes: nestedList("computed", nodeAttributes, { description: "Every node of the pool, by name." }),
};

export const nodesSchema = {
  version: 0,
  description: "The hosts of the pool.",
  attributes: nodesAttributes,
} satisfies Schema;
