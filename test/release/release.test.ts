/**
 * What `npm run release` makes, used as a user would: Terraform and OpenTofu initialise from the mirrors and plan with the
 * executable, which has nothing of this repository beside it.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createCertificate } from "../../provider/src/plugin/certificate";
import { cookie } from "../../provider/src/plugin/handshake";
import { buildProvider } from "../../tools/build/provider";
import { makeBlob, makeExecutable } from "../../tools/release/executable";
import { ensureNodeRuntime } from "../../tools/release/node-runtime";
import { releaseProvider } from "../../tools/release/provider";
import type { ReleaseLayout } from "../../tools/release/layout";
import { hostPlatform, releasePlatforms } from "../../tools/release/platforms";
import { cacheLayout, ensureOpenTofu, findTerraform, stderrProgress } from "../../tools/setup";
import { sha256OfFile } from "../../tools/setup/download";
import { dvceProviderInMirror } from "../../tools/setup/dvce-provider";
import { cliConfig } from "../../tools/setup/mirror";
import { ensureSystemPackages } from "../../tools/setup/system-packages";
import { writeRawImage } from "../acceptance/support/images";
import { succeeded, Terraform } from "../acceptance/support/terraform";
import { stack } from "../provider/support/configuration";
import { TestPool } from "../provider/support/test-pool";

jest.setTimeout(10 * 60_000);
const run = promisify(execFile);
const layout = cacheLayout();

let directory: string;
let files: ReleaseLayout;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-release-"));
  await ensureSystemPackages(layout, stderrProgress(), { arm64: true });
  files = await releaseProvider({
    directory: path.join(directory, "release"),
    layout,
    progress: stderrProgress(),
  });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("the registry's files agree with their sums, and the archives hold executable and licences", async () => {
  const folder = path.dirname(files.sums);
  expect((await readdir(folder)).sort()).toEqual([
    "terraform-provider-dvce_0.1.0_SHA256SUMS",
    "terraform-provider-dvce_0.1.0_linux_amd64.zip",
    "terraform-provider-dvce_0.1.0_linux_arm64.zip",
    "terraform-provider-dvce_0.1.0_manifest.json",
  ]);
  const { stdout } = await run("sha256sum", ["--check", "--strict", path.basename(files.sums)], {
    cwd: folder,
  });
  expect(stdout.match(/: OK$/gm)).toHaveLength(3);
  expect(JSON.parse(await readFile(files.manifest, "utf8"))).toEqual({
    version: 1,
    metadata: { protocol_versions: ["6.0"] },
  });
  for (const { name } of releasePlatforms) {
    const { stdout: listed } = await run("unzip", ["-Z", "-1", files.archive(name)]);
    expect(listed.trim().split("\n")).toEqual([
      "terraform-provider-dvce_v0.1.0",
      "LICENSE",
      "LICENSE-node",
      "LICENSES-packages",
    ]);
  }
});

test.each(releasePlatforms)("the executable for $name is a program for its machine", async (platform) => {
  for (const executable of files.executables(platform.name)) {
    const file = await open(executable);
    try {
      const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0);
      expect(buffer.toString("latin1", 0, 4)).toBe("\x7fELF");
      expect(buffer.readUInt16LE(18)).toBe(platform.elfMachine);
      expect((await file.stat()).mode & 0o777).toBe(0o755);
    } finally {
      await file.close();
    }
  }
});

test("the same source makes the same bytes", async () => {
  const { programPath } = await ensureNodeRuntime(hostPlatform(), layout, stderrProgress());
  const blob = await makeBlob((await buildProvider()).code, programPath, path.join(directory, "blob"));
  const again = path.join(directory, "again");
  await makeExecutable(programPath, blob, again);
  const [executable = ""] = files.executables(hostPlatform().name);
  expect(await sha256OfFile(again)).toBe(await sha256OfFile(executable));
});

test("the executable for arm64 shakes hands under emulation", async () => {
  const [executable = ""] = files.executables("linux_arm64");
  const child = spawn("qemu-aarch64", ["-L", "/usr/aarch64-linux-gnu", executable], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      TMPDIR: directory,
      [cookie.name]: cookie.value,
      PLUGIN_PROTOCOL_VERSIONS: "6",
      PLUGIN_CLIENT_CERT: createCertificate(new Date()).certificatePem,
    },
  });
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said += data.toString()));
  const [line] = (await Promise.race([
    once(child.stdout, "data"),
    once(child, "exit").then(() => [`ended: ${said}`]),
  ])) as [Buffer | string];
  expect(line.toString()).toMatch(/^1\|6\|unix\|.*\|grpc\|/);
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
});

describe.each([
  ["terraform", "mirror"],
  ["tofu", "mirror-packed"],
])("under %s", (name, mirror) => {
  let pool: TestPool;
  let terraform: Terraform;

  beforeAll(async () => {
    pool = await TestPool.start([{ name: "n1", vcpus: 8, memoryMiB: 4096 }]);
    const found = name === "terraform" ? await findTerraform() : undefined;
    const cliConfigPath = path.join(directory, `${name}.tfrc`);
    await writeFile(
      cliConfigPath,
      cliConfig(path.join(directory, "release", mirror), [dvceProviderInMirror]),
    );
    terraform = await Terraform.create(found ?? (await ensureOpenTofu(layout, stderrProgress())), {
      TF_CLI_CONFIG_FILE: cliConfigPath,
      DVCE_URL: pool.url,
      DVCE_TOKEN: pool.token("operator"),
      DVCE_CACHE_DIR: path.join(directory, "cache"),
      NODE_OPTIONS: "--require /nowhere.js", // meant for the user's own programs
    });
  });
  afterAll(async () => {
    await terraform?.close();
    await pool?.close();
  });

  test(`it initialises from the ${mirror}, plans and applies`, async () => {
    const imagePath = path.join(directory, `${name}.raw`);
    await writeRawImage(imagePath, { seed: name, sizeMiB: 64, dataMiB: 4 });
    await terraform.write("main.tf", stack({ imagePath, members: ["a"] }));
    await terraform.init();
    succeeded(await terraform.plan());
    succeeded(await terraform.applyPlan());
    expect((await pool.client.getCluster("web")).placements.map(({ node }) => node)).toEqual(["n1"]);
    expect(await terraform.changes()).toBe("");
  });
});
