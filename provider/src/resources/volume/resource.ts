/**
 * dvce_volume: a member's disk and seed on its placed node. Its paths are fixed by its name, so they are known at
 * plan. Nothing of a volume can be changed in place.
 *
 * A member that moves gets its disk replaced: Terraform destroys the domain, then the volume on the old node, then
 * makes the volume on the new one and the domain. It orders the volume's end neither before nor after the cluster's
 * update, so whether the contents are kept cannot be decided there: the pool keeps the disk of every volume whose
 * member is still part of its cluster, until the new one is made, and the cluster's on_move, applied by then, says
 * whether that gets its contents.
 *
 * Kept privately: `seedDigest`, of an imported volume. The pool keeps no seeds, so after an import this alone
 * tells whether the configured seed is the one on the disk, and spares the volume a replacement.
 */
import { DvceError, isDvceError, seedDigest, seedPath, volumePath, type Volume } from "@dvce/api";
import { isKnown, stillUnknown } from "../../codec/known";
import { isUnknown } from "../../codec/unknown";
import { attributeAt, type AttributePath } from "../../diagnostics/diagnostic";
import { gibibyteBytes } from "../shared/units";
import { PartialApplyError, type Context, type Resource } from "../resource";
import {
  domainOf,
  fromVolume,
  toSeed,
  type VolumeInput,
  type VolumePlan,
  type VolumeSettings,
  type VolumeState,
} from "./model";
import { volumeSchema, volumeTimeLimits, type volumeAttributes } from "./schema";

/** Of a volume that was imported. */
const nothingSaid: VolumeSettings = {
  user_data: null,
  ssh_authorized_keys: null,
  hostname: null,
  timeouts: null,
};

const seedAttributes = ["user_data", "ssh_authorized_keys", "hostname"];

export const volumeResource: Resource<typeof volumeAttributes> = {
  typeName: "dvce_volume",
  schema: volumeSchema,
  timeLimits: volumeTimeLimits,
  describe: ({ cluster, member }) =>
    isUnknown(cluster) || isUnknown(member)
      ? "volume"
      : `volume ${JSON.stringify(domainOf({ cluster, member }))}`,
  translatePath: ([first, second]) => seedPathOf(first === "seed" ? second : first),

  /** An imported volume's seed is known by its digest only. */
  keeps({ prior, proposed, private: stored }) {
    const input = inputOf(proposed);
    if (prior === null || input === undefined || stored["seedDigest"] === undefined) return [];
    return seedDigest(toSeed(input)) === stored["seedDigest"] ? seedAttributes : [];
  },

  async plan({ prior, proposed }) {
    if (prior !== null) return { planned: proposed };
    const { cluster, member } = proposed;
    const hostname = isUnknown(proposed.hostname) || proposed.hostname === null ? member : proposed.hostname;
    if (isUnknown(cluster) || isUnknown(member)) return { planned: { ...proposed, hostname } };
    const domain = domainOf({ cluster, member });
    return {
      planned: { ...proposed, hostname, id: domain, path: volumePath(domain), seed_path: seedPath(domain) },
    };
  },

  async apply({ prior, planned }, context) {
    const input = inputOf(planned);
    const { timeouts } = planned;
    if (input === undefined || !isKnown(timeouts)) throw stillUnknown("The volume");
    // An imported volume learns its seed; and time limits are Terraform's business alone.
    if (prior !== null) return { state: { ...prior, ...input, timeouts } };
    await checkMember(input, context);
    const volume = await create(input, context);
    const state = fromVolume(volume, { ...input, timeouts });
    if (state.version !== input.version || state.disk_gib !== input.disk_gib) {
      throw new PartialApplyError(
        state,
        new DvceError(
          "DVCE_PLAN_STALE",
          `Cluster ${input.cluster} was changed while the volume ${volume.domain} was made. Apply again.`,
        ),
      );
    }
    return { state };
  },

  async read(state, context) {
    try {
      const volume = await context.client().getVolume(domainOf(state));
      return volume.node === state.node ? fromVolume(volume, state) : null;
    } catch (error) {
      if (isDvceError(error, "DVCE_VOLUME_NOT_FOUND")) return null;
      // One silent host must not stop every plan; until it is fenced its volumes count as being there.
      if (!isDvceError(error, "DVCE_NODE_UNREACHABLE")) throw error;
      context.warn({
        summary: `Unable to look at volume ${JSON.stringify(domainOf(state))}`,
        detail:
          `${error.message}\n\nThe volume is taken to be as it was. If node ${state.node} does not come back, fence ` +
          "it (dvce node fence), and the next plan makes the volume anew elsewhere.",
      });
      return state;
    }
  },

  async delete(state, context) {
    await context
      .client()
      .deleteVolume(domainOf(state))
      .catch((error: unknown) => {
        if (!isDvceError(error, "DVCE_VOLUME_NOT_FOUND")) throw error;
      });
  },

  async import(id, context) {
    const volume = await context.client().getVolume(id);
    const state = fromVolume(volume, nothingSaid);
    return { state, private: { seedDigest: volume.seedDigest } };
  },
};

/** Has the volume made; asks on while its contents are being copied from another node. */
async function create(input: VolumeInput, context: Context): Promise<Volume> {
  const { cluster, member, node } = input;
  for (;;) {
    try {
      return await context.client().createVolume({ cluster, member, node, seed: toSeed(input) });
    } catch (error) {
      if (!isDvceError(error, "DVCE_VOLUME_COPYING")) throw error;
      context.log.write("info", error.message, {});
      context.signal.throwIfAborted();
    }
  }
}

/** The user's part, once all of it is known. */
function inputOf(value: VolumePlan): VolumeInput | undefined {
  const { cluster, member, node, version, disk_gib, user_data, ssh_authorized_keys, hostname } = value;
  const input: Pick<VolumePlan, keyof VolumeInput> = {
    cluster,
    member,
    node,
    version,
    disk_gib,
    user_data,
    ssh_authorized_keys,
    hostname,
  };
  return isKnown(input) ? input : undefined;
}

/** The member's version and size count; the volume's own are there so that a change of them shows in the plan. */
async function checkMember(
  { cluster, member, version, disk_gib }: VolumeInput,
  context: Context,
): Promise<void> {
  const { spec } = await context.cluster(cluster);
  const found = spec.members.find(({ name }) => name === member);
  if (found === undefined) return; // refused by the controller, which says it better
  const wrong: { attribute: keyof VolumeState; given: string; placed: string }[] = [];
  if (found.version !== version) wrong.push({ attribute: "version", given: version, placed: found.version });
  const placedGib = found.diskBytes / gibibyteBytes;
  if (placedGib !== disk_gib)
    wrong.push({ attribute: "disk_gib", given: String(disk_gib), placed: String(placedGib) });
  if (wrong.length === 0) return;
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `The volume of member ${member} differs from what cluster ${cluster} says of the member.`,
    {
      details: wrong.map(({ attribute, given, placed }) => ({
        path: [attribute],
        message: `${attribute} is ${given}, and member ${member} of cluster ${cluster} has ${placed}. Give both the same.`,
      })),
    },
  );
}

const fields: Readonly<Record<string, string>> = {
  hostname: "hostname",
  userData: "user_data",
  sshAuthorizedKeys: "ssh_authorized_keys",
  cluster: "cluster",
  member: "member",
  node: "node",
  version: "version",
  disk_gib: "disk_gib",
  sizeBytes: "disk_gib",
};

function seedPathOf(field: string | number | undefined): AttributePath | undefined {
  const attribute = fields[String(field)];
  return attribute === undefined ? undefined : attributeAt(attribute);
}
