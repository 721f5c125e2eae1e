/**
 * Code of the fill workers: reads chunks' payloads where they lie, decodes and verifies them, and writes them to a file.
 * Synchronous throughout, since a thread has nothing else to do meanwhile.
 */
import { decodeChunk, serveJobs, type JobResult } from "@dvce/image";
import { isDvceError } from "@dvce/api";
import { readSync, writeSync } from "node:fs";
import type { FillItem, FillJob, FillOutcome, FillWrite } from "./fill-jobs";

const written: FillOutcome = { kind: "written" };

serveJobs(({ targetFd, items, payloads }: FillJob): JobResult<FillOutcome[]> => {
  const given = payloads === undefined ? Buffer.alloc(0) : Buffer.from(payloads.buffer);
  let at = 0;
  const result = items.map((item) => {
    const inline = given.subarray(at, at + item.payloadBytes);
    if (item.place === undefined) at += item.payloadBytes;
    return fill(targetFd, item, inline);
  });
  return { result };
});

function fill(targetFd: number, item: FillItem, inline: Buffer): FillOutcome {
  const { digest, sizeBytes, codec, place, payloadBytes, writes } = item;
  let data: Buffer;
  try {
    const payload = place === undefined ? inline : readPayload(place, payloadBytes);
    data = decodeChunk({ digest, sizeBytes, codec, payload });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "bad", code: isDvceError(error) ? error.code : "DVCE_CHUNK_CORRUPT", message };
  }
  try {
    for (const write of writes) writeAll(targetFd, data, write);
    return written;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "unwritten", message, data: new Uint8Array(data) };
  }
}

function readPayload(place: NonNullable<FillItem["place"]>, payloadBytes: number): Buffer {
  const payload = Buffer.allocUnsafe(payloadBytes);
  for (let done = 0; done < payloadBytes;) {
    const count = readSync(place.fd, payload, done, payloadBytes - done, place.payloadOffsetBytes + done);
    if (count === 0)
      throw new Error(`the file ends in the middle of a chunk, at ${place.payloadOffsetBytes + done}`);
    done += count;
  }
  return payload;
}

function writeAll(fd: number, data: Buffer, { offsetInChunk, lengthBytes, offsetBytes }: FillWrite): void {
  for (let done = 0; done < lengthBytes;)
    done += writeSync(fd, data, offsetInChunk + done, lengthBytes - done, offsetBytes + done);
}
