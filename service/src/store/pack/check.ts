/**
 * Looks at a store that no process has open, and changes nothing in it: every record's checksum and digest, and whether
 * each index agrees with the pack beside it. Takes memory for the table of chunks and one pack's records.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { decodeChunkAsync, type Digest } from "@dvce/image";
import { ChunkTable, samePlace } from "./chunk-table";
import { lockDirectory } from "./directory-lock";
import { errorCode } from "./error-code";
import {
  isPackHeader,
  packFileName,
  packHeaderSizeBytes,
  packNumberOf,
  recordHeaderSizeBytes,
} from "./format";
import { type BadReason, badReasons, decodeQuarantine, quarantineFileName } from "./quarantine";
import { scanPack } from "./scan";
import { decodeSidecar, decodeSidecarOfAnySize, readSidecarFile, type SidecarRecord } from "./sidecar";
import { nodeStoreFiles, type StoreFiles } from "./store-files";
import { PackVerifier } from "./verify";

export interface StoreCheck {
  readonly packs: number;
  /** Chunks that the store would serve, the bad ones included. */
  readonly chunks: number;
  readonly storedBytes: number;
  /** Chunks of which the record that counts is bad and not quarantined yet. */
  readonly bad: readonly {
    readonly digest: Digest;
    readonly pack: number;
    readonly offsetBytes: number;
    readonly reason: string;
  }[];
  /**
   * Places of packs that hold no valid record, and packs without a valid header. A place that a valid index does not speak of
   * was found before and dealt with: nothing is told of it.
   */
  readonly damage: readonly { readonly pack: number; readonly message: string }[];
  /** Indexes that do not agree with their pack; `dvce store rebuild-index` makes them anew. */
  readonly wrongIndexes: readonly { readonly pack: number; readonly message: string }[];
  /** Packs, the newest excepted, whose index is missing: the next start reads them whole. */
  readonly missingIndexes: readonly number[];
  /** Bytes behind the last record of the newest pack, as a crash leaves them; the next start cuts them off. */
  readonly tornBytes: number;
  /** Chunks that are known to be bad here and wait for a good copy. */
  readonly quarantined: number;
}

export interface CheckProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface CheckOptions {
  readonly onProgress?: (progress: CheckProgress) => void;
  readonly files?: StoreFiles;
}

/** Whether nothing in the store is wrong. What is missing or torn costs time at the next start, and nothing else. */
export function isSound(check: StoreCheck): boolean {
  return check.bad.length === 0 && check.damage.length === 0 && check.wrongIndexes.length === 0;
}

/** Throws `DVCE_NOT_FOUND` when there is no store, `DVCE_STORE_LOCKED` when a process has it open. */
export async function checkStore(directory: string, options: CheckOptions = {}): Promise<StoreCheck> {
  await mustBeStore(directory);
  const lock = lockDirectory(directory);
  try {
    return await check(directory, options);
  } finally {
    lock.release();
  }
}

/** Throws `DVCE_NOT_FOUND` when there is no store. */
export async function mustBeStore(directory: string): Promise<void> {
  // Every store has had its lock file since it was first opened.
  const isStore = await stat(join(directory, "lock")).catch(() => undefined);
  if (isStore !== undefined) return;
  throw new DvceError(
    "DVCE_NOT_FOUND",
    `There is no chunk store in ${directory}. An agent keeps its store in the folder "store" of its data directory.`,
  );
}

/** The numbers of the packs in a directory, in order. */
export async function packNumbers(files: StoreFiles, directory: string): Promise<number[]> {
  const numbers = (await files.list(directory)).map(packNumberOf).filter((number) => number !== undefined);
  return numbers.sort((a, b) => a - b);
}

type Bad = { digest: Digest; pack: number; offsetBytes: number; reason: BadReason };

async function check(directory: string, options: CheckOptions): Promise<StoreCheck> {
  const files = options.files ?? nodeStoreFiles;
  const numbers = await packNumbers(files, directory);
  const sizes = await Promise.all(
    numbers.map((number) => files.sizeBytes(join(directory, packFileName(number)))),
  );
  const totalBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const table = new ChunkTable();
  const bad: Bad[] = [];
  const damage: { pack: number; message: string }[] = [];
  const wrongIndexes: { pack: number; message: string }[] = [];
  const missingIndexes: number[] = [];
  let tornBytes = 0;
  let doneBytes = 0;
  for (const [i, pack] of numbers.entries()) {
    const packSizeBytes = sizes[i] ?? 0;
    const isNewest = i === numbers.length - 1;
    const found = await listRecords(files, directory, pack, packSizeBytes);
    if (!found.hasHeader) damage.push({ pack, message: "its header is damaged" });
    if (found.indexMessage !== undefined) wrongIndexes.push({ pack, message: found.indexMessage });
    if (found.isIndexMissing && !isNewest) missingIndexes.push(pack);
    if (found.damagedBytes > 0)
      damage.push({ pack, message: `${found.damagedBytes} bytes hold no valid record` });
    if (isNewest) tornBytes = found.tailBytes;
    else if (found.tailBytes > 0)
      damage.push({ pack, message: `the last ${found.tailBytes} bytes hold no valid record` });
    for (const { digest, ...place } of found.records) table.set(digest, { pack, ...place }, 0);
    for await (const verified of verifyPack(files, directory, pack, packSizeBytes, found.records)) {
      bad.push(...verified.bad);
      options.onProgress?.({ doneBytes: doneBytes + verified.checkedBytes, totalBytes });
    }
    doneBytes += packSizeBytes;
    options.onProgress?.({ doneBytes, totalBytes });
  }
  // A record that was stored again later does not count, and one in the list is known.
  const quarantine = await readQuarantine(files, directory);
  const isKnown = (place: { pack: number; offsetBytes: number }) =>
    quarantine.some((entry) => samePlace(entry, place));
  const counting = bad.filter((entry) => {
    const now = table.find(Buffer.from(entry.digest, "hex"));
    return now !== undefined && samePlace(now, entry) && !isKnown(entry);
  });
  const waiting = quarantine.filter((entry) => {
    const now = table.find(Buffer.from(entry.digest, "hex"));
    return now === undefined || samePlace(now, entry);
  });
  return {
    packs: numbers.length,
    chunks: table.count,
    storedBytes: totalBytes,
    bad: counting.map((entry) => ({ ...entry, reason: badReasons[entry.reason].words })),
    damage,
    wrongIndexes,
    missingIndexes,
    tornBytes,
    quarantined: waiting.length,
  };
}

