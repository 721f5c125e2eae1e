import { DvceError } from "@dvce/api";
import { chunkSizeBytesMax, imageSizeBytesMax } from "@dvce/image";
import {
  caibxSizeBytesMax,
  featureSha512256,
  headSizeBytes,
  indexType,
  itemSizeBytes,
  itemsStart,
  sizeAtEnd,
  tableType,
  tailSizeBytes,
  tailType,
} from "./format";

/** The chunks of a `.caibx`; see format.ts. A view of its bytes. */
export class Caibx {
  readonly chunkCount: number;
  /** Size of the blob. */
  readonly sizeBytes: number;
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer, chunkCount: number, sizeBytes: number) {
    this.#bytes = bytes;
    this.chunkCount = chunkCount;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Checks every field. Takes no memory in proportion to what the file claims. `bytes` must not change afterwards.
   *
   * @throws DvceError `DVCE_CAIBX_INVALID` for what is no `.caibx`, for digests other than SHA-256, for chunks of more than
   *   {@link chunkSizeBytesMax}
   */
  static decode(bytes: Buffer): Caibx {
    checkHead(bytes);
    const chunkCount = (bytes.length - itemsStart - tailSizeBytes) / itemSizeBytes;
    if (!Number.isInteger(chunkCount) || chunkCount < 0)
      throw invalid(`${bytes.length} bytes do not divide into chunks`);
    checkTail(bytes, chunkCount);
    let end = 0;
    for (let i = 0; i < chunkCount; i++) {
      const offset = bytes.readBigUInt64LE(itemsStart + i * itemSizeBytes);
      if (offset > BigInt(imageSizeBytesMax)) throw invalid(`chunk ${i} ends at ${offset}, past any image`);
      const sizeBytes = Number(offset) - end;
      if (sizeBytes < 1) throw invalid(`chunk ${i} ends at ${offset}, not after the one before it`);
      if (sizeBytes > chunkSizeBytesMax) {
        throw invalid(
          `chunk ${i} has ${sizeBytes} bytes and DVCE takes at most ${chunkSizeBytesMax}. ` +
            "Make it again with '--chunk-size=16384:65536:262144' (casync) or '--chunk-size 16:64:256' (desync)",
        );
      }
      end = Number(offset);
    }
    return new Caibx(bytes, chunkCount, end);
  }

  /** The digest of chunk i as 32 bytes, a view that must not be written to. */
  digest(i: number): Buffer {
    const at = itemsStart + i * itemSizeBytes + 8;
    return this.#bytes.subarray(at, at + 32);
  }

  /** Where chunk i ends in the blob. */
  endBytes(i: number): number {
    return Number(this.#bytes.readBigUInt64LE(itemsStart + i * itemSizeBytes));
  }
}

function checkHead(bytes: Buffer): void {
  if (bytes.length < itemsStart + tailSizeBytes) throw invalid(`it has only ${bytes.length} bytes`);
  if (bytes.length > caibxSizeBytesMax)
    throw invalid(`it has ${bytes.length} of at most ${caibxSizeBytesMax} bytes`);
  const field = (at: number) => bytes.readBigUInt64LE(at);
  if (field(0) !== BigInt(headSizeBytes) || field(8) !== indexType)
    throw invalid("it does not start as one; is it the index that 'casync make' or 'desync make' wrote?");
  if ((field(16) & featureSha512256) !== 0n) {
    throw invalid(
      "its digests are SHA-512/256 and DVCE names chunks by SHA-256. Make it again with 'casync make --digest=sha256' or " +
        "'desync make --digest sha256'",
    );
  }
  const [min, average, max] = [field(24), field(32), field(40)];
  if (min < 1n || min > average || average > max)
    throw invalid(`its chunk sizes ${min}, ${average}, ${max} do not grow`);
  if (field(48) !== sizeAtEnd || field(56) !== tableType) throw invalid("its table does not start as one");
}

function checkTail(bytes: Buffer, chunkCount: number): void {
  const at = itemsStart + chunkCount * itemSizeBytes;
  const tableSize = BigInt(bytes.length - headSizeBytes);
  const expected = [0n, 0n, BigInt(headSizeBytes), tableSize, tailType];
  expected.forEach((value, i) => {
    if (bytes.readBigUInt64LE(at + 8 * i) !== value)
      throw invalid("it does not end as one; was it torn off?");
  });
}

function invalid(why: string): DvceError {
  return new DvceError("DVCE_CAIBX_INVALID", `This .caibx cannot be used: ${why}.`);
}
