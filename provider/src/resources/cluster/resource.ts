/**
 * dvce_cluster. The placements are the controller's: asked for at plan, committed at apply exactly as planned,
 * or refused. A member without a placement in the state, because its node was fenced or is gone, is placed anew; one
 * whose node is drained moves.
 */
import { DvceError, isDvceError, type ClusterPlan as PoolPlan } from "@dvce/api";
import { isKnown, stillUnknown } from "../../codec/known";
import { sameValue } from "../../codec/same-value";
import { isUnknown, unknown } from "../../codec/unknown";
import { unknownPaths } from "../../codec/values";
import { attributeAt, formatPath } from "../../diagnostics/diagnostic";
import type { Context, Resource } from "../resource";
import { refuseProtectedDestroy } from "../shared/protection";
import { decide, type Decision } from "./decide";
import {
  fromCluster,
  inputPart,
  keepUnmoved,
  placesToBeFound,
  toSpec,
  translatePath,
  type ClusterInput,
  type ClusterPlan,
  type ClusterState,
} from "./model";
import { changesSince } from "./staleness";
import { clusterSchema, clusterTimeLimits, type clusterAttributes } from "./schema";

export const clusterResource: Resource<typeof clusterAttributes> = {
  typeName: "dvce_cluster",
  schema: clusterSchema,
  timeLimits: clusterTimeLimits,
  describe: ({ name }) => (isUnknown(name) ? "cluster" : `cluster ${JSON.stringify(name)}`),
  translatePath: (path, { members }) => translatePath(path, isUnknown(members) ? {} : members),
  locate: (error) => (isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE") ? attributeAt("members") : undefined),

  async plan({ prior, proposed }, context) {
    const input = inputOf(proposed);
    if (input === undefined) return { planned: planUnknown(proposed, context) };
    if (prior !== null) await requireCurrent(prior, context);
    const settled = prior !== null && isSettled(prior, input);
    const decision = settled ? await tryPlace(input, prior, context) : await place(input, prior, context);
    for (const warning of decision?.warnings ?? []) context.warn(warning);
    if (decision === undefined || (settled && decision.moves.length === 0)) return { planned: proposed };
    return { planned: { ...proposed, id: input.name, placements: decision.placements } };
  },

  async planDelete({ name, deletion_protection }, replacedBy) {
    refuseProtectedDestroy({
      what: `cluster ${JSON.stringify(name)}`,
      kind: "cluster",
      deletionProtection: deletion_protection,
      replacedBy,
      code: "DVCE_CLUSTER_PROTECTED",
    });
  },

  async apply({ prior, planned }, context) {
    const input = inputOf(planned);
    const { timeouts, placements: shown } = planned;
    if (input === undefined || !isKnown(timeouts)) throw stillUnknown("The cluster");
    const placements = isKnown(shown) ? (shown ?? {}) : (await place(input, prior, context)).placements;
    await context.client().commitCluster({
      spec: toSpec(input),
      placements: Object.entries(placements).map(([member, { node }]) => ({ member, node: node ?? "" })),
    });
    context.clusterChanged(input.name);
    return { state: { ...input, timeouts, id: input.name, placements } };
  },

  async read(state, context) {
    return await readPresent(state, context);
  },

  async delete(state, context) {
    await context
      .client()
      .deleteCluster(state.name)
      .catch((error: unknown) => {
        if (!isDvceError(error, "DVCE_CLUSTER_NOT_FOUND")) throw error;
      });
  },

  async import(id, context) {
    const cluster = await find(id, context);
    if (cluster !== undefined) return { state: fromCluster(cluster, null) };
    throw new DvceError(
      "DVCE_CLUSTER_NOT_FOUND",
      `The pool has no cluster ${JSON.stringify(id)}. A cluster is imported by its name.`,
    );
  },
};

async function find(name: string, context: Context) {
  try {
    return await context.client().getCluster(name);
  } catch (error) {
    if (isDvceError(error, "DVCE_CLUSTER_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** The state that the pool has now; members on nodes that are fenced or gone have no placement in it. */
async function readPresent(state: ClusterState, context: Context): Promise<ClusterState | null> {
  const cluster = await find(state.name, context);
  if (cluster === undefined) return null;
  const current = fromCluster(cluster, state);
  const fenced = new Map((await context.nodes()).map(({ name, state: is }) => [name, is === "fenced"]));
  const placed = Object.entries(current.placements ?? {}).filter(
    ([, { node }]) => fenced.get(node ?? "") === false,
  );
  return { ...current, placements: keepUnmoved(Object.fromEntries(placed), state.placements) };
}

/** @throws DvceError `DVCE_PLAN_STALE` for a state that the pool has left behind */
async function requireCurrent(prior: ClusterState, context: Context): Promise<void> {
  const details = changesSince(prior, await readPresent(prior, context));
  if (details.length === 0) return;
  throw new DvceError(
    "DVCE_PLAN_STALE",
    `Cluster ${prior.name} was changed after its state was read, so what was planned from that cannot be done. Nothing was ` +
      "changed. Plan again, without -refresh=false, and apply that.",
    { details },
  );
}

/** The user's part, once all of it is known. */
function inputOf(value: ClusterPlan): ClusterInput | undefined {
  const input = inputPart(value);
  return isKnown(input) ? input : undefined;
}

/** Nothing is asked for that is not so already, and every member has its place. */
function isSettled(prior: ClusterState, input: ClusterInput): boolean {
  const placed = prior.placements ?? {};
  return (
    sameValue(toSpec(prior), toSpec(input)) &&
    Object.keys(input.members).every((member) => Object.hasOwn(placed, member))
  );
}

async function place(input: ClusterInput, prior: ClusterState | null, context: Context): Promise<Decision> {
  const plan: PoolPlan = await context.client().planCluster(toSpec(input), { explain: true });
  return decide(plan, input, prior, await context.nodes());
}

/** Asks for nothing new: who cannot move stays, and no plan of the stack fails for it. */
async function tryPlace(
  input: ClusterInput,
  prior: ClusterState,
  context: Context,
): Promise<Decision | undefined> {
  try {
    return await place(input, prior, context);
  } catch (error) {
    if (!isDvceError(error)) throw error;
    const reasons = error.details.map(({ message }) => `\n  - ${message}`).join("");
    context.warn({
      summary: `Cluster ${JSON.stringify(input.name)} stays as it is`,
      detail: `The pool cannot say whether its members have to move: ${error.message}${reasons}`,
    });
    return undefined;
  }
}

/** Says which values placing waits for, and tells what follows from names alone. */
function planUnknown(proposed: ClusterPlan, context: Context): ClusterPlan {
  const holes = unknownPaths(clusterSchema.attributes, inputPart(proposed));
  const [first] = holes;
  const named = holes.map(formatPath);
  const shown = named.length > 5 ? [...named.slice(0, 5), `${named.length - 5} more`] : named;
  const { name, members } = proposed;
  context.warn({
    summary: `Placements of cluster${isUnknown(name) ? "" : ` ${JSON.stringify(name)}`} are not known in this plan`,
    detail:
      `${shown.join(", ")} ${named.length === 1 ? "is" : "are"} known only after apply, and where members go depends on ` +
      `${named.length === 1 ? "it" : "them"}: apply will decide it, unseen. To see it first, apply what the ` +
      `${named.length === 1 ? "value comes" : "values come"} from on its own (terraform apply -target=…). Versions from dvce_image ` +
      "are known at plan where the image's path, url and checksum are.",
    ...(first === undefined ? {} : { path: first }),
  });
  const placements =
    isUnknown(name) || isUnknown(members) ? unknown : placesToBeFound(name, Object.keys(members));
  return { ...proposed, ...(isUnknown(name) ? {} : { id: name }), placements };
}
