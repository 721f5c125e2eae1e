import { agentCreateVolumeSchema, agentVolumeSchema, consoleTailSchema } from "@dvce/api";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Server } from "../../plugins/server";
import type { Volumes } from "../../volumes/volumes";
import { readConsoleTail } from "../console-log";

const tailBytesMax = 1024 * 1024;
/** Becomes part of a file name: no separator, no leading dot. */
const domainSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "must be a domain's name: letters, digits, '.', '_' and '-'");
const params = z.object({ domain: domainSchema });

/** Volumes and the consoles of their domains. */
export function volumeRoutes(app: Server, volumes: Volumes, consoleDirectory: string): void {
  app.post(
    "/v1/volumes",
    {
      schema: {
        body: agentCreateVolumeSchema.extend({ domain: domainSchema }),
        response: { 200: agentVolumeSchema },
      },
    },
    async (request) => volumes.create(request.body),
  );
  app.get(
    "/v1/volumes",
    { schema: { response: { 200: z.object({ volumes: z.array(agentVolumeSchema) }) } } },
    async () => ({ volumes: await volumes.list() }),
  );
  app.get(
    "/v1/volumes/:domain",
    { schema: { params, response: { 200: agentVolumeSchema } } },
    async (request) => volumes.get(request.params.domain),
  );
  app.delete(
    "/v1/volumes/:domain",
    { schema: { params, response: { 204: z.void() } } },
    async (request, reply) => {
      const { domain } = request.params;
      await volumes.delete(domain);
      // Nothing else removes the log that QEMU wrote, and a later member of that name must not show this one's.
      await rm(join(consoleDirectory, `${domain}.log`), { force: true });
      return reply.code(204).send();
    },
  );
  app.get(
    "/v1/consoles/:domain",
    {
      schema: {
        params,
        querystring: z.object({
          tailBytes: z.coerce.number().int().min(0).max(tailBytesMax).default(65_536),
        }),
        response: { 200: consoleTailSchema },
      },
    },
    async (request) =>
      readConsoleTail(join(consoleDirectory, `${request.params.domain}.log`), request.query.tailBytes),
  );
}
