/**
 * One block of the official Terraform provider for two real libvirt hosts.
 *
 * Needs root, libvirt, QEMU and what set-up provides. Names its own pool ("tgw").
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, type RunResult } from "../../service/src/dev-pool/run";
import { ensureAll, type SetupPaths } from "../../tools/setup";
import { GatewayPool } from "./support";

const minuteMs = 60_000;
jest.setTimeout(20 * minuteMs);

/** Each member's node. */
const members = { "web-0": "n1", "web-1": "n2", "web-2": "n1", "web-3": "n2" } as const;

const configuration = (uri: string, names: readonly string[]): string => `
terraform {
  required_providers {
    libvirt = { source = "dmacvicar/libvirt" }
  }
}
provider "libvirt" { uri = "${uri}" }
resource "libvirt_domain" "member" {
  for_each  = toset(${JSON.stringify(names)})
  name      = each.key
  type      = "qemu"
  vcpu      = 1
  memory    = 32
  running   = true
  autostart = each.key == "web-0"
  disk { volume_id = "/var/lib/dvce/volumes/\${each.key}.qcow2" }
  disk { file = "/var/lib/dvce/volumes/\${each.key}-seed.iso" }
  console {
    type        = "pty"
    target_port = "0"
    target_type = "serial"
  }
}
`;

let pool: GatewayPool;
let directory: string;
let setup: SetupPaths;

async function terraform(...args: string[]): Promise<RunResult> {
  return run([setup.terraformPath, `-chdir=${directory}`, ...args, "-no-color"], {
    environment: { TF_CLI_CONFIG_FILE: setup.cliConfigPath, CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1" },
    timeoutMs: 5 * minuteMs,
  });
}

async function succeed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await terraform(...args);
  if (code !== 0) throw new Error(`terraform ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

const apply = (): Promise<string> => succeed("apply", "-input=false", "-auto-approve");

/** Fails unless a plan has nothing to do. */
const expectNoChanges = (): Promise<string> => succeed("plan", "-input=false", "-detailed-exitcode");

const declare = (names: readonly string[]): Promise<void> =>
  writeFile(join(directory, "main.tf"), configuration(pool.uri, names));

const namesOn = async (node: string): Promise<string[]> =>
  (await pool.direct(node, ["list", "--name"])).split("\n").filter(Boolean).sort();

beforeAll(async () => {
  setup = await ensureAll({ image: false, opentofu: false });
  pool = await GatewayPool.up();
  directory = await mkdtemp(join(tmpdir(), "dvce-gateway-terraform-"));
  for (const [name, node] of Object.entries(members)) {
    pool.routing.placements.set(name, node);
    await pool.makeVolume(node, `${name}.qcow2`);
    await pool.makeSeed(node, `${name}-seed.iso`);
  }
});

afterAll(async () => {
  await pool.down();
  await rm(directory, { recursive: true, force: true });
});

describe("the official provider with one block for the whole pool", () => {
  test("creates and starts every domain on the node of its placement", async () => {
    await declare(["web-0", "web-1", "web-2"]);
    await succeed("init", "-input=false");
    await apply();
    expect(await namesOn("n1")).toEqual(["web-0", "web-2"]);
    expect(await namesOn("n2")).toEqual(["web-1"]);
    expect(await pool.domains("--autostart")).toEqual(["web-0"]);
    expect(pool.routing.started.size).toBe(3);
  });

  test("has nothing to do afterwards", async () => {
    await expectNoChanges();
  });

  test("starts again what stopped", async () => {
    await pool.ask("destroy", "web-1");
    await apply();
    expect(await namesOn("n2")).toEqual(["web-1"]);
    await expectNoChanges();
  });

  test("adds and removes members", async () => {
    await declare(["web-0", "web-1", "web-3"]);
    await apply();
    expect(await namesOn("n1")).toEqual(["web-0"]);
    expect(await namesOn("n2")).toEqual(["web-1", "web-3"]);
    await expectNoChanges();
  });

  test("does not take a node that is cut off for one without its domains", async () => {
    await pool.host("n2").cut();
    const plan = await terraform("plan", "-input=false");
    await pool.host("n2").heal();
    expect(plan.code).toBe(1);
    expect(plan.stderr).toContain("node 'n2' cannot be reached");
    await pool.untilAnswers("web-1");
    await expectNoChanges();
  });

  test("recreates on another node what a fenced one held", async () => {
    pool.routing.setState("n2", "fenced");
    for (const name of ["web-1", "web-3"]) {
      pool.routing.placements.set(name, "n1");
      await pool.makeVolume("n1", `${name}.qcow2`);
      await pool.makeSeed("n1", `${name}-seed.iso`);
    }
    await apply();
    expect(await namesOn("n1")).toEqual(["web-0", "web-1", "web-3"]);
    await expectNoChanges();
  });

  test("destroys everything", async () => {
    await succeed("destroy", "-input=false", "-auto-approve");
    expect(await pool.domains()).toEqual([]);
    expect(await namesOn("n1")).toEqual([]);
  });
});
