/** The plugin process itself: quick to start, and gone with whoever started it. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createCertificate } from "../../provider/src/plugin/certificate";
import { bundleProvider } from "../../tools/build/provider";

jest.setTimeout(60_000);

let directory: string;
let executable: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-lifetime-"));
  executable = path.join(directory, "terraform-provider-dvce_v0.1.0");
  await bundleProvider([executable]);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  TMPDIR: directory,
  TF_PLUGIN_MAGIC_COOKIE: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  PLUGIN_PROTOCOL_VERSIONS: "5,6",
  PLUGIN_CLIENT_CERT: createCertificate(new Date()).certificatePem,
});

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!existsSync(`/proc/${pid}`)) return true;
    await delay(100);
  }
  return false;
}

test("a provider whose parent was killed ends, and takes its socket with it", async () => {
  // The shell is the parent; it tells the provider's number and would wait for ever.
  const parent = spawn("/bin/sh", ["-c", `"${executable}" & echo "pid $!"; wait`], { env: environment() });
  let text = "";
  parent.stdout.on("data", (data: Buffer) => (text += data.toString()));
  while (!/pid \d+/.test(text) || !/\|grpc\|/.test(text)) await once(parent.stdout, "data");
  const pid = Number(/pid (\d+)/.exec(text)?.[1]);
  const socket = /\|unix\|([^|]+)\|/.exec(text)?.[1] ?? "";
  expect(existsSync(socket)).toBe(true);
  parent.kill("SIGKILL");
  expect(await isGone(pid)).toBe(true);
  expect(existsSync(socket)).toBe(false);
});

test("SIGINT, which Ctrl-C sends to the whole group, does not end it; SIGTERM does", async () => {
  const provider = spawn(executable, [], { env: environment() });
  await once(provider.stdout, "data");
  provider.kill("SIGINT");
  await delay(300);
  expect(provider.exitCode).toBeNull();
  provider.kill("SIGTERM");
  await once(provider, "exit");
  expect(await isGone(provider.pid ?? 0)).toBe(true);
});

test("started by hand it says what it is", () => {
  expect(() => execFileSync(executable, [], { env: { PATH: process.env["PATH"] }, stdio: "pipe" })).toThrow(
    /not to be started by hand/,
  );
});
