import { bootsGuests } from "./kvm-probe";

describe("the KVM probe", () => {
  it("sees that QEMU's own emulation boots a guest", async () => {
    expect(await bootsGuests({ accelerator: "tcg", deadlineMs: 20_000 })).toBe(true);
  }, 30_000);

  it("takes a guest that does not end in time for one that does not boot", async () => {
    expect(await bootsGuests({ accelerator: "tcg", deadlineMs: 1 })).toBe(false);
  });

  it("takes any other exit code, and a program that is not there, for no", async () => {
    expect(await bootsGuests({ program: "true" })).toBe(false);
    expect(await bootsGuests({ program: "/nonexistent/qemu" })).toBe(false);
  });
});
