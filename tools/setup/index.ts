export type { SetupOptions, SetupPaths } from "./types";
