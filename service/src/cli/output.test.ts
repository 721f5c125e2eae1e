import { DvceError } from "@dvce/api";
import { formatBytes, formatError, formatHydration, formatTable, progressBar } from "./output";
import { readClusterFile } from "./cluster-file";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("output", () => {
  it("pads columns to the widest cell and leaves no blanks at the end", () => {
    expect(
      formatTable(
        ["A", "LONG"],
        [
          ["longer", "x"],
          ["y", ""],
        ],
      ),
    ).toBe("A       LONG\nlonger  x\ny");
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [508e6, "484 MiB"],
    [8 * 1024 ** 3, "8.0 GiB"],
  ])("writes %d bytes as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it("shows how far hydration is", () => {
    const bytes = { presentBytes: 1024, totalBytes: 4096 };
    expect(formatHydration({ state: "paused", ...bytes })).toBe("paused 1.0 KiB of 4.0 KiB");
    expect(formatHydration({ state: "hydrated", ...bytes })).toBe("hydrated");
  });

  it("shows an error with its code and every detail that says more", () => {
    const details = [{ path: ["members", "web-0"], message: "node-1 is cordoned" }, { message: "it fails" }];
    expect(formatError(new DvceError("DVCE_PLACEMENT_INFEASIBLE", "it fails", { details }))).toBe(
      "error: it fails (DVCE_PLACEMENT_INFEASIBLE)\n  members.web-0: node-1 is cordoned",
    );
  });

  it("draws progress", () => {
    expect(progressBar(1, 2, 4)).toBe("[##  ] 50 %");
    expect(progressBar(0, 0, 4)).toBe("[####] 100 %");
  });
});

describe("readClusterFile", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "dvce-cluster-file-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const version = "a".repeat(64);
  const client = { getImage: async (name: string) => ({ name, version, versions: [] }) };
  const read = (content: unknown) => {
    const path = join(folder, "spec.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return readClusterFile(path, client);
  };
  const member = { name: "0", vcpus: 1, memoryMiB: 512, diskBytes: 1 << 30 };

  it("takes an image's name in place of a version", async () => {
    const spec = await read({ name: "web", members: [{ ...member, image: "debian" }] });
    expect(spec.members[0]?.version).toBe(version);
    expect(spec.constraints).toMatchObject({ antiAffinity: false, nodeSelector: {} });
  });

  it("names a duplicate member, a wrong value and its path, and a file that is no JSON", async () => {
    const twice = [member, member].map((one) => ({ ...one, version }));
    await expect(read({ name: "web", members: twice })).rejects.toMatchObject({
      code: "DVCE_MEMBER_DUPLICATE",
      details: [{ path: ["members", "0"] }],
    });
    await expect(read({ name: "web", members: [{ ...member, version, vcpus: 0 }] })).rejects.toMatchObject({
      code: "DVCE_INPUT_INVALID",
      details: [{ path: ["members", 0, "vcpus"] }],
    });
    await expect(read("{")).rejects.toThrow("is no JSON");
    await expect(readClusterFile(join(folder, "none"), client)).rejects.toThrow("Cannot read");
  });
});
