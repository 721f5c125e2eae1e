import { clusterSpecSchema } from "./cluster";
import { digestSchema, nameSchema } from "./common";
import { seedPath, volumeDirectory, volumePath } from "./volume";

const member = {
  name: "web-0",
  version: "a".repeat(64),
  vcpus: 1,
  memoryMiB: 512,
  diskBytes: 1 << 30,
};

describe("names", () => {
  test.each(["a", "web-0", "n1", "a".repeat(63)])("accepts %s", (name) => {
    expect(nameSchema.safeParse(name).success).toBe(true);
  });
  test.each(["", "-a", "a-", "Web", "a.b", "a_b", "a/b", "..", "a".repeat(64)])("refuses %j", (name) => {
    expect(nameSchema.safeParse(name).success).toBe(false);
  });
});

test("digests are lower-case hex of exact length", () => {
  expect(digestSchema.safeParse("0".repeat(64)).success).toBe(true);
  for (const bad of ["0".repeat(63), "A".repeat(64), `sha256:${"0".repeat(64)}`]) {
    expect(digestSchema.safeParse(bad).success).toBe(false);
  }
});

describe("cluster specification", () => {
  test("fills in constraints", () => {
    const spec = clusterSpecSchema.parse({ name: "web", members: [member] });
    expect(spec.constraints).toEqual({
      antiAffinity: false,
      nodeSelector: {},
      maxSkew: {},
      architecture: null,
    });
  });
  test.each([
    ["no members", { members: [] }],
    ["half a vCPU", { members: [{ ...member, vcpus: 0.5 }] }],
    ["too little memory", { members: [{ ...member, memoryMiB: 1 }] }],
    ["a negative disk", { members: [{ ...member, diskBytes: -1 }] }],
    ["a disk past exact integers", { members: [{ ...member, diskBytes: 2 ** 60 }] }],
  ])("refuses %s", (_what, part) => {
    expect(clusterSpecSchema.safeParse({ name: "web", ...part }).success).toBe(false);
  });
});

test("volume and seed of a domain lie side by side in the pool's folder", () => {
  expect(volumePath("web-web-0")).toBe(`${volumeDirectory}/web-web-0.qcow2`);
  expect(seedPath("web-web-0")).toBe(`${volumeDirectory}/web-web-0-seed.iso`);
});
