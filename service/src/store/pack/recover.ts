import { join } from "node:path";
import type { ChunkTable } from "./chunk-table";
import { isPackHeader, packFileName, packHeaderSizeBytes, packNumberOf } from "./format";
import type { Packs } from "./packs";
import { scanPack, type ScannedRecord } from "./scan";
import { isSidecarRemnant, readSidecar, type SidecarRecord, writeSidecar } from "./sidecar";
import type { StoreFiles } from "./store-files";

/** What was found wrong and how it was dealt with; for the log. */
export interface StoreDamage {
  readonly pack: number;
  readonly message: string;
}

interface Recovery {
  readonly files: StoreFiles;
  readonly directory: string;
  readonly table: ChunkTable;
  readonly packs: Packs;
  readonly onDamage: (damage: StoreDamage) => void;
}

/**
 * Fills table and packs from what lies in the directory, and leaves every chunk that the table then has safe from a power
 * cut. Packs whose index is missing or does not fit are scanned. Changes files only so: the tail of the newest pack behind
 * its last valid record is cut off; a newest pack without a record and without a valid header is removed; indexes are
 * written anew; leftovers of an index that was being written are removed.
 */
export async function recoverPacks(recovery: Recovery): Promise<void> {
  const { files, directory } = recovery;
  const names = await files.list(directory);
  for (const name of names) if (isSidecarRemnant(name)) await files.remove(join(directory, name));
  const numbers = names.map(packNumberOf).filter((number) => number !== undefined);
  numbers.sort((a, b) => a - b);
  const newest = numbers[numbers.length - 1];
  for (const number of numbers) await recoverPack(recovery, number, number === newest);
  // After kill -9 files and records can be seen that no power cut would spare yet.
  const last = recovery.packs.newest;
  if (last !== undefined) await (await recovery.packs.open(last.number)).sync();
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
      packs.add(number, sizeBytes, file);
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
    if (!isNewest) {
      await file.sync();
      await writeSidecar(files, directory, number, keptBytes, records);
    }
    enter(recovery, number, records);
    packs.add(number, keptBytes, file);
    kept = true;
  } finally {
    if (!kept) await file.close();
  }
}

function enter(recovery: Recovery, number: number, records: readonly SidecarRecord[]): void {
  for (const { digest, ...location } of records) recovery.table.set(digest, { pack: number, ...location });
}