interface Listing {
  readonly hasHeader: boolean;
  /** Those that the index names, and those that a scan finds. */
  readonly records: readonly SidecarRecord[];
  readonly isIndexMissing: boolean;
  /** What is wrong with the index. */
  readonly indexMessage: string | undefined;
  readonly damagedBytes: number;
  readonly tailBytes: number;
}

async function listRecords(
  files: StoreFiles,
  directory: string,
  number: number,
  packSizeBytes: number,
): Promise<Listing> {
  const file = await files.open(join(directory, packFileName(number)), "read");
  try {
    const head = Buffer.alloc(packHeaderSizeBytes);
    await file.read(0, head);
    const hasHeader = isPackHeader(head, number);
    const sidecar = await readSidecarFile(files, directory, number);
    const isIndexMissing = sidecar === undefined;
    const named = sidecar === undefined ? undefined : decodeSidecar(sidecar, packSizeBytes);
    if (named !== undefined && fills(named, packSizeBytes))
      return {
        hasHeader,
        records: named,
        isIndexMissing,
        indexMessage: undefined,
        damagedBytes: 0,
        tailBytes: 0,
      };
    const scanned: SidecarRecord[] = [];
    const { endBytes, damagedBytes } = await scanPack(file, packSizeBytes, ({ digest, ...place }) =>
      scanned.push({ digest: Buffer.from(digest), ...place }),
    );
    const older = sidecar === undefined ? undefined : decodeSidecarOfAnySize(sidecar);
    const places = new Set(named?.map(({ offsetBytes }) => offsetBytes));
    const isKnown = named !== undefined && scanned.every(({ offsetBytes }) => places.has(offsetBytes));
    return {
      hasHeader,
      records: union(named ?? older?.records ?? [], scanned),
      isIndexMissing,
      indexMessage: isKnown ? undefined : indexMessage(sidecar, named, older?.packSizeBytes, packSizeBytes),
      damagedBytes: isKnown ? 0 : damagedBytes,
      tailBytes: isKnown ? 0 : Math.max(0, packSizeBytes - endBytes),
    };
  } finally {
    await file.close();
  }
}

/** Undefined for an index that is merely older than its pack, as a crash leaves that of the newest one. */
function indexMessage(
  sidecar: Buffer | undefined,
  named: readonly SidecarRecord[] | undefined,
  writtenForBytes: number | undefined,
  packSizeBytes: number,
): string | undefined {
  if (sidecar === undefined) return undefined;
  if (named !== undefined) return "it does not name every record of its pack";
  if (writtenForBytes === undefined) return "it is damaged";
  return writtenForBytes < packSizeBytes
    ? undefined
    : `it was written when the pack had ${writtenForBytes} bytes; it has ${packSizeBytes}`;
}

/** Whether records lie one after the other and fill the pack: then they are all there are. */
function fills(records: readonly SidecarRecord[], packSizeBytes: number): boolean {
  let at = packHeaderSizeBytes;
  for (const { offsetBytes, payloadBytes } of records) {
    if (offsetBytes !== at) return false;
    at += recordHeaderSizeBytes + payloadBytes;
  }
  return at === packSizeBytes;
}

function union(named: readonly SidecarRecord[], scanned: readonly SidecarRecord[]): SidecarRecord[] {
  const places = new Set(scanned.map(({ offsetBytes }) => offsetBytes));
  const records = [...scanned, ...named.filter(({ offsetBytes }) => !places.has(offsetBytes))];
  return records.sort((a, b) => a.offsetBytes - b.offsetBytes);
}

/** Checks every record of one pack, also those whose chunk stands elsewhere again. */
async function* verifyPack(
  files: StoreFiles,
  directory: string,
  number: number,
  sizeBytes: number,
  records: readonly SidecarRecord[],
): AsyncGenerator<{ readonly bad: Bad[]; readonly checkedBytes: number }, void, undefined> {
  const portionCount = 2000;
  let checkedBytes = 0;
  for (let first = 0; first < records.length; first += portionCount) {
    const portion = records.slice(first, first + portionCount);
    const table = new ChunkTable();
    for (const { digest, ...place } of portion) table.set(digest, { pack: number, ...place }, 0);
    const bad: Bad[] = [];
    const pack = { number, sizeBytes };
    const verifier = new PackVerifier({
      files,
      directory,
      packs: { all: () => [pack], get: () => pack },
      table,
      records: { of: async () => portion },
      decode: decodeChunkAsync,
      onBad: (digest, location, reason) => {
        bad.push({ digest: digest.toString("hex"), pack: number, offsetBytes: location.offsetBytes, reason });
        return true;
      },
    });
    await verifier.pack(number);
    for (const { payloadBytes } of portion) checkedBytes += recordHeaderSizeBytes + payloadBytes;
    yield { bad, checkedBytes };
  }
}

async function readQuarantine(files: StoreFiles, directory: string) {
  try {
    return decodeQuarantine(await files.readWhole(join(directory, quarantineFileName))) ?? [];
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return [];
  }
}
