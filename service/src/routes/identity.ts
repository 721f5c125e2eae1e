import { identitySchema } from "@dvce/api";
import type { Controller } from "../controller/controller";
import { identityOf } from "../plugins/bearer-auth";
import type { Server } from "../plugins/server";

export function identityRoutes(app: Server, _controller: Controller): void {
  app.get(
    "/v1/identity",
    {
      config: { permission: "fetch" },
      schema: {
        summary: "Whose token this is",
        tags: ["tokens"],
        response: { 200: identitySchema },
      },
    },
    async (request) => identityOf(request),
  );
}
