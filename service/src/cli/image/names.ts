/** NAME[@VERSION] of the command line. */
import { DvceError, type ControllerClient, type ImageVersion } from "@dvce/api";

const prefixCharsMin = 6;

/** The image's name, and what was written of the version. */
export function parseImageName(text: string): {
  readonly name: string;
  readonly version: string | undefined;
} {
  const [name = "", version, ...rest] = text.split("@");
  if (rest.length === 0 && name !== "" && (version === undefined || /^[0-9a-f]{6,64}$/.test(version)))
    return { name, version };
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `'${text}' is no NAME or NAME@VERSION; of a version its first ${prefixCharsMin} digits are enough.`,
  );
}

/**
 * The version that NAME[@VERSION] means: the newest, or the one that starts so.
 *
 * @throws DvceError `DVCE_IMAGE_NOT_FOUND`; `DVCE_VERSION_NOT_FOUND`; `DVCE_INPUT_INVALID` for two that start so
 */
export async function findVersion(client: ControllerClient, text: string): Promise<ImageVersion> {
  const { name, version } = parseImageName(text);
  const image = await client.getImage(name);
  const found = image.versions.filter((one) => one.version.startsWith(version ?? image.version));
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const known = image.versions.map((one) => one.version).join(", ");
  if (second !== undefined)
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `${text} means ${found.length} versions of ${known}. Give more digits.`,
    );
  throw new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    `Image ${name} has no version ${version ?? ""}; it has ${known}.`,
  );
}
