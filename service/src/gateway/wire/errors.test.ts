import { DvceError } from "@dvce/api";
import { decodeError, encodeError, errorCode, errorDomain, LibvirtError, toLibvirtError } from "./errors";
import { XdrReader } from "./xdr";

describe("libvirt errors", () => {
  test("have remote_error's layout to the last byte", () => {
    const reader = new XdrReader(
      encodeError(new LibvirtError(errorCode.noDomain, errorDomain.qemu, "no 'a'")),
    );
    expect([reader.int(), reader.int()]).toEqual([42, 10]);
    expect(reader.optional(() => reader.string())).toBe("no 'a'");
    expect(reader.int()).toBe(2);
    expect(reader.optional(() => "a domain")).toBeUndefined();
    expect(reader.optional(() => reader.string())).toBe("no 'a'");
    expect(reader.optional(() => "str2")).toBeUndefined();
    expect(reader.optional(() => "str3")).toBeUndefined();
    expect([reader.int(), reader.int()]).toEqual([-1, -1]);
    expect(reader.optional(() => "a network")).toBeUndefined();
    expect(reader.remaining).toBe(0);
  });

  test("come back as they were sent", () => {
    const sent = new LibvirtError(errorCode.system, errorDomain.rpc, "node 'n1' cannot be reached");
    expect(decodeError(encodeError(sent))).toMatchObject({ code: 38, domain: 7, message: sent.message });
  });

  test("keep a DVCE error's code and what it says of each node", () => {
    const infeasible = new DvceError("DVCE_PLACEMENT_INFEASIBLE", "No node can take 'web-0'.", {
      details: [{ message: "n1: 64 MiB of memory are free" }, { message: "n2: is cordoned" }],
    });
    expect(toLibvirtError(infeasible)).toMatchObject({
      code: errorCode.operationFailed,
      message:
        "DVCE_PLACEMENT_INFEASIBLE: No node can take 'web-0'.\n- n1: 64 MiB of memory are free\n- n2: is cordoned",
    });
  });
});
