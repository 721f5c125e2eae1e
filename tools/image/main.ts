/** `tsx tools/image/main.ts`: makes the Debian image, if the cache has none, and prints its path. */
import { ensureImage } from "../setup/image";
import { cacheLayout } from "../setup/paths";
import { stderrProgress } from "../setup/progress";

ensureImage(cacheLayout(), stderrProgress()).then(
  (imagePath) => console.log(imagePath),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
