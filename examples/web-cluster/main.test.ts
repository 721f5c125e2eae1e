import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The stack that the example synthesises, machine paths left out. */
async function synthesise(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "dvce-example-"));
  const before = { ...process.env };
  process.env["CDKTF_OUTDIR"] = directory;
  process.env["IMAGE"] = "/srv/debian-12.qcow2";
  delete process.env["DVCE_LIBVIRT_URI"];
  try {
    await jest.isolateModulesAsync(async () => {
      await import("./main");
    });
    const text = readFileSync(join(directory, "stacks/web-cluster/cdk.tf.json"), "utf8");
    return text.replaceAll(process.cwd(), "<here>");
  } finally {
    process.env = before;
    rmSync(directory, { recursive: true, force: true });
  }
}

describe("examples/web-cluster", () => {
  it("synthesises three members of one image, the same every time", async () => {
    const once = await synthesise();
    expect(JSON.parse(once)).toMatchSnapshot();
    expect(await synthesise()).toBe(once);
  });

  it("is at most 25 lines long, as the README shows it", () => {
    const lines = readFileSync(join(__dirname, "main.ts"), "utf8").trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(25);
    const readme = readFileSync(join(__dirname, "../../README.md"), "utf8");
    expect(readme).toContain(`\`\`\`ts\n${lines.join("\n")}\n\`\`\``);
  });
});
