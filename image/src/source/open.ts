import { DvceError } from "@dvce/api";
import { ImageFile } from "./image-file";
import type { ImageSource } from "./image-source";
import { isQcow2 } from "./qcow2/header";
import { Qcow2Source } from "./qcow2/qcow2-source";
import { RawSource } from "./raw-source";
import { recogniseContainer, recogniseSizeBytes } from "./recognise";

/** Images in one backing chain. */
const chainLengthMax = 16;

/**
 * Opens a raw or qcow2 image; which one is told by content, never by name. Throws `DVCE_IMAGE_UNREADABLE`,
 * `DVCE_IMAGE_FORMAT_UNKNOWN` (naming what the file is, if that is known) or `DVCE_IMAGE_TRUNCATED`.
 */
export function openImageSource(path: string): Promise<ImageSource> {
  return openInChain(path, 1);
}

async function openInChain(path: string, depth: number): Promise<ImageSource> {
  if (depth > chainLengthMax) {
    throw new DvceError(
      "DVCE_IMAGE_UNREADABLE",
      `${path} is image ${depth} of a backing chain; at most ${chainLengthMax} are read, and a chain must not be a ring.`,
    );
  }
  const file = await ImageFile.open(path);
  try {
    const head = Buffer.alloc(Math.min(file.sizeBytes, recogniseSizeBytes));
    await file.read(0, head);
    if (isQcow2(head)) return await Qcow2Source.open(file, (backing) => openInChain(backing, depth + 1));
    const container = recogniseContainer(head);
    if (container !== undefined) {
      throw new DvceError(
        "DVCE_IMAGE_FORMAT_UNKNOWN",
        `${path} is ${container.what}; raw and qcow2 images are accepted. ${container.advice.replace("FILE", path)}`,
      );
    }
    return await RawSource.open(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}
