import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { DvceError, isDvceError } from "../errors/dvce-error";
import { HttpClient } from "./http";

type Answer = (response: ServerResponse) => void;

async function serve(answer: Answer): Promise<{ server: Server; url: string }> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function failure(answer: Answer, ask: (client: HttpClient) => Promise<unknown>): Promise<DvceError> {
  const { server, url } = await serve(answer);
  try {
    await ask(new HttpClient({ url, token: "t" }));
  } catch (error) {
    if (isDvceError(error)) return error;
    throw error;
  } finally {
    server.close();
  }
  throw new Error("the request was expected to fail");
}

const dvceError = JSON.stringify({
  error: {
    code: "DVCE_PLACEMENT_INFEASIBLE",
    message: "no node fits",
    retryable: true,
    details: [{ path: ["members", "web-0"], message: "node-1: memory" }],
  },
});

const refuse: Answer = (response) => {
  response.writeHead(409, { "content-type": "application/json" }).end(dvceError);
};

describe("HttpClient", () => {
  test.each([
    ["json", (client: HttpClient) => client.json(z.object({}), { url: "/" })],
    ["bytes", (client: HttpClient) => client.bytes({ url: "/" })],
    ["stream", (client: HttpClient) => client.stream({ url: "/" })],
    ["empty", (client: HttpClient) => client.empty({ method: "DELETE", url: "/" })],
  ])("turns an error body into a typed error when %s was asked for", async (_kind, ask) => {
    const error = await failure(refuse, ask);
    expect(error.code).toBe("DVCE_PLACEMENT_INFEASIBLE");
    expect(error.message).toBe("no node fits");
    expect(error.details).toEqual([{ path: ["members", "web-0"], message: "node-1: memory" }]);
  });

  test("names the address when nobody answers", async () => {
    const { server, url } = await serve((response) => response.end());
    await new Promise((resolve) => server.close(resolve));
    const controller = new HttpClient({ url, token: "t" });
    const node = new HttpClient({ url, token: "t", peer: "node" });
    await expect(controller.empty({ url: "/" })).rejects.toMatchObject({
      code: "DVCE_CONTROLLER_UNREACHABLE",
      message: expect.stringContaining(url) as string,
    });
    await expect(node.empty({ url: "/" })).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
  });

  test("says so when the server is no DVCE server", async () => {
    const error = await failure(
      (response) => response.writeHead(404, { "content-type": "text/html" }).end("<h1>hello</h1>"),
      (client) => client.json(z.object({}), { url: "/v1/nodes" }),
    );
    expect(error.code).toBe("DVCE_INTERNAL");
    expect(error.message).toContain("status 404");
  });

  test("refuses an answer in another shape", async () => {
    const error = await failure(
      (response) => response.writeHead(200, { "content-type": "application/json" }).end('{"nodes":1}'),
      (client) => client.json(z.object({ nodes: z.array(z.string()) }), { url: "/v1/nodes" }),
    );
    expect(error.message).toContain("same version of DVCE");
  });

  test("sends the token and ignores the environment's proxy", async () => {
    let seen: string | undefined;
    const server = createServer((request, response) => {
      seen = request.headers.authorization;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await new HttpClient({ url, token: "secret" }).json(z.object({}), { url: "/v1/health" });
    server.close();
    expect(seen).toBe("Bearer secret");
  });
});
