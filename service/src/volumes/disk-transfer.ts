/**
 * A disk's file on its way from node to node: its bytes, then the 32 bytes of their SHA-256. What comes without the
 * right end is no disk.
 */
import { DvceError } from "@dvce/api";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";

const digestBytes = 32;
const pieceBytesMax = 1024 * 1024;

/** Bytes that a file of `sizeBytes` takes on the wire. */
export const sentBytes = (sizeBytes: number): number => sizeBytes + digestBytes;

/** The first `sizeBytes` of a file as they are sent. */
export async function* sendDisk(path: string, sizeBytes: number): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  if (sizeBytes > 0) {
    const pieces = createReadStream(path, { end: sizeBytes - 1, highWaterMark: pieceBytesMax });
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      hash.update(piece);
      yield piece;
    }
  }
  yield hash.digest();
}

/**
 * Writes what {@link sendDisk} sent to a new file, durably but for its name.
 *
 * @param onBytes told how many bytes have arrived so far
 * @throws DvceError `DVCE_VOLUME_SOURCE_LOST` for bytes that are cut off or damaged; the file is then to be removed
 */
export async function receiveDisk(
  pieces: AsyncIterable<Buffer>,
  path: string,
  onBytes: (receivedBytes: number) => void,
): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  try {
    let held: Buffer = Buffer.alloc(0); // the last bytes so far, which may be the digest
    let receivedBytes = 0;
    for await (const piece of pieces) {
      const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
      const dataBytes = Math.max(0, bytes.length - digestBytes);
      const data = bytes.subarray(0, dataBytes);
      held = Buffer.from(bytes.subarray(dataBytes));
      hash.update(data);
      await file.writeFile(data);
      receivedBytes += data.length;
      onBytes(receivedBytes);
    }
    if (!hash.digest().equals(held)) {
      throw new DvceError(
        "DVCE_VOLUME_SOURCE_LOST",
        "The disk did not arrive as it was sent: it was cut off or damaged on the way. Try again.",
      );
    }
    await file.sync();
  } finally {
    await file.close();
  }
}
