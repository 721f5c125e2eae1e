/**
 * dvce_image. Planning indexes the file and announces the index, so that the version and the placements that
 * depend on it are known at plan; applying sends the missing chunks and commits.
 *
 * Kept privately: `pushed`, the version that the present url and checksum led to. With it a plan need not
 * download the file again to know that nothing changed.
 */
import { DvceError, isDvceError } from "@dvce/api";
import { indexMessage, pushImage } from "@dvce/image";
import { assertKnown, isKnown, stillUnknown } from "../../codec/known";
import { isUnknown, unknown } from "../../codec/unknown";
import { attributeAt, type AttributePath, type Diagnostic } from "../../diagnostics/diagnostic";
import { plannedMark } from "../../run/planned-versions";
import type { Context, Resource } from "../resource";
import { refuseProtectedDestroy } from "../shared/protection";
import { logProgress, readContent } from "./content";
import {
  describeIndex,
  fromImage,
  type ImageOrigin,
  type ImagePlan,
  type ImageSettings,
  type ImageState,
} from "./model";
import { imageSchema, imageTimeLimits, type imageAttributes } from "./schema";

/** Of an image that was imported. */
const nothingSaid: ImageSettings = {
  path: null,
  url: null,
  checksum: null,
  deletion_protection: null,
  timeouts: null,
};

const unknownContent = {
  version: unknown,
  size_bytes: unknown,
  data_bytes: unknown,
  chunk_count: unknown,
} as const;

export const imageResource: Resource<typeof imageAttributes> = {
  typeName: "dvce_image",
  schema: imageSchema,
  timeLimits: imageTimeLimits,
  describe: ({ name }) => (isUnknown(name) ? "image" : `image ${JSON.stringify(name)}`),
  locate,
  validate,

  async plan({ prior, proposed, private: stored }, context) {
    const origin = knownOrigin(proposed);
    if (origin === undefined || isUnknown(proposed.name))
      return { planned: { ...proposed, ...unknownContent } };
    const { name } = proposed;
    if (prior !== null && sameDownload(prior, origin) && stored["pushed"] === prior.version) {
      return { planned: proposed };
    }
    const { index } = await readContent(origin, name, context);
    const before = context.plannedVersions.find(name);
    if (before.length > 0 && !before.includes(index.version))
      throw changed(origin, before.join(", "), index.version);
    context.plannedVersions.note(name, index.version);
    if (index.version !== prior?.version) await context.client().announceVersion(name, indexMessage(index));
    return {
      planned: { ...proposed, id: name, ...describeIndex(index) },
      private: { ...stored, planned: plannedMark(name, index.version) },
    };
  },

  async planDelete({ name, deletion_protection }, replacedBy) {
    refuseProtectedDestroy({
      what: `image ${JSON.stringify(name)}`,
      kind: "image",
      deletionProtection: deletion_protection,
      replacedBy,
    });
  },

  async apply({ prior, planned }, context) {
    const origin = knownOrigin(planned);
    const { deletion_protection, timeouts } = planned;
    if (origin === undefined || isUnknown(deletion_protection) || !isKnown(timeouts))
      throw stillUnknown("The image");
    const settings: ImageSettings = { ...origin, deletion_protection, timeouts };
    const name = assertKnown(planned.name, "name");
    if (prior !== null && prior.version === planned.version) {
      // Only where the content comes from has changed: nothing to send.
      return { state: { ...prior, ...settings }, private: { pushed: prior.version ?? "" } };
    }
    const { path, index } = await readContent(origin, name, context);
    if (!isUnknown(planned.version) && planned.version !== null && planned.version !== index.version) {
      throw changed(origin, planned.version, index.version);
    }
    const progress = logProgress(context, name);
    await pushImage(context.client(), {
      image: name,
      path,
      index,
      signal: context.signal,
      onProgress: ({ phase, sentBytes, totalBytes }) => progress(phase, sentBytes, totalBytes),
    });
    const state: ImageState = { name, ...settings, id: name, ...describeIndex(index) };
    return { state, private: { pushed: index.version } };
  },

  async read(state, context) {
    const image = await find(state.name, context);
    return image === undefined ? null : fromImage(image, state);
  },

  async delete(state, context) {
    await context
      .client()
      .deleteImage(state.name)
      .catch((error: unknown) => {
        if (!isDvceError(error, "DVCE_IMAGE_NOT_FOUND")) throw error;
      });
  },

  async import(id, context) {
    const image = await find(id, context);
    if (image !== undefined) return { state: fromImage(image, nothingSaid) };
    throw new DvceError(
      "DVCE_IMAGE_NOT_FOUND",
      `The pool has no image ${JSON.stringify(id)}. An image is imported by its name.`,
    );
  },
};

const changed = (origin: ImageOrigin, planned: string, present: string): DvceError =>
  new DvceError(
    "DVCE_IMAGE_CHANGED",
    `${origin.path ?? origin.url ?? "The image"} changed between plan and apply: the plan was made for version ` +
      `${planned}, and the file is now version ${present}. Nothing was committed. Plan again, and leave the file ` +
      "alone until the apply is done.",
  );

async function find(name: string, context: Context) {
  try {
    return await context.client().getImage(name);
  } catch (error) {
    if (isDvceError(error, "DVCE_IMAGE_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The user's word on where the content comes from, once all of it is known. */
function knownOrigin({ path, url, checksum }: ImagePlan): ImageOrigin | undefined {
  const origin: Pick<ImagePlan, "path" | "url" | "checksum"> = { path, url, checksum };
  return isKnown(origin) ? origin : undefined;
}

/** A checksum fixes a download's content, so the same address and checksum mean the same version. */
const sameDownload = (prior: ImageState, origin: ImageOrigin): boolean =>
  origin.url !== null && origin.url === prior.url && origin.checksum === prior.checksum;

function validate({ path, url, checksum }: ImagePlan): readonly Diagnostic[] {
  const summary = "Unable to accept image";
  if (path !== null && url !== null) {
    const detail =
      "Both path and url are given. Give path for a file on this machine, or url with checksum for a download.";
    return isUnknown(path) || isUnknown(url)
      ? []
      : [{ severity: "error", summary, detail, path: attributeAt("path") }];
  }
  if (path === null && url === null) {
    const detail =
      "Neither path nor url is given. Give path for a file on this machine, or url with checksum for a download.";
    return [{ severity: "error", summary, detail, path: attributeAt("path") }];
  }
  if (url !== null && checksum === null) {
    const detail =
      'url is given without checksum. Give checksum = "sha256:<64 hex digits>" of the file at that address.';
    return [{ severity: "error", summary, detail, path: attributeAt("checksum") }];
  }
  return [];
}

function locate(error: unknown, { path }: ImagePlan): AttributePath | undefined {
  if (!(error instanceof DvceError)) return undefined;
  if (error.code === "DVCE_IMAGE_CHECKSUM_MISMATCH") return attributeAt("checksum");
  const ofTheFile =
    error.code.startsWith("DVCE_IMAGE_") &&
    !["DVCE_IMAGE_IN_USE", "DVCE_IMAGE_NOT_FOUND", "DVCE_IMAGE_INCOMPLETE"].includes(error.code);
  return ofTheFile ? attributeAt(path === null ? "url" : "path") : undefined;
}
