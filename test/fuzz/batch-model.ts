/** The rules of a batch of chunks (docs/formats/batch.md), written once more, as plainly as they read there. */
import type { EncodedChunk } from "@dvce/image";

/** The chunks that a batch begins with, up to where it breaks a rule; `whole` when it breaks none. */
export interface ModelBatch {
  readonly chunks: readonly EncodedChunk[];
  readonly whole: boolean;
}

export function modelOf(bytes: Buffer): ModelBatch {
  const chunks: EncodedChunk[] = [];
  const broken = { chunks, whole: false };
  if (bytes.toString("latin1", 0, 8) !== "DVCEBAT1") return broken;
  let at = 8;
  for (;;) {
    if (bytes.length - at < 8 || bytes.readUIntLE(at + 1, 3) !== 0) return broken;
    const codec = bytes.readUInt8(at);
    const sizeBytes = bytes.readUInt32LE(at + 4);
    if (codec === 0) return { chunks, whole: sizeBytes === chunks.length && bytes.length === at + 8 };
    if ((codec !== 1 && codec !== 2) || bytes.length - at < 44) return broken;
    const payloadBytes = bytes.readUInt32LE(at + 8);
    if (sizeBytes < 1 || sizeBytes > 262_144) return broken;
    if (codec === 1 && payloadBytes !== sizeBytes) return broken;
    if (codec === 2 && (payloadBytes < 1 || payloadBytes >= sizeBytes)) return broken;
    const end = at + 44 + payloadBytes;
    if (end > bytes.length) return broken;
    chunks.push({
      digest: bytes.toString("hex", at + 12, at + 44),
      sizeBytes,
      codec: codec === 1 ? "raw" : "zstd",
      payload: bytes.subarray(at + 44, end),
    });
    at = end;
  }
}
