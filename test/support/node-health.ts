import type { NodeHealth } from "@dvce/api";

/** A node with nothing to tell. */
export const healthy: NodeHealth = {
  scrub: null,
  quarantinedChunks: 0,
  lostChunks: [],
  cache: { bytesMax: null, diskFreeBytesMin: 0, overQuotaBytes: 0 },
  dropsHeld: false,
  storeStopped: null,
};
