import {
  clusterListSchema,
  clusterPlanSchema,
  clusterSchema,
  clusterSpecSchema,
  commitClusterSchema,
  DvceError,
} from "@dvce/api";
import { z } from "zod";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { nameParameter, noContent } from "./parameters";

export function clusterRoutes(app: Server, controller: Controller): void {
  const { clusters, pool } = controller;
  app.get(
    "/v1/clusters",
    {
      config: { permission: "read" },
      schema: {
        summary: "Every committed cluster",
        tags: ["clusters"],
        response: { 200: clusterListSchema },
      },
    },
    async () => ({ clusters: clusters.list() }),
  );
  app.get(
    "/v1/clusters/:name",
    {
      config: { permission: "read" },
      schema: {
        summary: "One committed cluster",
        tags: ["clusters"],
        params: nameParameter,
        response: { 200: clusterSchema },
      },
    },
    async (request) => clusters.get(request.params.name),
  );
  app.post(
    "/v1/clusters/:name/plan",
    {
      config: { permission: "plan" },
      schema: {
        summary: "Where each member would go, and why; reserves nothing",
        tags: ["clusters"],
        params: nameParameter,
        querystring: z.object({ explain: z.stringbool().default(false) }),
        body: clusterSpecSchema,
        response: { 200: clusterPlanSchema },
      },
    },
    async (request) => {
      requireSameName(request.params.name, request.body.name, ["name"]);
      await pool.prepare(request.body.members.map((member) => member.version));
      return clusters.plan(request.body, request.query);
    },
  );
  app.put(
    "/v1/clusters/:name",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Place the cluster exactly as planned, or refuse",
        tags: ["clusters"],
        params: nameParameter,
        body: commitClusterSchema,
        response: { 200: clusterSchema },
      },
    },
    async (request) => {
      requireSameName(request.params.name, request.body.spec.name, ["spec", "name"]);
      const cluster = clusters.commit(request.body);
      await controller.retiredDisks.sweep();
      return cluster;
    },
  );
  app.delete(
    "/v1/clusters/:name",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Forget a cluster that has no volumes and is not protected",
        tags: ["clusters"],
        params: nameParameter,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      clusters.delete(request.params.name);
      await controller.retiredDisks.sweep();
      return reply.code(204).send();
    },
  );
}

function requireSameName(inPath: string, inBody: string, path: readonly string[]): void {
  if (inPath === inBody) return;
  const message = `The body names cluster ${inBody}, the path ${inPath}: they must be the same.`;
  throw new DvceError("DVCE_INPUT_INVALID", message, { details: [{ path, message }] });
}
