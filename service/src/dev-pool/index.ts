export { DevPool, type DevPoolOptions, type DevPoolStatus } from "./pool";
export { DevHost, type HostStatus } from "./host";
export { defaultBaseDirectory, defaultPoolName } from "./names";
export { listPools } from "./tear-down";
export type { RunOptions, RunResult } from "./run";
