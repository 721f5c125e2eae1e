/** The controller's HTTP API: the shared server with one file of routes a resource. */
import type { FastifyBaseLogger } from "fastify";
import type { VerifyToken } from "../auth/bearer-token";
import { authorize } from "../auth/permissions";
import type { Controller } from "../controller/controller";
import { buildServer, type Server } from "../plugins/server";
import { bootProfileRoutes } from "./boot-profiles";
import { clusterRoutes } from "./clusters";
import { identityRoutes } from "./identity";
import { imageRoutes } from "./images";
import { imageReadRoutes } from "./image-reads";
import { nodeRoutes } from "./nodes";
import { pullRoutes } from "./pulls";
import { versionRoutes } from "./versions";
import { vmRoutes } from "./vms";
import { volumeRoutes } from "./volumes";

export interface ControllerServerOptions {
  readonly controller: Controller;
  readonly verify: VerifyToken;
  readonly logger: FastifyBaseLogger;
  /** The product's version, for the OpenAPI document. */
  readonly version: string;
}

/** A route of the API and who may call it, for the test that guards both. */
export interface RouteGrant {
  readonly method: string;
  readonly url: string;
  readonly permission: string;
}

/** Builds the API without listening. A route that declares no permission is refused here, at the start. */
export async function buildControllerServer(
  options: ControllerServerOptions,
): Promise<{ server: Server; grants: readonly RouteGrant[] }> {
  const server = await buildServer({
    title: "DVCE controller",
    version: options.version,
    logger: options.logger,
    verify: options.verify,
    authorize,
  });
  const grants: RouteGrant[] = [];
  server.addHook("onRoute", (route) => {
    const permission = route.config?.permission;
    if (permission === undefined)
      throw new Error(`${String(route.method)} ${route.url} declares no permission`);
    for (const method of [route.method].flat()) grants.push({ method, url: route.url, permission });
  });
  for (const register of [
    identityRoutes,
    nodeRoutes,
    imageRoutes,
    imageReadRoutes,
    pullRoutes,
    versionRoutes,
    bootProfileRoutes,
    clusterRoutes,
    volumeRoutes,
    vmRoutes,
  ]) {
    register(server, options.controller);
  }
  await server.ready();
  return { server, grants };
}
