/** Every route against every role, compared with a golden file that a reviewer can read. */
import { errorBodySchema, roleSchema } from "@dvce/api";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { z } from "zod";
import { MemoryPool } from "../../../test/support/memory-agent";
import type { Server } from "../plugins/server";
import { buildControllerServer, type RouteGrant } from "../routes";
import { hashToken, verifierOf } from "./bearer-token";

const goldenFile = join(__dirname, "routes.golden.txt");
const roles = roleSchema.options;
const openApiSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(z.string(), z.object({ responses: z.record(z.string(), z.unknown()) })),
  ),
});

describe("roles and routes", () => {
  const pool = new MemoryPool();
  let server: Server;
  let grants: readonly RouteGrant[];
  beforeAll(async () => {
    ({ server, grants } = await buildControllerServer({
      controller: pool.controller,
      verify: verifierOf(
        roles.map((role) => ({ name: role, role, tokenSha256: hashToken(`token-${role}`) })),
      ),
      logger: pino({ level: "silent" }),
      version: "0",
    }));
  });
  afterAll(async () => {
    await server.close();
    pool.close();
  });

  async function codeOf(method: string, url: string, token: string | undefined): Promise<string> {
    const answer = await server.inject({
      method: method as "GET",
      url: url.replace(/:\w+/g, "x"),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    const body = errorBodySchema.safeParse(JSON.parse(answer.payload === "" ? "{}" : answer.payload));
    return body.success ? body.data.error.code : `${answer.statusCode}`;
  }

  it("are those of the golden file (UPDATE_GOLDEN=1 writes it anew)", async () => {
    const lines: string[] = [];
    for (const { method, url } of grants) {
      if (method === "HEAD") continue; // answered by the GET route's handler and permission
      const allowed: string[] = [];
      for (const role of roles) {
        const code = await codeOf(method, url, `token-${role}`);
        expect(code).not.toBe("DVCE_UNAUTHENTICATED");
        if (code !== "DVCE_FORBIDDEN") allowed.push(role);
      }
      lines.push(`${method.padEnd(7)}${url.padEnd(36)}${allowed.join(" ")}`);
    }
    const text = `${lines.sort((a, b) => (a.slice(7) < b.slice(7) ? -1 : 1)).join("\n")}\n`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(goldenFile, text);
    expect(text).toBe(readFileSync(goldenFile, "utf8"));
  });

  it("take no stranger on any route", async () => {
    for (const { method, url } of grants) {
      if (method === "HEAD") continue;
      expect(await codeOf(method, url, undefined)).toBe("DVCE_UNAUTHENTICATED");
      expect(await codeOf(method, url, "token-nobody")).toBe("DVCE_UNAUTHENTICATED");
    }
  });

  it("say what role is needed", async () => {
    const headers = { authorization: "Bearer token-viewer" };
    const answer = await server.inject({ method: "POST", url: "/v1/nodes/a/fence", headers });
    expect(answer.statusCode).toBe(403);
    expect(errorBodySchema.parse(answer.json()).error.message).toContain("takes one of: admin, operator.");
  });

  it("answer an unknown route with a typed error", async () => {
    expect(await codeOf("GET", "/v1/nothing", "token-viewer")).toBe("DVCE_NOT_FOUND");
  });

  it("are all in the OpenAPI document, each with its schema", async () => {
    const document = openApiSchema.parse((await server.inject("/v1/openapi.json")).json());
    for (const { method, url } of grants) {
      if (method === "HEAD") continue;
      const operation = document.paths[url.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
      expect(Object.keys(operation?.responses ?? {})[0]).toMatch(/^20[04]$/);
    }
  });
});
