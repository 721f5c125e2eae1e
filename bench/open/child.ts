/** One opening of a store in a process of its own: `child.cjs STORE`. Prints one JSON line. */
import { openPackStore } from "../../service/src/store";

/** What a run prints. */
export interface OpenReport {
  readonly seconds: number;
  readonly chunks: number;
  readonly peakBytes: number;
}

async function main(directory: string): Promise<OpenReport> {
  const startMs = performance.now();
  const store = await openPackStore(directory);
  const seconds = (performance.now() - startMs) / 1000;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  const chunks = store.chunkCount;
  await store.close();
  return { seconds, chunks, peakBytes };
}

main(process.argv[2] ?? "").then(
  (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
