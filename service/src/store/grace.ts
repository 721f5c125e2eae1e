/** A 32-bit counter of milliseconds comes round after 49 days; what looks held then by chance stays until the next time. */
const roundMs = 2 ** 32;

/** Whether less than `graceMs` went by since `heldMs`; both clocks are monotonic milliseconds, modulo 2^32 or whole. */
export function isHeld(heldMs: number, nowMs: number, graceMs: number): boolean {
  const ageMs = (((Math.floor(nowMs) - Math.floor(heldMs)) % roundMs) + roundMs) % roundMs;
  return ageMs < graceMs;
}
