/** A {@link MemoryAgent} behind real HTTP, with the real libvirt tunnel in front of any Unix socket. */
import { agentCreateVolumeSchema } from "@dvce/api";
import pino from "pino";
import { z } from "zod";
import { addLibvirtTunnel } from "../../service/src/agent/libvirt-tunnel";
import { hashToken, verifierOf } from "../../service/src/auth/bearer-token";
import { buildServer, octetsSchema } from "../../service/src/plugins/server";
import { MemoryAgent } from "./memory-agent";

export interface HttpAgent {
  readonly agent: MemoryAgent;
  readonly url: string;
  close(): Promise<void>;
}

export async function startHttpAgent(name: string, token: string, libvirtSocket: string): Promise<HttpAgent> {
  const agent = new MemoryAgent(`memory:${name}`);
  const verify = verifierOf([{ name: "pool", role: "node", tokenSha256: hashToken(token) }]);
  const app = await buildServer({ title: name, version: "0", logger: pino({ level: "silent" }), verify });
  const version = z.object({ version: z.string() });
  const domain = z.object({ domain: z.string() });
  app.put("/v1/versions/:version", { schema: { params: version, body: octetsSchema } }, (request) =>
    agent.putVersion(request.params.version, request.body),
  );
  app.put("/v1/chunks", { schema: { body: octetsSchema } }, async (request) => ({
    stored: await agent.putChunks(request.body),
  }));
  app.post("/v1/volumes", { schema: { body: agentCreateVolumeSchema } }, (request) =>
    agent.createVolume(request.body),
  );
  app.get("/v1/volumes", async () => ({ volumes: await agent.listVolumes() }));
  app.get("/v1/volumes/:domain", { schema: { params: domain } }, (request) =>
    agent.getVolume(request.params.domain),
  );
  app.delete("/v1/volumes/:domain", { schema: { params: domain } }, async (request, reply) => {
    await agent.deleteVolume(request.params.domain);
    return reply.code(204).send();
  });
  app.get("/v1/consoles/:domain", { schema: { params: domain } }, (request) =>
    agent.getConsole(request.params.domain, 100),
  );
  addLibvirtTunnel(app, { verify, socketPath: libvirtSocket });
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { agent, url, close: () => app.close() };
}
