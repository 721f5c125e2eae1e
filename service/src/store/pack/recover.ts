import { join } from "node:path";
import type { ChunkLocation, ChunkTable } from "./chunk-table";
import { isPackHeader, packFileName, packHeaderSizeBytes, packNumberOf } from "./format";
import type { Packs } from "./packs";
import { scanPack, type ScannedRecord } from "./scan";
import {
  decodeSidecar,
  decodeSidecarOfAnySize,
  enterSidecar,
  isSidecar,
  readSidecarFile,
  removeSidecar,
  sidecarFileName,
  type SidecarRecord,
  sidecarNumberOf,
  sidecarRecordCount,
  writeSidecar,
} from "./sidecar";
import type { StoreFile, StoreFiles } from "./store-files";
import { isRemnant } from "./write-aside";
import { groupBytesMax } from "./writer";

/** What was found wrong and how it was dealt with; for the log. */
export interface StoreDamage {
  /** Undefined when it is no pack's. */
  readonly pack?: number;
  readonly message: string;
}

interface Recovery {
  readonly files: StoreFiles;
  readonly directory: string;
  readonly table: ChunkTable;
  readonly packs: Packs;
  readonly nowMs: number;
  readonly onDamage: (damage: StoreDamage) => void;
  /** Told of a record that an index names and its pack does not have any more. */
  readonly onLost: (digest: Buffer, location: ChunkLocation) => void;
}

/**
 * Fills table and packs from what lies in the directory, and leaves every chunk that the table then has safe from a power
 * cut. Packs whose index is missing or does not fit are scanned. Changes files only so: the tail of the newest pack behind
 * its last valid record is cut off; the last group of it is written once more; a newest pack without a record and without a
 * valid header is removed; indexes are written anew; indexes without a pack and leftovers of files that were being written
 * are removed.
 */
export async function recoverPacks(recovery: Recovery): Promise<void> {
  const { files, directory } = recovery;
  const names = await files.list(directory);
  for (const name of names) if (isRemnant(name)) await files.remove(join(directory, name));
  const numbers = names.map(packNumberOf).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  for (const number of names.map(sidecarNumberOf))
    if (number !== undefined && !numbers.includes(number)) await removeSidecar(files, directory, number);
  const last = numbers.at(-1);
  if (last !== undefined && (await removeIfEmpty(recovery, last))) numbers.pop();
  const sidecarSizes = await Promise.all(
    numbers.map((number) => files.sizeBytes(join(directory, sidecarFileName(number)))),
  );
  recovery.table.reserve(sidecarSizes.reduce((sum, size) => sum + sidecarRecordCount(size), 0));
  const newest = numbers[numbers.length - 1];
  const ahead: Promise<OpenedPack>[] = [];
  try {
    for (const [i, number] of numbers.entries()) {
      for (const next of numbers.slice(i + ahead.length, i + openedAheadMax)) {
        const opening = openPack(recovery, next);
        opening.catch(() => undefined); // looked at in its turn
        ahead.push(opening);
      }
      const opened = await ahead.shift();
      if (opened !== undefined) await recoverPack(recovery, number, number === newest, opened);
    }
  } catch (error) {
    for (const opened of await Promise.allSettled(ahead))
      if (opened.status === "fulfilled") await opened.value.file.close();
    throw error;
  }
  // After kill -9 files and records can be seen that no power cut would spare yet.
  await recovery.packs.newest?.file.sync();
  await files.syncDirectory(directory);
}

/** Removes the newest pack when its making was cut short: no header, no record. */
async function removeIfEmpty({ files, directory, onDamage }: Recovery, number: number): Promise<boolean> {
  const path = join(directory, packFileName(number));
  const file = await files.open(path, "read");
  let sizeBytes: number;
  try {
    sizeBytes = await file.sizeBytes();
    const head = Buffer.alloc(packHeaderSizeBytes);
    await file.read(0, head);
    if (isPackHeader(head, number)) return false;
    if ((await scanPack(file, sizeBytes, () => undefined)).recordCount > 0) return false;
  } finally {
    await file.close();
  }
  onDamage({ pack: number, message: `removed: ${sizeBytes} bytes without a header or a record` });
  await removeSidecar(files, directory, number);
  await files.remove(path);
  return true;
}

interface OpenedPack {
  readonly file: StoreFile;
  readonly sizeBytes: number;
  /** Bytes of its index, whatever they are. */
  readonly sidecar: Buffer | undefined;
}

/** Indexes that are read while others are entered into the table. */
const openedAheadMax = 8;

async function openPack({ files, directory }: Recovery, number: number): Promise<OpenedPack> {
  const file = await files.open(join(directory, packFileName(number)), "write");
  try {
    const sidecar = await readSidecarFile(files, directory, number);
    return { file, sizeBytes: await file.sizeBytes(), sidecar };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function recoverPack(
  recovery: Recovery,
  number: number,
  isNewest: boolean,
  { file, sizeBytes, sidecar }: OpenedPack,
): Promise<void> {
  const { files, directory, table, packs } = recovery;
  let kept = false;
  try {
    if (sidecar !== undefined && isSidecar(sidecar, sizeBytes)) {
      enterSidecar(sidecar, number, table, recovery.nowMs);
      packs.add(number, sizeBytes, file, isNewest ? decodeSidecar(sidecar, sizeBytes) : []);
      kept = true;
      return;
    }
    const records: SidecarRecord[] = [];
    const collect = (record: ScannedRecord) =>
      records.push({ ...record, digest: Buffer.from(record.digest) });
    const { endBytes, damagedBytes } = await scanPack(file, sizeBytes, collect);
    if (damagedBytes > 0)
      recovery.onDamage({ pack: number, message: `${damagedBytes} bytes hold no valid record` });
    if (isNewest && endBytes < sizeBytes) {
      recovery.onDamage({ pack: number, message: `${sizeBytes - endBytes} bytes of torn tail cut off` });
      await file.truncate(endBytes);
    }
    const keptBytes = isNewest ? endBytes : sizeBytes;
    if (isNewest) {
      await writeOnceMore(file, Math.max(0, endBytes - groupBytesMax), endBytes);
    } else {
      await file.sync();
      await writeSidecar(files, directory, number, keptBytes, records);
    }
    for (const { digest, ...place } of records) table.set(digest, { pack: number, ...place }, recovery.nowMs);
    packs.add(number, keptBytes, file, records);
    kept = true;
    const should = sidecar === undefined ? undefined : decodeSidecarOfAnySize(sidecar);
    for (const { digest, ...place } of should?.records ?? [])
      if (!table.has(digest)) recovery.onLost(digest, { pack: number, ...place });
  } finally {
    if (!kept) await file.close();
  }
}

/**
 * Writes what is read there to the same place, so that the next sync brings it to the disk whatever happened before. A sync
 * that failed has marked the pages clean: they are read as if they were stored, and another sync would pass over them. Only
 * the last group can have met that, since a group is written after the one before was synced. The bytes do not change, so a
 * power cut in the midst of it harms nothing.
 */
async function writeOnceMore(file: StoreFile, startBytes: number, endBytes: number): Promise<void> {
  const memory = Buffer.allocUnsafeSlow(Math.min(1024 * 1024, Math.max(1, endBytes - startBytes)));
  for (let at = startBytes; at < endBytes; at += memory.length) {
    const part = memory.subarray(0, Math.min(memory.length, endBytes - at));
    await file.read(at, part);
    await file.write(at, [part]);
  }
}
