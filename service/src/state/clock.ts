/** Milliseconds since 1970, as the database keeps times. Injected, so that expiries and missed heartbeats can be tested. */
export type Clock = () => number;

/** As the API tells times. */
export const timestampOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
