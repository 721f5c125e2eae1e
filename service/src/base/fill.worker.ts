/** Code of the threads that fill base files: read a chunk's payload, decode and verify it, write its extents. */
import { decodeChunk, serveJobs, type JobResult } from "@dvce/image";
import { readSync, writeSync } from "node:fs";
import type { FillJob, FillJobs, FillResult } from "./fill-job";

serveJobs((jobs: FillJobs): JobResult<FillResult[]> => {
  const result = jobs.map(fill);
  return {
    result,
    transfer: result.flatMap((each) => (each.kind === "unwritten" ? [each.data.buffer] : [])),
  };
});

function fill(job: FillJob): FillResult {
  const payload = Buffer.allocUnsafe(job.payloadBytes);
  let data: Buffer;
  try {
    for (let done = 0; done < payload.length;) {
      const bytesRead = readSync(
        job.packFd,
        payload,
        done,
        payload.length - done,
        job.payloadOffsetBytes + done,
      );
      if (bytesRead === 0) throw new Error("the pack ends inside the chunk");
      done += bytesRead;
    }
    data = decodeChunk({ digest: job.digest, sizeBytes: job.sizeBytes, codec: job.codec, payload });
  } catch (error) {
    return { kind: "damaged", message: messageOf(error) };
  }
  try {
    for (let i = 0; i < job.extents.length; i += 3) {
      const [from = 0, lengthBytes = 0, offsetBytes = 0] = job.extents.slice(i, i + 3);
      for (let done = 0; done < lengthBytes;) {
        done += writeSync(job.fd, data, from + done, lengthBytes - done, offsetBytes + done);
      }
    }
  } catch (error) {
    // In a buffer of its own, that can move to the other thread.
    return { kind: "unwritten", data: new Uint8Array(data), message: messageOf(error) };
  }
  return { kind: "written" };
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error
    ? String(error.message)
    : String(error);
}
