import { TerraformOutput, TerraformVariable } from "cdktf";
import { resolve } from "node:path";
import { Pool } from "../pool/pool";
import { stackOf, synthesise } from "../testing/synthesise";
import { Image, type ImageProps } from "./image";

const checksum = `sha256:${"0123456789abcdef".repeat(4)}`;

function images(...declared: [id: string, props: ImageProps][]) {
  return synthesise((scope) => {
    new Pool(scope, "pool");
    for (const [id, props] of declared) new Image(scope, id, props);
  }).resource["dvce_image"];
}

describe("Image", () => {
  it("declares a file by absolute path, because Terraform runs in another directory", () => {
    expect(
      images(
        ["debian", { path: "images/debian.qcow2" }],
        ["other", { path: "/srv/other.raw", deletionProtection: true }],
      ),
    ).toEqual({
      debian: { name: "debian", path: resolve("images/debian.qcow2") },
      other: { name: "other", path: "/srv/other.raw", deletion_protection: true },
    });
  });

  it("declares a download with its checksum", () => {
    const url = "https://example.org/debian.qcow2";
    expect(images(["base", { name: "debian-12", url, checksum }])).toEqual({
      "debian-12": { name: "debian-12", url, checksum },
    });
  });

  it("gives an image whose name starts with a digit an address that Terraform takes", () => {
    expect(images(["9front", { path: "/9" }])).toEqual({ _9front: { name: "9front", path: "/9" } });
  });

  it("passes expressions on unchecked", () => {
    const stack = synthesise((scope) => {
      new Pool(scope, "pool");
      const path = new TerraformVariable(scope, "path", { type: "string" });
      new Image(scope, "debian", { path: path.stringValue });
    });
    expect(stack.resource["dvce_image"]?.["debian"]?.["path"]).toBe("${var.path}");
  });

  it("gives its version as an expression", () => {
    const stack = synthesise((scope) => {
      new Pool(scope, "pool");
      const image = new Image(scope, "debian", { path: "/debian" });
      new TerraformOutput(scope, "out", { value: [image.version, image.sizeBytes, image.dataBytes] });
    });
    expect(stack.output?.["out"]?.value).toEqual([
      "${dvce_image.debian.version}",
      "${dvce_image.debian.size_bytes}",
      "${dvce_image.debian.data_bytes}",
    ]);
  });

  it.each<[string, ImageProps, RegExp]>([
    ["a", {}, /test\/a: path, url is "neither"; exactly one of them must be given\. Give path/],
    ["a", { path: "/x", url: "https://h/x", checksum }, /path, url is "both"; exactly one/],
    ["a", { url: "https://h/x" }, /checksum is "not given"; must be given with url/],
    ["a", { url: "ftp://h/x", checksum }, /url is "ftp:\/\/h\/x"; must be an http or https address/],
    ["a", { path: "" }, /path is ""; must name a file/],
    [
      "a",
      { path: "/x", checksum: "md5:1" },
      /checksum is "md5:1"; must be 'sha256:' and 64 .* Run sha256sum/,
    ],
    ["Debian_12", { path: "/x" }, /name is "Debian_12"; must be 1 to 63 of a-z, 0-9 and '-'/],
  ])("refuses %s %j", (id, props, message) => {
    expect(() => images([id, props])).toThrow(
      expect.objectContaining({ code: "DVCE_INPUT_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a name that another image has", () => {
    expect(() =>
      images(["a", { name: "debian", path: "/a" }], ["b", { name: "debian", path: "/b" }]),
    ).toThrow(/test\/b: the image name "debian" is taken by test\/a/);
  });

  it("needs a pool", () => {
    expect(() => stackOf((scope) => new Image(scope, "a", { path: "/x" }))).toThrow(
      /the stack test has no pool/,
    );
  });
});
