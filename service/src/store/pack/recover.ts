import { join } from "node:path";
import type { ChunkTable } from "./chunk-table";
import { isPackHeader, packFileName, packHeaderSizeBytes, packNumberOf } from "./format";
import type { Packs } from "./packs";
import { scanPack, type ScannedRecord } from "./scan";
import { readSidecar, removeSidecar, type SidecarRecord, sidecarNumberOf, writeSidecar } from "./sidecar";
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
  const newest = numbers[numbers.length - 1];
  for (const number of numbers) await recoverPack(recovery, number, number === newest);
  // After kill -9 files and records can be seen that no power cut would spare yet.
  await recovery.packs.newest?.file.sync();
  await files.syncDirectory(directory);
}

async function recoverPack(recovery: Recovery, number: number, isNewest: boolean): Promise<void> {
  const { files, directory, packs } = recovery;
  const path = join(directory, packFileName(number));
  const file = await files.open(path, "write");
  let kept = false;
  try {
    const sizeBytes = await file.sizeBytes();
    const known = await readSidecar(files, directory, number, sizeBytes);
    if (known !== undefined) {
      enter(recovery, number, known);
      packs.add(number, sizeBytes, file, known);
      kept = true;
      return;
    }
    const records: SidecarRecord[] = [];
    const collect = (record: ScannedRecord) =>
      records.push({ ...record, digest: Buffer.from(record.digest) });
    const { endBytes, damagedBytes, recordCount } = await scanPack(file, sizeBytes, collect);
    const head = Buffer.alloc(packHeaderSizeBytes);
    await file.read(0, head);
    if (isNewest && recordCount === 0 && !isPackHeader(head, number)) {
      recovery.onDamage({
        pack: number,
        message: `removed: ${sizeBytes} bytes without a header or a record`,
      });
      await files.remove(path);
      return;
    }
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
    enter(recovery, number, records);
    packs.add(number, keptBytes, file, records);
    kept = true;
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

function enter(recovery: Recovery, number: number, records: readonly SidecarRecord[]): void {
  for (const { digest, ...location } of records)
    recovery.table.set(digest, { pack: number, ...location }, recovery.nowMs);
}
