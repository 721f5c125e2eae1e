/** What a configuration that says nothing but the name and the members has. */
export const unsaid = {
  anti_affinity: null,
  node_selector: null,
  max_skew: null,
  architecture: null,
  rebalance: null,
  on_move: null,
  deletion_protection: null,
};
