import { crc32 } from "node:zlib";
import type { EncodedChunk } from "@dvce/image";
import type { ChunkLocation } from "./chunk-table";
import { parseRecordHeader, recordHeaderSizeBytes } from "./format";

/** The chunk in a record, or undefined when the record is not the one that was written. */
export function checkRecord(
  record: Buffer,
  digest: Buffer,
  location: ChunkLocation,
): EncodedChunk | undefined {
  const header = parseRecordHeader(record, 0);
  if (header === undefined || record.length !== recordHeaderSizeBytes + location.payloadBytes)
    return undefined;
  if (header.payloadBytes !== location.payloadBytes || header.sizeBytes !== location.sizeBytes)
    return undefined;
  if (!record.subarray(16, 48).equals(digest)) return undefined;
  const payload = record.subarray(recordHeaderSizeBytes);
  if (crc32(payload) !== header.payloadCrc) return undefined;
  return { digest: digest.toString("hex"), sizeBytes: header.sizeBytes, codec: header.codec, payload };
}
