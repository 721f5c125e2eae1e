/** `npm run release`: what is published, into out/release. Same commit, same bytes. See docs/release.md. */
import path from "node:path";
import { cacheLayout, repositoryDirectory, stderrProgress } from "../setup";
import { releaseProvider } from "./provider";

const directory = path.join(repositoryDirectory, "out/release/provider");

releaseProvider({ directory, layout: cacheLayout(), progress: stderrProgress() }).then(
  ({ sums }) => console.log(`${directory}\nSums: ${sums}`),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
