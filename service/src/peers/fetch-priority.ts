/**
 * Why chunks are fetched: for a guest that waits, for reads that are expected soon, or to complete the copy. Each overtakes
 * those after it.
 */
export const fetchPriorities = ["read", "ahead", "background"] as const;

export type FetchPriority = (typeof fetchPriorities)[number];

/** Whether `a` overtakes `b`. */
export function overtakes(a: FetchPriority, b: FetchPriority): boolean {
  return fetchPriorities.indexOf(a) < fetchPriorities.indexOf(b);
}
