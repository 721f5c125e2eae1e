/**
 * Gives back the space of dropped chunks: copies what is left of a pack to the end of the newest one, then removes it.
 *
 *   step                                        what a power cut, or kill -9, leaves
 *   1 append the chunks that are left to the    any part of the copies, by the writer's rules (writer.ts). A chunk may
 *     newest pack, fdatasync                    stand in both packs, with the same bytes; that of the higher pack counts
 *   2 let the table name the copies             the same
 *   3 remove the pack's index                   a pack without an index: scanned and indexed anew
 *   4 remove the pack                           the pack or not, since nothing is synced yet; if it is there, what it holds
 *                                               stands elsewhere too or was dropped, and it is compacted again
 *   5 fsync the directory                       no pack
 *
 * So nothing acknowledged is ever in less than one synced place. Every copy lies in a pack with a higher number than the one
 * it was copied from, because the newest pack is ended before it is compacted itself: the last record of a digest is always
 * the one that counts. Dropped chunks need no mark on the disk: while their pack is there they may be found again by a
 * start, and are dropped again.
 *
 * Readers. Who has looked up a chunk's place holds its pack open, and a removed file keeps its bytes until it is closed.
 *
 * What cannot be copied. A chunk whose record is found damaged is quarantined and not copied. If the disk cannot even read
 * one, its pack stays as it is: the trouble may pass, and the bytes may be the only good ones. A pack whose copies the disk
 * has no room for stays too; packs of which nothing is left need no room and come first.
 */
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { isDvceError } from "@dvce/api";
import type { EncodedChunk } from "@dvce/image";
import { type ChunkLocation, type ChunkTable, recordBytes, samePlace } from "./chunk-table";
import { errorCode } from "./error-code";
import { packHeaderSizeBytes } from "./format";
import type { PackRecords } from "./pack-records";
import type { Pack, Packs } from "./packs";
import type { BadReason } from "./quarantine";
import { checkRecord } from "./record";
import type { PackWriter } from "./writer";

interface Options {
  readonly packs: Packs;
  readonly table: ChunkTable;
  readonly records: PackRecords;
  readonly writer: PackWriter;
  readonly onBad: (digest: Buffer, location: ChunkLocation, reason: BadReason) => boolean;
}

/** A pack with this share of dropped bytes is always worth it: it costs at most as much writing as it gives back. */
const wasteShareOfPack = 0.5;
/** Others are compacted, the worst first, until the store has no more than this share of dropped bytes. */
const wasteShareOfStore = 0.1;
/** What is read and appended at once, and so held in memory. */
const portionBytes = 8 * 1024 * 1024;

/**
 * Compacts what is worth it and fits on the disk. Answers by how many bytes the store shrank. Throws
 * `DVCE_STORE_UNWRITABLE` from the writer, and what `signal` was aborted with; packs that were done before stay done.
 */
export async function compact(options: Options, signal: AbortSignal | undefined): Promise<number> {
  let reclaimedBytes = 0;
  const impossible = new Set<number>();
  for (;;) {
    const pack = worst(options, impossible);
    if (pack === undefined) return reclaimedBytes;
    try {
      const copiedBytes = await compactPack(options, pack, signal);
      if (copiedBytes === undefined) impossible.add(pack.number);
      else reclaimedBytes += pack.sizeBytes - copiedBytes;
    } catch (error) {
      if (!isDvceError(error, "DVCE_STORE_FULL")) throw error;
      impossible.add(pack.number);
    }
  }
}

/** The pack with the largest share of dropped bytes, if it is worth compacting. */
function worst({ packs, table }: Options, except: ReadonlySet<number>): Pack | undefined {
  let storeBytes = 0;
  let storeWasteBytes = 0;
  let found: { readonly pack: Pack; readonly share: number } | undefined;
  for (const pack of packs.all()) {
    const wasteBytes = pack.sizeBytes - packHeaderSizeBytes - table.liveBytesOf(pack.number);
    storeBytes += pack.sizeBytes;
    storeWasteBytes += wasteBytes;
    const share = wasteBytes / pack.sizeBytes;
    if (wasteBytes > 0 && !except.has(pack.number) && share > (found?.share ?? 0)) found = { pack, share };
  }
  const worthIt =
    found !== undefined &&
    (found.share >= wasteShareOfPack || storeWasteBytes > storeBytes * wasteShareOfStore);
  return worthIt ? found?.pack : undefined;
}

/** Answers how many bytes were written for it, or undefined when the disk cannot read what is left of the pack. */
async function compactPack(
  options: Options,
  pack: Pack,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  const { packs, table, records, writer } = options;
  signal?.throwIfAborted();
  let copiedBytes = packs.newest === pack ? packHeaderSizeBytes : 0; // of the pack that follows it
  await writer.endPack(pack.number);
  let portion: Promise<void>[] = [];
  let portionSize = 0;
  for (const { digest, ...place } of await records.of(pack)) {
    const location = { pack: pack.number, ...place };
    const now = table.find(digest);
    if (now === undefined || !samePlace(now, location)) continue;
    const chunk = await read(options, pack, digest, location);
    if (chunk === "unreadable") {
      await Promise.all(portion);
      return undefined;
    }
    if (chunk === undefined) continue;
    const copied = writer.move(chunk, location);
    copied.catch(() => undefined); // looked at with its portion
    portion.push(copied);
    portionSize += recordBytes(location);
    copiedBytes += recordBytes(location);
    if (portionSize < portionBytes) continue;
    await Promise.all(portion);
    portion = [];
    portionSize = 0;
    signal?.throwIfAborted();
    await yieldToOthers();
  }
  await Promise.all(portion);
  if (table.liveBytesOf(pack.number) !== 0) {
    throw new Error(`pack ${pack.number} still holds ${table.liveBytesOf(pack.number)} bytes of chunks`);
  }
  try {
    await packs.remove(pack.number);
  } catch (cause) {
    throw writer.failed(cause);
  }
  table.forgetPack(pack.number);
  return copiedBytes;
}

async function read(
  { onBad }: Options,
  { file }: Pack,
  digest: Buffer,
  location: ChunkLocation,
): Promise<EncodedChunk | "unreadable" | undefined> {
  const record = Buffer.allocUnsafeSlow(recordBytes(location));
  try {
    const bytesRead = await file.read(location.offsetBytes, record);
    const chunk = checkRecord(record.subarray(0, bytesRead), digest, location);
    if (chunk === undefined) onBad(digest, location, "damaged");
    return chunk;
  } catch (error) {
    if (errorCode(error) !== "EIO") throw error;
    return "unreadable";
  }
}
