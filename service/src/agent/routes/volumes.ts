import { agentCreateVolumeSchema, agentVolumeSchema, consoleTailSchema } from "@dvce/api";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { z } from "zod";
import type { Server } from "../../plugins/server";
import type { TransferLimits } from "../../peers/transfer-limits";
import { noContent } from "../../routes/parameters";
import { sendDisk, sentBytes } from "../../volumes/disk-transfer";
import type { RetiredDisks } from "../../volumes/retired-disks";
import type { Volumes } from "../../volumes/volumes";
import { readConsoleTail } from "../console-log";

const tailBytesMax = 1024 * 1024;
/** Becomes part of a file name: no separator, no leading dot. */
const domainSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "must be a domain's name: letters, digits, '.', '_' and '-'");
const params = z.object({ domain: domainSchema });

export interface VolumeRoutesParts {
  readonly volumes: Volumes;
  readonly retired: RetiredDisks;
  readonly consoleDirectory: string;
  /** Of what is served to other nodes. */
  readonly limits: Pick<TransferLimits, "take">;
}

/** Volumes, the consoles of their domains, and disks whose members have moved. */
export function volumeRoutes(app: Server, parts: VolumeRoutesParts): void {
  const { volumes, retired, consoleDirectory, limits } = parts;
  // Nothing else removes the log that QEMU wrote, and a later member of that name must not show this one's.
  const removeConsole = (domain: string) => rm(join(consoleDirectory, `${domain}.log`), { force: true });
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
      await removeConsole(domain);
      return reply.code(204).send();
    },
  );
  app.post(
    "/v1/volumes/:domain/retire",
    { schema: { params, response: { 204: noContent } } },
    async (request, reply) => {
      const { domain } = request.params;
      await volumes.retire(domain);
      await removeConsole(domain);
      return reply.code(204).send();
    },
  );
  app.get("/v1/retired-disks/:domain", { schema: { params } }, async (request, reply) => {
    const { path, sizeBytes } = await retired.find(request.params.domain);
    return reply
      .header("content-type", "application/octet-stream")
      .header("content-length", sentBytes(sizeBytes))
      .send(Readable.from(paced(sendDisk(path, sizeBytes), (bytes) => limits.take(request.ip, bytes))));
  });
  app.delete(
    "/v1/retired-disks/:domain",
    { schema: { params, response: { 204: noContent } } },
    async (request, reply) => {
      await retired.remove(request.params.domain);
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

async function* paced(
  pieces: AsyncIterable<Buffer>,
  take: (bytes: number) => Promise<void>,
): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    await take(piece.length);
    yield piece;
  }
}
