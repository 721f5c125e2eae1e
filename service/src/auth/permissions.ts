/** Who may do what. Every route names one permission; each role has a set of them. */
import { DvceError, type Role } from "@dvce/api";
import type { FastifyRequest } from "fastify";
import type { Identity } from "./bearer-token";

/**
 * `read`: look at the pool. `plan`: announce an image and plan a cluster, which changes nothing that anyone could
 * be blamed for. `operate`: everything that changes the pool. `report`: what a node says of itself. `fetch`: indexes
 * and who has their chunks, which nodes need and readers may see. `export`: the bytes of images, which may hold secrets.
 */
export type Permission = "read" | "plan" | "operate" | "report" | "fetch" | "export";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a token's role must have. Required of every route that is not public. */
    permission?: Permission;
  }
}

export const permissionsOf: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set(["read", "plan", "operate", "report", "fetch", "export"]),
  operator: new Set(["read", "plan", "operate", "fetch", "export"]),
  planner: new Set(["read", "plan", "fetch"]),
  viewer: new Set(["read", "fetch"]),
  node: new Set(["report", "fetch"]),
};

/** @throws DvceError `DVCE_FORBIDDEN` naming the role that the route would take */
export function authorize(identity: Identity, request: FastifyRequest): void {
  if (request.is404) return;
  const { permission } = request.routeOptions.config;
  if (permission === undefined) throw new Error(`${request.method} ${request.url} declares no permission`);
  if (permissionsOf[identity.role].has(permission)) return;
  const roles = Object.entries(permissionsOf).flatMap(([role, has]) => (has.has(permission) ? role : []));
  throw new DvceError(
    "DVCE_FORBIDDEN",
    `The token ${identity.name} has the role ${identity.role}, which may not do this. It takes one of: ` +
      `${roles.join(", ")}.`,
  );
}
