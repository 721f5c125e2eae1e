import type { Node, NodeHealth } from "@dvce/api";
import { healthy } from "../../../test/support/node-health";
import { nodeTable, nodeText } from "./node";

const resources = { vcpus: 1, memoryMiB: 1024, diskBytes: 1 };

const nodeOf = (health: NodeHealth | null): Node => ({
  name: "n1",
  agentUrl: "http://n1:1",
  architecture: "x86_64",
  domainType: "kvm",
  labels: {},
  capacity: resources,
  linkBytesPerSecond: null,
  state: "ready",
  allocated: resources,
  storeBytes: 0,
  baseBytes: 0,
  diskFreeBytes: 0,
  health,
  lastSeenAt: null,
});

it.each<[string, NodeHealth | null, string]>([
  ["unknown", null, "not reported yet"],
  ["ok", healthy, "ok"],
  ["healing", { ...healthy, quarantinedChunks: 1 }, "chunks being healed: 1"],
  ["lost-chunks", { ...healthy, quarantinedChunks: 1, lostChunks: ["a".repeat(64)] }, "lost chunks: 1"],
  ["drops-held", { ...healthy, dropsHeld: true }, "nothing is dropped"],
  ["store-stopped", { ...healthy, storeStopped: "EIO on the disk", dropsHeld: true }, "EIO on the disk"],
  ["over-quota", { ...healthy, cache: { ...healthy.cache, overQuotaBytes: 7 } }, "over quota by 7 bytes"],
])("says that a node is %s", (word, health, reason) => {
  expect(nodeTable([nodeOf(health)])).toContain(` ${word} `);
  expect(nodeText(nodeOf(health))).toContain(reason);
});
