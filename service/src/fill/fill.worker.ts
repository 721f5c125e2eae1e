/**
 * Code of the fill workers: reads chunks' payloads where they lie, decodes and verifies them, and writes them to a file.
 * Synchronous throughout, since a thread has nothing else to do meanwhile.
 */
import {
  compressedSizeBytesMax,
  decodeChunk,
  decodedSizeBytesMax,
  serveJobs,
  type JobResult,
} from "@dvce/image";
import { isDvceError } from "@dvce/api";
import { readSync, writeSync } from "node:fs";
import type { FillItem, FillJob, FillOutcome } from "./fill-jobs";

const written: FillOutcome = { kind: "written" };

// One chunk after the other in the same memory: fresh memory costs a third of the time that decoding into it takes.
const payloadMemory = Buffer.allocUnsafeSlow(compressedSizeBytesMax);
const dataMemory = Buffer.allocUnsafeSlow(decodedSizeBytesMax);

serveJobs(({ items, payloads }: FillJob): JobResult<FillOutcome[]> => {
  const given = payloads === undefined ? Buffer.alloc(0) : Buffer.from(payloads.buffer);
  let at = 0;
  const transfer: ArrayBuffer[] = [];
  const result = items.map((item) => {
    const inline = given.subarray(at, at + item.payloadBytes);
    if (item.place === undefined) at += item.payloadBytes;
    const outcome = fill(item, inline);
    if (outcome.kind === "unwritten") transfer.push(outcome.data.buffer);
    return outcome;
  });
  return { result, transfer };
});

function fill(item: FillItem, inline: Buffer): FillOutcome {
  const { targetFd, digest, sizeBytes, codec, place, payloadBytes, writes } = item;
  let data: Buffer;
  try {
    const payload = place === undefined ? inline : readPayload(place, payloadBytes);
    data = decodeChunk({ digest, sizeBytes, codec, payload }, dataMemory);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "bad", code: isDvceError(error) ? error.code : "DVCE_CHUNK_CORRUPT", message };
  }
  try {
    for (let i = 0; i < writes.length; i += 3) {
      const [from = 0, lengthBytes = 0, offsetBytes = 0] = writes.slice(i, i + 3);
      for (let done = 0; done < lengthBytes;)
        done += writeSync(targetFd, data, from + done, lengthBytes - done, offsetBytes + done);
    }
    return written;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "unwritten", message, data: new Uint8Array(data) };
  }
}

function readPayload(place: NonNullable<FillItem["place"]>, payloadBytes: number): Buffer {
  const payload =
    payloadBytes <= payloadMemory.length
      ? payloadMemory.subarray(0, payloadBytes)
      : Buffer.allocUnsafeSlow(payloadBytes); // other tools' stores have frames that are larger than need be
  for (let done = 0; done < payloadBytes;) {
    const count = readSync(place.fd, payload, done, payloadBytes - done, place.payloadOffsetBytes + done);
    if (count === 0)
      throw new Error(`the file ends in the middle of a chunk, at ${place.payloadOffsetBytes + done}`);
    done += count;
  }
  return payload;
}
