/**
 * dvce_cluster. The placements are the controller's: asked for at plan, committed at apply exactly as planned,
 * or refused. A member without a placement in the state, because its node was fenced or is gone, is placed anew.
 */
import { DvceError, isDvceError } from "@dvce/api";
import { assertKnown, isKnown, stillUnknown } from "../../codec/known";
import { isUnknown, unknown } from "../../codec/unknown";
import { attributeAt } from "../../diagnostics/diagnostic";
import { sameValue } from "../../rpc/planning";
import type { Context, Resource } from "../resource";
import { findNodesThatCount } from "../shared/nodes";
import {
  fromCluster,
  fromPlacements,
  keepUnmoved,
  toSpec,
  translatePath,
  type ClusterInput,
  type ClusterPlan,
  type ClusterState,
  type Placements,
} from "./model";
import { clusterSchema, type clusterAttributes } from "./schema";

export const clusterResource: Resource<typeof clusterAttributes> = {
  typeName: "dvce_cluster",
  schema: clusterSchema,
  describe: ({ name }) => (isUnknown(name) ? "cluster" : `cluster ${JSON.stringify(name)}`),
  translatePath: (path, { members }) => translatePath(path, isUnknown(members) ? {} : members),
  locate: (error) => (isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE") ? attributeAt("members") : undefined),

  async plan({ prior, proposed }, context) {
    const input = inputOf(proposed);
    if (input === undefined) return { planned: { ...proposed, placements: unknown } };
    if (prior !== null && isSettled(prior, input)) return { planned: proposed };
    const placements = await place(input, prior?.placements ?? null, context);
    return { planned: { ...proposed, id: input.name, placements } };
  },

  async apply({ prior, planned }, context) {
    const input = inputOf(planned);
    if (input === undefined) throw stillUnknown("The cluster");
    const placements = isUnknown(planned.placements)
      ? await place(input, prior?.placements ?? null, context)
      : (assertKnown(planned.placements, "placements") ?? {});
    await context.client().commitCluster({
      spec: toSpec(input),
      placements: Object.entries(placements).map(([member, { node }]) => ({ member, node: node ?? "" })),
    });
    return { state: { ...input, id: input.name, placements } };
  },

  async read(state, context) {
    const cluster = await find(state.name, context);
    if (cluster === undefined) return null;
    const current = fromCluster(cluster, state);
    const counts = await findNodesThatCount(context.client());
    const placed = Object.entries(current.placements ?? {}).filter(([, { node }]) => counts(node ?? ""));
    return { ...current, placements: keepUnmoved(Object.fromEntries(placed), state.placements) };
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

/** The user's part, once all of it is known. */
function inputOf({ name, members, anti_affinity, node_selector }: ClusterPlan): ClusterInput | undefined {
  const input: Pick<ClusterPlan, keyof ClusterInput> = { name, members, anti_affinity, node_selector };
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

async function place(input: ClusterInput, prior: Placements | null, context: Context): Promise<Placements> {
  const plan = await context.client().planCluster(toSpec(input));
  return keepUnmoved(fromPlacements(plan.placements), prior);
}
