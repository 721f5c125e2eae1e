import {
  evictionReplySchema,
  evictionRequestSchema,
  heartbeatReplySchema,
  heartbeatSchema,
  nodeActionSchema,
  nodeListSchema,
  nodeJoinSchema,
  nodeRegisteredSchema,
  nodeSchema,
  type NodeAction,
} from "@dvce/api";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { nameParameter, noContent } from "./parameters";

/** A heartbeat carries at most 10,000 bitmaps of at most half a megabyte each, and mostly none. */
const heartbeatBytesMax = 64 * 1024 * 1024;

export function nodeRoutes(app: Server, controller: Controller): void {
  const { pool, registry, decisions, evictions } = controller;
  app.get(
    "/v1/nodes",
    {
      config: { permission: "read" },
      schema: { summary: "Every node of the pool", tags: ["nodes"], response: { 200: nodeListSchema } },
    },
    async () => ({ nodes: pool.nodes() }),
  );
  app.get(
    "/v1/nodes/:name",
    {
      config: { permission: "read" },
      schema: {
        summary: "One node, with the health of its chunks",
        tags: ["nodes"],
        params: nameParameter,
        response: { 200: nodeSchema },
      },
    },
    async (request) => pool.node(request.params.name),
  );
  app.put(
    "/v1/nodes/:name/registration",
    {
      config: { permission: "report" },
      schema: {
        summary: "An agent joins, or joins again",
        tags: ["nodes"],
        params: nameParameter,
        body: nodeJoinSchema,
        response: { 200: nodeRegisteredSchema },
      },
    },
    async (request) => registry.register(request.params.name, request.body),
  );
  app.post(
    "/v1/nodes/:name/heartbeat",
    {
      config: { permission: "report" },
      bodyLimit: heartbeatBytesMax,
      schema: {
        summary: "An agent reports that it lives, and what it holds",
        tags: ["nodes"],
        params: nameParameter,
        body: heartbeatSchema,
        response: { 200: heartbeatReplySchema },
      },
    },
    async (request) => registry.heartbeat(request.params.name, request.body),
  );
  app.post(
    "/v1/nodes/:name/evictions",
    {
      config: { permission: "report" },
      schema: {
        summary: "An agent asks which replicas it may drop",
        tags: ["nodes"],
        params: nameParameter,
        body: evictionRequestSchema,
        response: { 200: evictionReplySchema },
      },
    },
    async (request) => evictions.approve(request.params.name, request.body),
  );
  for (const [action, summary] of Object.entries(nodeActionSummaries)) {
    app.post(
      `/v1/nodes/:name/${action}`,
      {
        config: { permission: "operate" },
        schema: { summary, tags: ["nodes"], params: nameParameter, response: { 200: nodeSchema } },
      },
      async (request) => {
        const { name } = request.params;
        decisions[nodeActionSchema.parse(action)](name);
        return pool.node(name);
      },
    );
  }
  app.delete(
    "/v1/nodes/:name",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Take a node out of the pool with which nothing is lost, or that was fenced",
        tags: ["nodes"],
        params: nameParameter,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      decisions.remove(request.params.name);
      return reply.code(204).send();
    },
  );
}

const nodeActionSummaries: Readonly<Record<NodeAction, string>> = {
  cordon: "Take no new members",
  uncordon: "Take new members again",
  drain: "Take no new members, and have the next plans move the others away",
  undrain: "Move no more members away",
  fence: "Declare the node dead, so that its members can be made again elsewhere",
  unfence: "Take a fence back: the node is well, and nothing that it holds was made again elsewhere",
};
