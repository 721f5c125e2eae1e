/** `npm run setup`: everything that the demo and the tests need, then where it is. */
import { ensureAll } from "./index";

ensureAll({ image: true, opentofu: true, desync: true }).then(
  (paths) => console.log(JSON.stringify(paths, undefined, 2)),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
