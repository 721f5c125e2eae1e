/** Milliseconds since 1970. Injected, so that expiries and missed heartbeats can be tested. */
export type Clock = () => number;

export const timestampOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
