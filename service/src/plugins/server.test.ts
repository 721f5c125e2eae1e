import { DvceError, errorBodySchema } from "@dvce/api";
import pino from "pino";
import { z } from "zod";
import { hashToken, verifierOf } from "../auth/bearer-token";
import { buildServer, octetsSchema, type Server } from "./server";

describe("buildServer", () => {
  let app: Server;
  const bearer = { authorization: "Bearer secret" };

  beforeEach(async () => {
    app = await buildServer({
      title: "test",
      version: "0",
      logger: pino({ level: "silent" }),
      bodyBytesMax: 1024,
      verify: verifierOf([{ name: "ann", role: "admin", tokenSha256: hashToken("secret") }]),
    });
    app.post(
      "/v1/things/:name",
      {
        schema: {
          params: z.object({ name: z.string().max(5) }),
          body: z.object({ list: z.array(z.object({ "a/b": z.number() })) }),
          response: { 200: z.object({ count: z.number(), who: z.string().optional() }) },
        },
      },
      async (request) => ({
        count: request.body.list.length,
        ...(request.identity ? { who: request.identity.name } : {}),
      }),
    );
    app.put("/v1/octets", { schema: { body: octetsSchema } }, async (request) => ({
      size: request.body.length,
    }));
    app.get("/v1/broken", async () => {
      throw new Error("inner secret");
    });
    app.get("/v1/refused", async () => {
      throw new DvceError("DVCE_NODE_EPOCH_STALE", "old", {
        details: [{ path: ["epoch"], message: "7 < 8" }],
      });
    });
    await app.ready();
  });
  afterEach(() => app.close());

  const errorOf = (payload: string) => errorBodySchema.parse(JSON.parse(payload)).error;

  it("answers health and its OpenAPI document without a token", async () => {
    expect((await app.inject("/v1/health")).json()).toEqual({ status: "ok" });
    const document = (await app.inject("/v1/openapi.json")).json();
    expect(Object.keys(document.paths)).toContain("/v1/things/{name}");
  });

  it.each([{}, { authorization: "Bearer wrong" }, { authorization: "Basic secret" }])(
    "refuses a request with the headers %j",
    async (headers) => {
      const answer = await app.inject({ url: "/v1/refused", headers });
      expect(answer.statusCode).toBe(401);
      expect(errorOf(answer.payload).code).toBe("DVCE_UNAUTHENTICATED");
    },
  );

  it("passes valid input to the handler with the caller's identity", async () => {
    const payload = { list: [{ "a/b": 1 }] };
    const answer = await app.inject({ method: "POST", url: "/v1/things/x", headers: bearer, payload });
    expect(answer.json()).toEqual({ count: 1, who: "ann" });
  });

  it("reports each invalid value with its exact path", async () => {
    const payload = { list: [{ "a/b": 1 }, { "a/b": "two" }] };
    const answer = await app.inject({ method: "POST", url: "/v1/things/x", headers: bearer, payload });
    expect(answer.statusCode).toBe(400);
    const error = errorOf(answer.payload);
    expect(error.code).toBe("DVCE_INPUT_INVALID");
    expect(error.details[0]?.path).toEqual(["list", 1, "a/b"]);
    expect(error.requestId).toBe(answer.headers["x-request-id"]);
  });

  it.each([
    ["a body that is no JSON", "{", 400, "DVCE_INPUT_INVALID"],
    ["a body above the bound", JSON.stringify({ list: "x".repeat(2000) }), 413, "DVCE_BODY_TOO_LARGE"],
  ])("answers %s with a typed error", async (_name, payload, status, code) => {
    const headers = { ...bearer, "content-type": "application/json" };
    const answer = await app.inject({ method: "POST", url: "/v1/things/x", headers, payload });
    expect(answer.statusCode).toBe(status);
    expect(errorOf(answer.payload).code).toBe(code);
  });

  it("hands octets over as a buffer and refuses other types there", async () => {
    const octets = { ...bearer, "content-type": "application/octet-stream" };
    const request = { method: "PUT", url: "/v1/octets" } as const;
    expect((await app.inject({ ...request, headers: octets, payload: Buffer.alloc(7) })).json()).toEqual({
      size: 7,
    });
    const json = await app.inject({ ...request, headers: bearer, payload: { a: 1 } });
    expect(errorOf(json.payload).code).toBe("DVCE_INPUT_INVALID");
  });

  it("keeps operating errors as they are and hides what broke inside", async () => {
    const refused = errorOf((await app.inject({ url: "/v1/refused", headers: bearer })).payload);
    expect(refused).toMatchObject({ code: "DVCE_NODE_EPOCH_STALE", details: [{ path: ["epoch"] }] });
    const broken = await app.inject({ url: "/v1/broken", headers: bearer });
    expect(broken.statusCode).toBe(500);
    expect(errorOf(broken.payload).code).toBe("DVCE_INTERNAL");
    expect(broken.payload).not.toContain("inner secret");
  });

  it("answers an unknown route with a typed error", async () => {
    const answer = await app.inject({ url: "/v1/nothing?x=1", headers: bearer });
    expect(answer.statusCode).toBe(404);
    expect(errorOf(answer.payload).message).toBe("There is no route GET /v1/nothing.");
  });
});
