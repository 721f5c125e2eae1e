import { TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { stackOf, synthesise } from "../testing/synthesise";
import { Pool, defaultLibvirtUri } from "./pool";

const inputInvalid = (message: RegExp) =>
  expect.objectContaining({ code: "DVCE_INPUT_INVALID", message: expect.stringMatching(message) });

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe("Pool", () => {
  const before = process.env["DVCE_LIBVIRT_URI"];
  afterEach(() => {
    if (before === undefined) delete process.env["DVCE_LIBVIRT_URI"];
    else process.env["DVCE_LIBVIRT_URI"] = before;
  });

  it("declares both providers, the controller's address and token left to whoever runs Terraform", () => {
    delete process.env["DVCE_LIBVIRT_URI"];
    process.env["DVCE_TOKEN"] = "secret-token";
    try {
      const stack = synthesise((scope) => new Pool(scope, "pool"));
      expect(stack.provider).toEqual({ dvce: [{}], libvirt: [{ uri: defaultLibvirtUri }] });
      expect(JSON.stringify(stack)).not.toContain("secret-token");
    } finally {
      delete process.env["DVCE_TOKEN"];
    }
  });

  it("takes the gateway's URI from DVCE_LIBVIRT_URI, and a property before that", () => {
    process.env["DVCE_LIBVIRT_URI"] = "qemu+tcp://10.0.0.1:16509/system";
    expect(synthesise((scope) => new Pool(scope, "pool")).provider["libvirt"]).toEqual([
      { uri: "qemu+tcp://10.0.0.1:16509/system" },
    ]);
    const libvirtUri = "qemu+unix:///system?socket=/run/dvce/gateway.sock";
    expect(synthesise((scope) => new Pool(scope, "pool", { libvirtUri })).provider["libvirt"]).toEqual([
      { uri: libvirtUri },
    ]);
    process.env["DVCE_LIBVIRT_URI"] = "";
    expect(synthesise((scope) => new Pool(scope, "pool")).provider["libvirt"]).toEqual([
      { uri: defaultLibvirtUri },
    ]);
  });

  it("passes an address and a token expression on", () => {
    const stack = synthesise((scope) => {
      const token = new TerraformVariable(scope, "token", { type: "string", sensitive: true });
      new Pool(scope, "pool", { url: "http://controller:7800", token: token.stringValue });
    });
    expect(stack.provider["dvce"]).toEqual([{ url: "http://controller:7800", token: "${var.token}" }]);
  });

  it("refuses a token that would lie readable in the stack, and does not repeat it", () => {
    const error = thrownBy(() => stackOf((scope) => new Pool(scope, "pool", { token: "hunter2hunter2" })));
    expect(error).toEqual(inputInvalid(/token .* must be a Terraform expression.* Set DVCE_TOKEN/));
    expect(String(error)).not.toContain("hunter2");
  });

  it.each([
    [
      { url: "controller:7800" },
      /^test\/pool: url is "controller:7800"; must be an http or https address\. Give/,
    ],
    [{ libvirtUri: "qemu:///system" }, /libvirtUri is "qemu:\/\/\/system"; must be a libvirt URI/],
    [{ libvirtUri: "qemu+tcp://h:16509/session" }, /must be a libvirt URI of the system instance/],
  ])("refuses %j", (props, message) => {
    expect(thrownBy(() => stackOf((scope) => new Pool(scope, "pool", props)))).toEqual(inputInvalid(message));
  });

  it("refuses a second pool in one stack, and allows one in each stack", () => {
    expect(
      thrownBy(() =>
        stackOf((scope) => {
          new Pool(scope, "a");
          new Pool(scope, "b");
        }),
      ),
    ).toEqual(inputInvalid(/test\/b: the stack already has the pool test\/a/));
    stackOf((scope) => new Pool(scope, "a"));
    stackOf((scope) => new Pool(scope, "a"));
  });

  it("is found from anywhere in its stack, and missed with the fix when it is not there", () => {
    stackOf((stack) => {
      const pool = new Pool(stack, "pool");
      expect(Pool.of(new Construct(new Construct(stack, "outer"), "inner"))).toBe(pool);
    });
    expect(thrownBy(() => stackOf((stack) => Pool.of(stack)))).toEqual(
      inputInvalid(/the stack test has no pool.*Add new Pool\(stack, "pool"\) before it/),
    );
  });
});
