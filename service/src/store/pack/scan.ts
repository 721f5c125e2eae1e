import { crc32 } from "node:zlib";
import {
  packHeaderSizeBytes,
  parseRecordHeader,
  recordHeaderSizeBytes,
  recordMagic,
  recordSizeBytesMax,
} from "./format";
import type { StoreFile } from "./store-files";

export interface ScannedRecord {
  /** 32 bytes; valid during the call only. */
  readonly digest: Buffer;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  readonly payloadBytes: number;
}

export interface ScanResult {
  /** End of the last valid record, or of the pack header when there is none. */
  readonly endBytes: number;
  readonly recordCount: number;
  /** Bytes before {@link endBytes} that belong to no valid record. */
  readonly damagedBytes: number;
}

const windowSizeBytes = 8 * 1024 * 1024;

/**
 * Finds every valid record of a pack by reading it once. After a damaged place it goes on at the next record: what a
 * bit flip or a torn write spared is not given up. Takes 8 MiB of memory.
 */
export async function scanPack(
  file: Pick<StoreFile, "read">,
  sizeBytes: number,
  onRecord: (record: ScannedRecord) => void,
): Promise<ScanResult> {
  const memory = Buffer.allocUnsafeSlow(Math.min(windowSizeBytes, Math.max(sizeBytes, 1)));
  let window = memory.subarray(0, 0);
  let windowStart = 0;
  let at = packHeaderSizeBytes;
  let endBytes = Math.min(packHeaderSizeBytes, sizeBytes);
  let recordCount = 0;
  let validBytes = 0;
  while (at + recordHeaderSizeBytes <= sizeBytes) {
    if (at + Math.min(recordSizeBytesMax, sizeBytes - at) > windowStart + window.length || at < windowStart) {
      windowStart = at;
      window = memory.subarray(
        0,
        await file.read(at, memory.subarray(0, Math.min(memory.length, sizeBytes - at))),
      );
      if (window.length < recordHeaderSizeBytes) break;
    }
    const start = at - windowStart;
    const header = parseRecordHeader(window, start);
    const payloadStart = start + recordHeaderSizeBytes;
    const payloadEnd = payloadStart + (header?.payloadBytes ?? 0);
    if (
      header !== undefined &&
      payloadEnd <= window.length &&
      crc32(window.subarray(payloadStart, payloadEnd)) === header.payloadCrc
    ) {
      const { sizeBytes: rawBytes, payloadBytes } = header;
      onRecord({
        digest: window.subarray(start + 16, start + 48),
        offsetBytes: at,
        sizeBytes: rawBytes,
        payloadBytes,
      });
      at += recordHeaderSizeBytes + payloadBytes;
      endBytes = at;
      recordCount++;
      validBytes += recordHeaderSizeBytes + payloadBytes;
      continue;
    }
    const next = window.indexOf(recordMagic, start + 1);
    // Without a magic in the window, go on where one could begin that reaches past its end.
    at =
      next >= 0
        ? windowStart + next
        : windowStart + Math.max(start + 1, window.length - recordMagic.length + 1);
  }
  return { endBytes, recordCount, damagedBytes: Math.max(0, endBytes - packHeaderSizeBytes - validBytes) };
}
