import { ControllerClient } from "@dvce/api";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PartialApplyError, type Context } from "../resources/resource";
import { withinTimeLimit } from "./time-limit";

const defaults = { create: "5m", read: "1m", update: "5m", delete: "5m" };
let server: Server;
let client: ControllerClient;
beforeAll(async () => {
  server = createServer(() => undefined); // takes requests and never answers
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new ControllerClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "t",
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const context = (signal: AbortSignal): Context => ({
  client: () => client,
  nodes: async () => [],
  cluster: () => Promise.reject(new Error("not needed")),
  clusterChanged: () => undefined,
  signal,
  log: { write: () => undefined },
  warn: () => undefined,
  cacheDirectory: undefined,
  plannedVersions: { find: () => [], note: () => undefined },
});
const never = new AbortController().signal;
const short = { timeouts: { create: "50ms" } };

test("ends a request that is not answered in time, and says which limit it was", async () => {
  const work = withinTimeLimit(context(never), "create", short, defaults, ({ client: limited }) =>
    limited().getImage("x"),
  );
  await expect(work).rejects.toMatchObject({
    code: "DVCE_TIME_LIMIT",
    message: expect.stringMatching(
      /within 50ms, the time limit of create\..*timeouts = \{ create = /s,
    ) as string,
  });
});

test("keeps a partial result, with the limit as its cause", async () => {
  const work = withinTimeLimit(context(never), "create", short, defaults, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    throw new PartialApplyError({ id: "x" }, new Error("aborted"));
  });
  await expect(work).rejects.toMatchObject({ state: { id: "x" }, cause: { code: "DVCE_TIME_LIMIT" } });
});

test("an error in time is told as it is, and so is a stop by the user", async () => {
  const failing = withinTimeLimit(context(never), "create", {}, defaults, async () => {
    throw new Error("no room");
  });
  await expect(failing).rejects.toThrow("no room");
  const stop = new AbortController();
  const stopped = withinTimeLimit(context(stop.signal), "create", {}, defaults, ({ client: limited }) =>
    limited().getImage("x"),
  );
  stop.abort();
  await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
});
