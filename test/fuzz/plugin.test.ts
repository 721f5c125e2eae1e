/**
 * The provider as Terraform meets it, a process that speaks gRPC, told what Terraform would never say: it never ends, answers
 * every call, and whatever no schema allows gets a diagnostic. It is configured, with a real controller behind it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleProvider } from "../../tools/build/provider";
import { PluginClient, providerMethods } from "../provider/support/plugin-client";
import { TestPool } from "../provider/support/test-pool";
import type { Random } from "../support/random";
import { roundsOf } from "../support/rounds";
import { checkAnswer, pluginRequest } from "./plugin-model";
import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";

jest.setTimeout(20 * 60_000);

/** Calls that are under way at once. */
const callsEach = 16;

let directory: string;
let pool: TestPool;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-fuzz-"));
  pool = await TestPool.start([{ name: "n1", vcpus: 64, memoryMiB: 65_536, labels: { rack: "r1" } }]);
});
afterAll(async () => {
  await pool?.close();
  await rm(directory, { recursive: true, force: true });
});

async function startProvider(name: string, entry?: string, fault?: string): Promise<PluginClient> {
  const executable = path.join(directory, name, "terraform-provider-dvce");
  await bundleProvider([executable], entry);
  const client = await PluginClient.start(executable, {
    TMPDIR: directory,
    DVCE_CACHE_DIR: path.join(directory, "cache"),
    ...(fault === undefined ? {} : { DVCE_TEST_FAULT: fault }),
  });
  await client.configure(pool.url, pool.token("operator"));
  return client;
}

/** Several calls at once; one in ten is bytes that are no message, which gRPC itself may refuse. */
const attempt = (client: PluginClient) => async (random: Random) => {
  const calls = Array.from({ length: callsEach }, async () => {
    const request = pluginRequest(random);
    if (random.below(10) === 0) {
      const bytes = providerMethods[request.name]?.requestSerialize(request.message) ?? Buffer.alloc(0);
      await client.callRaw(request.name, mutate(random, bytes)).catch(() => undefined);
    } else {
      checkAnswer(request, await client.call(request.name, request.message));
    }
  });
  const results = await Promise.allSettled(calls);
  if (client.ended !== undefined) throw new Error(client.ended);
  for (const result of results) if (result.status === "rejected") throw result.reason;
};

test("whatever it is told, it answers, and refuses in words", async () => {
  const client = await startProvider("provider");
  try {
    const inputs = Math.ceil(roundsOf({ short: 10_000, long: 100_000 }) / callsEach);
    await fuzz({ suite: "plugin protocol", inputs, attempt: attempt(client) });
    expect(client.ended).toBeUndefined();
    const schema = await client.call("GetProviderSchema", {});
    expect(Object.keys(schema["resource_schemas"] as object)).toContain("dvce_cluster");
  } finally {
    await client.stop();
  }
});

test.each([
  ["ends", /the provider ended with 7/],
  ["says nothing", /no diagnostic for what no schema allows/],
  ["breaks the call", /oops/],
  ["forgets attributes", /planned_state lacks/],
])("would notice a provider that %s", async (fault, message) => {
  const client = await startProvider("faulty", "test/fuzz/support/faulty-provider.ts", fault);
  try {
    const run = fuzz({ suite: `a provider that ${fault}`, inputs: 500, attempt: attempt(client) });
    await expect(run).rejects.toThrow(message);
  } finally {
    await client.stop();
  }
});
