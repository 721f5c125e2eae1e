import { consoleTailSchema, vmListSchema } from "@dvce/api";
import { z } from "zod";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { domainParameter } from "./parameters";

const tailBytesMax = 1024 * 1024;

export function vmRoutes(app: Server, controller: Controller): void {
  const { vms } = controller;
  app.get(
    "/v1/vms",
    {
      config: { permission: "read" },
      schema: { summary: "Domains that the gateway routes", tags: ["vms"], response: { 200: vmListSchema } },
    },
    async () => ({ vms: await vms.list() }),
  );
  app.get(
    "/v1/vms/:domain/console",
    {
      config: { permission: "read" },
      schema: {
        summary: "The end of a domain's serial console log",
        tags: ["vms"],
        params: domainParameter,
        querystring: z.object({
          tailBytes: z.coerce
            .number()
            .int()
            .min(1)
            .max(tailBytesMax)
            .default(64 * 1024),
        }),
        response: { 200: consoleTailSchema },
      },
    },
    async (request) => vms.console(request.params.domain, request.query.tailBytes),
  );
}
