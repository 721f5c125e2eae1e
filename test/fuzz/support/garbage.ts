import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Collects now. V8 gives its collector to contexts made after the flag was set. */
export const collectGarbage = (): void => gc();
