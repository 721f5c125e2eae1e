/**
 * How often a fault suite does what it does: `DVCE_TEST_ROUNDS` when it is set, the whole number that the product promises
 * under `npm run test:long` (which sets `DVCE_TEST_LONG`), else a smaller one that fits into continuous integration.
 */
export function roundsOf({ short, long }: { readonly short: number; readonly long: number }): number {
  const given = process.env["DVCE_TEST_ROUNDS"];
  if (given !== undefined) return Number(given);
  return process.env["DVCE_TEST_LONG"] === undefined ? short : long;
}
