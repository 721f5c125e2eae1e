import { DvceError } from "@dvce/api";

/** `DVCE_INDEX_INVALID`: `why` completes "This is not a valid image index: …". */
export function invalid(why: string): DvceError {
  return new DvceError(
    "DVCE_INDEX_INVALID",
    `This is not a valid image index: ${why}. Make it again from the image with "dvce image push".`,
  );
}
