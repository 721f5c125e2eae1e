/** The examples of the provider's documentation, under real Terraform; and what its data sources answer. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { exampleFolders, examplesDirectory } from "../../tools/docs/pages";
import { cacheLayout, ensureOpenTofu, findTerraform, stderrProgress } from "../../tools/setup";
import { writeRawImage } from "../acceptance/support/images";
import { succeeded, Terraform } from "../acceptance/support/terraform";
import { head } from "./support/configuration";
import { buildMirror } from "./support/mirror";
import { TestPool } from "./support/test-pool";

const minuteMs = 60_000;
jest.setTimeout(3 * minuteMs);

let directory: string;
let command: string;
let cliConfig: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-examples-test-"));
  command = (await findTerraform()) ?? (await ensureOpenTofu(cacheLayout(), stderrProgress()));
  cliConfig = await buildMirror(path.join(directory, "mirror"));
}, 10 * minuteMs);
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Without the block that the provider's own example has. */
const requirement = head.replace(/provider "dvce" \{\}\s*$/, "");

test.each(exampleFolders)("the example %s is valid", async (folder) => {
  const terraform = await Terraform.create(command, { TF_CLI_CONFIG_FILE: cliConfig });
  try {
    await cp(path.join(examplesDirectory, folder), terraform.directory, { recursive: true });
    if (folder !== "provider") await terraform.write("versions.tf", requirement);
    await terraform.init();
    expect(await terraform.validate()).toEqual([]);
  } finally {
    await terraform.close();
  }
});

describe("data sources", () => {
  let pool: TestPool;
  let terraform: Terraform;
  beforeAll(async () => {
    pool = await TestPool.start([{ name: "n1", vcpus: 8, memoryMiB: 4096, labels: { rack: "r1" } }]);
    terraform = await Terraform.create(command, {
      DVCE_URL: pool.url,
      DVCE_TOKEN: pool.token("operator"),
      TF_CLI_CONFIG_FILE: cliConfig,
      DVCE_CACHE_DIR: path.join(directory, "cache"),
    });
    const image = path.join(directory, "image.raw");
    await writeRawImage(image, { seed: "data", sizeMiB: 64, dataMiB: 2 });
    await terraform.write(
      "main.tf",
      `${head}resource "dvce_image" "base" {\n  name = "base"\n  path = ${JSON.stringify(image)}\n}\n`,
    );
    await terraform.init();
    succeeded(await terraform.apply());
  }, 5 * minuteMs);
  afterAll(async () => {
    await terraform?.close();
    await pool?.close();
  });

  test("tell an image's versions, where they are, and what happened to it", async () => {
    await terraform.write(
      "data.tf",
      `data "dvce_image" "base" { name = dvce_image.base.name }
data "dvce_image_history" "base" {
  name  = dvce_image.base.name
  limit = 50
}
data "dvce_nodes" "all" {}
output "same" { value = data.dvce_image.base.version == dvce_image.base.version }
output "newest" { value = data.dvce_image.base.newest == data.dvce_image.base.versions[0].version }
output "replicas" { value = data.dvce_image.base.replicas }
output "kinds" { value = data.dvce_image_history.base.events[*].kind }
output "details" { value = [for event in data.dvce_image_history.base.events : jsondecode(event.detail)] }
output "racks" { value = data.dvce_nodes.all.nodes[*].labels.rack }
`,
    );
    succeeded(await terraform.apply());
    const outputs = await terraform.outputs();
    const { dataBytes } = await pool.client.getVersion((await pool.client.getImage("base")).version);
    expect(outputs).toMatchObject({
      same: true,
      newest: true,
      replicas: [{ node: "n1", present_bytes: dataBytes }],
      racks: ["r1"],
    });
    expect(outputs["kinds"]).toContain("imported");
    expect(outputs["details"]).toHaveLength((outputs["kinds"] as unknown[]).length);
    expect(await terraform.changes()).toBe("");
  });

  test.each([
    ["an image that is not there", 'name = "nothing"', "DVCE_IMAGE_NOT_FOUND"],
    [
      "a version that is not there",
      `name = "base"\n  version = "${"0".repeat(64)}"`,
      "DVCE_VERSION_NOT_FOUND",
    ],
  ])("refuse %s", async (_title, body, code) => {
    await terraform.write("data.tf", `data "dvce_image" "other" {\n  ${body}\n}\n`);
    const { ok, errors } = await terraform.plan();
    expect(ok).toBe(false);
    expect(errors[0]?.summary).toBe("Unable to read the image");
    expect(errors[0]?.detail).toContain(code);
  });
});
