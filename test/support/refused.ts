import { isDvceError, type DvceError, type ErrorCode } from "@dvce/api";

/** The error that `work` is refused with. Throws when it is not refused, or with another code. */
export async function refused(code: ErrorCode, work: () => unknown): Promise<DvceError> {
  try {
    await work();
  } catch (error) {
    if (isDvceError(error, code)) return error;
    throw error;
  }
  throw new Error(`not refused with ${code}`);
}
