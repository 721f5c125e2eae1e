/** `dvce store check|rebuild-index`: a node's chunk store, looked at while its agent is stopped. */
import { DvceError } from "@dvce/api";
import type { Command } from "commander";
import { checkStore, isSound, rebuildIndex, type StoreCheck } from "../store";
import { formatBytes, formatTable, print, progressBar, ProgressLine } from "./output";

interface Flags {
  readonly json?: boolean;
}

/** What a table shows; `--json` has all. */
const shownMax = 20;

export function register(program: Command): void {
  const store = program.command("store").description("a node's chunk store, while its agent is stopped");
  store
    .command("check <dir>")
    .description("read every chunk and compare checksums, digests and indexes; changes nothing")
    .option("--json", "print JSON")
    .action(check);
  store
    .command("rebuild-index <dir>")
    .description("make the indexes beside the packs anew, from the packs alone")
    .option("--json", "print JSON")
    .action(rebuild);
}

async function check(directory: string, flags: Flags): Promise<void> {
  const result = await withProgress("check", (onProgress) => checkStore(directory, { onProgress }));
  print(result, () => checkTable(result), flags.json);
  if (isSound(result)) return;
  const todo = [
    ...(result.bad.length === 0
      ? []
      : [`${result.bad.length} chunks are bad: start the agent, which heals them from other nodes`]),
    ...(result.damage.length === 0 ? [] : [`${result.damage.length} places of packs are damaged`]),
    ...(result.wrongIndexes.length === 0
      ? []
      : [`${result.wrongIndexes.length} indexes are wrong: run \`dvce store rebuild-index ${directory}\``]),
  ];
  throw new DvceError(
    "DVCE_STORE_CORRUPT",
    `The chunk store in ${directory} is damaged. ${todo.join("; ")}.`,
  );
}

async function rebuild(directory: string, flags: Flags): Promise<void> {
  const result = await withProgress("rebuild", (onProgress) => rebuildIndex(directory, { onProgress }));
  print(
    result,
    () =>
      [
        `${result.packs} packs with ${result.chunks} chunks are indexed`,
        ...result.damage.map(({ pack, message }) => `pack ${pack ?? "-"}: ${message}`),
      ].join("\n"),
    flags.json,
  );
}

async function withProgress<T>(
  verb: string,
  work: (onProgress: (progress: { doneBytes: number; totalBytes: number }) => void) => Promise<T>,
): Promise<T> {
  const line = new ProgressLine();
  try {
    return await work(({ doneBytes, totalBytes }) =>
      line.show(`${verb} ${progressBar(doneBytes, totalBytes)} of ${formatBytes(totalBytes)}`),
    );
  } finally {
    line.end();
  }
}

function checkTable(check: StoreCheck): string {
  const summary = formatTable(
    ["PACKS", "CHUNKS", "SIZE", "BAD", "QUARANTINED", "WRONG INDEXES", "MISSING INDEXES", "TORN"],
    [
      [
        `${check.packs}`,
        `${check.chunks}`,
        formatBytes(check.storedBytes),
        `${check.bad.length}`,
        `${check.quarantined}`,
        `${check.wrongIndexes.length}`,
        `${check.missingIndexes.length}`,
        formatBytes(check.tornBytes),
      ],
    ],
  );
  const lines = [
    ...check.bad.map(
      ({ digest, pack, offsetBytes, reason }) =>
        `chunk ${digest} (pack ${pack}, byte ${offsetBytes}): ${reason}`,
    ),
    ...check.damage.map(({ pack, message }) => `pack ${pack}: ${message}`),
    ...check.wrongIndexes.map(({ pack, message }) => `index of pack ${pack}: ${message}`),
  ];
  const more = lines.length > shownMax ? [`and ${lines.length - shownMax} more; --json lists all`] : [];
  return [summary, ...lines.slice(0, shownMax), ...more].join("\n");
}
