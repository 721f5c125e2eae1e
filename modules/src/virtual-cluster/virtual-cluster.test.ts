import { TerraformOutput, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import fc from "fast-check";
import { Image } from "../image/image";
import { Pool } from "../pool/pool";
import { stackOf, synthesise } from "../testing/synthesise";
import { VirtualCluster, type VirtualClusterProps } from "./virtual-cluster";

const size = { vcpus: 2, memoryMiB: 1024, diskGiB: 10 };
const web = { name: "web", count: 2, ...size };
type Given = Omit<VirtualClusterProps, "image">;

function declare(scope: Construct, clusters: Readonly<Record<string, Given>>): VirtualCluster[] {
  new Pool(scope, "pool", { libvirtUri: "qemu+tcp://gateway:16509/system" });
  const image = new Image(scope, "debian", { path: "/srv/debian.qcow2" });
  return Object.entries(clusters).map(([id, props]) => new VirtualCluster(scope, id, { image, ...props }));
}

const synthesised = (clusters: Readonly<Record<string, Given>>) =>
  synthesise((scope) => declare(scope, clusters));

function memberNames(groups: VirtualClusterProps["members"]): string[] {
  let names: string[] = [];
  stackOf((scope) => {
    names = declare(scope, { site: { members: groups } }).flatMap((cluster) =>
      cluster.members.map((member) => member.name),
    );
  });
  return names;
}

describe("VirtualCluster", () => {
  const everything: Given = {
    members: [
      { name: "web", count: 2, ...size },
      { name: "db", count: 1, vcpus: 4, memoryMiB: 4096, diskGiB: 40 },
    ],
    sshAuthorizedKeys: ["ssh-ed25519 AAAAC3Nz someone@example.org"],
    userData: "#cloud-config\npackages: [nginx]\n",
    constraints: {
      antiAffinity: true,
      nodeSelector: { rack: "a" },
      maxSkew: { zone: 1 },
      architecture: "x86_64",
    },
    onMove: "restore",
    deletionProtection: true,
    rebalance: "2026-11",
    bridge: "br0",
    autostart: true,
  };

  it("declares a cluster, and a volume and a domain for each member", () => {
    expect(synthesised({ site: everything })).toMatchSnapshot();
  });

  it("leaves out what is not given", () => {
    const { resource } = synthesised({ site: { members: { ...web, count: 1 } } });
    expect(resource["dvce_cluster"]?.["site"]).toEqual({
      name: "site",
      members: {
        "web-0": { version: "${dvce_image.debian.version}", vcpus: 2, memory_mib: 1024, disk_gib: 10 },
      },
    });
    expect(Object.keys(resource["dvce_volume"]?.["site-web-0"] ?? {}).sort()).toEqual([
      "cluster",
      "disk_gib",
      "member",
      "node",
      "version",
    ]);
    expect(resource["libvirt_domain"]?.["site-web-0"]).not.toHaveProperty("network_interface");
  });

  it("gives the same stack for the same input", () => {
    const once = JSON.stringify(synthesised({ site: everything }));
    expect(JSON.stringify(synthesised({ site: everything }))).toBe(once);
  });

  it("gives the placements as one expression for an output", () => {
    const stack = synthesise((scope) => {
      const [site] = declare(scope, { site: { members: web } });
      new TerraformOutput(scope, "placements", { value: site?.placements });
      new TerraformOutput(scope, "first", { value: site?.members[0]?.placement.missingBytes });
    });
    expect(stack.output).toEqual({
      placements: { value: "${dvce_cluster.site.placements}" },
      first: { value: '${dvce_cluster.site.placements["web-0"].missing_bytes}' },
    });
  });

  it("names members after the cluster unless the group has a name", () => {
    expect(memberNames({ count: 2, ...size })).toEqual(["site-0", "site-1"]);
    expect(memberNames(web)).toEqual(["web-0", "web-1"]);
  });

  it("keeps members' names, and so their resources, when a group grows or shrinks", () => {
    const count = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(count, count, (before, after) => {
        const names = (webs: number) =>
          memberNames([
            { ...web, count: webs },
            { name: "db", count: 1, ...size },
          ]);
        const least = Math.min(before, after);
        const kept = new Set(names(after));
        expect(
          names(before)
            .slice(0, least)
            .every((name) => kept.has(name)),
        ).toBe(true);
        expect(kept.has("db-0")).toBe(true);
      }),
      { numRuns: 20 },
    );
    const small = synthesised({ site: { members: web } }).resource;
    const large = synthesised({ site: { members: { ...web, count: 5 } } }).resource;
    expect(large["libvirt_domain"]).toMatchObject(small["libvirt_domain"] ?? {});
    expect(large["dvce_volume"]).toMatchObject(small["dvce_volume"] ?? {});
  });

  it("gives user data to the guest as it is, expressions from constructs aside", () => {
    const { resource } = synthesise((scope) => {
      const secret = new TerraformVariable(scope, "secret", { type: "string", sensitive: true });
      const userData = `#!/bin/sh\necho "\${HOME}" 100%{x} $\{TEST} ${secret.stringValue} "\n`;
      declare(scope, { site: { members: web, userData } });
    });
    expect(resource["dvce_volume"]?.["site-web-0"]?.["user_data"]).toBe(
      '#!/bin/sh\necho "$${HOME}" 100%%{x} $${TEST} ${var.secret} "\n',
    );
  });

  it("passes sizes and user data that are expressions on", () => {
    const { resource } = synthesise((scope) => {
      const memory = new TerraformVariable(scope, "memory", { type: "number" });
      const data = new TerraformVariable(scope, "data", { type: "string", sensitive: true });
      declare(scope, {
        site: { members: { ...web, memoryMiB: memory.numberValue }, userData: data.stringValue },
      });
    });
    expect(resource["libvirt_domain"]?.["site-web-0"]?.["memory"]).toBe("${var.memory}");
    expect(resource["dvce_volume"]?.["site-web-0"]?.["user_data"]).toBe("${var.data}");
  });

  it.each<[Given, RegExp]>([
    [
      { members: { ...web, count: 0 } },
      /^test\/site: members\.count is 0; must be a whole number from 1 to 1000\. Leave/,
    ],
    [{ members: { ...web, count: 1.5 } }, /members\.count is 1\.5; must be a whole number from 1 to 1000/],
    [{ members: { ...web, count: 1001 } }, /members\.count is 1001; must be a whole number from 1 to 1000/],
    [{ members: { ...web, vcpus: 0 } }, /members\.vcpus is 0; must be a whole number from 1 to 512\. Give/],
    [{ members: { ...web, memoryMiB: 32 } }, /members\.memoryMiB is 32; must be .* from 64 to 16777216/],
    [{ members: { ...web, diskGiB: 0.5 } }, /members\.diskGiB is 0\.5; must be .* from 1 to 1048576/],
    [{ members: { ...web, name: "Web" } }, /members\.name is "Web"; must be 1 to 63/],
    [{ members: [] }, /members is \[\]; must hold at least one group/],
    [{ members: [web, { ...web, name: "db", vcpus: -1 }] }, /members\.1\.vcpus is -1/],
    [{ members: web, name: "no_underscore" }, /name is "no_underscore"; must be/],
    [{ members: web, bridge: "a-very-long-bridge" }, /bridge is "a-very-long-bridge"; .* at most 15/],
    [{ members: web, sshAuthorizedKeys: ["~/.ssh/id.pub"] }, /sshAuthorizedKeys\.0 is .*TYPE KEY COMMENT/],
    [{ members: web, constraints: { nodeSelector: { "": "x" } } }, /constraints\.nodeSelector is/],
    [
      { members: web, constraints: { maxSkew: { zone: 0 } } },
      /constraints\.maxSkew is \{"zone":0\}; must give a whole number from 1 to 1000 for each label\. Give labels/,
    ],
    [
      { members: web, constraints: { architecture: "arm64" as "aarch64" } },
      /constraints\.architecture is "arm64"; must be one of "x86_64", "aarch64"/,
    ],
    [
      { members: web, onMove: "keep" as "restore" },
      /onMove is "keep"; must be one of "recreate", "restore", "forbid"\. Give "restore" to keep/,
    ],
    [{ members: web, rebalance: "x".repeat(254) }, /rebalance is "x+…; must be 253 characters or less/],
    [{ members: { ...web, name: "w".repeat(62) } }, /members\.name is "w+-0"; .*<=63 characters/],
  ])("refuses %j", (props, message) => {
    expect(() => synthesised({ site: props })).toThrow(
      expect.objectContaining({ code: "DVCE_INPUT_INVALID", message: expect.stringMatching(message) }),
    );
  });

  it("refuses a count that is only known later", () => {
    expect(() =>
      synthesise((scope) => {
        const count = new TerraformVariable(scope, "count", { type: "number" });
        declare(scope, { site: { members: { ...web, count: count.numberValue } } });
      }),
    ).toThrow(/members\.count is "a Terraform expression"; must be a plain value/);
  });

  it("refuses two members of one name, in one cluster or by their domains in two", () => {
    const duplicate = (message: RegExp) =>
      expect.objectContaining({ code: "DVCE_MEMBER_DUPLICATE", message: expect.stringMatching(message) });
    expect(() => synthesised({ site: { members: [web, web] } })).toThrow(
      duplicate(/test\/site: two members are named "web-0"; .* Give each group of members a name of its own/),
    );
    expect(() =>
      synthesised({
        a: { members: { ...web, name: "b-c" } },
        "a-b": { members: { ...web, name: "c" } },
      }),
    ).toThrow(
      duplicate(/test\/a-b: member "c-0" gives the domain name "a-b-c-0", which a member of test\/a has/),
    );
  });

  it("refuses a name that another cluster has", () => {
    expect(() =>
      synthesised({
        a: { name: "site", members: web },
        b: { name: "site", members: { ...web, name: "db" } },
      }),
    ).toThrow(/test\/b: the cluster name "site" is taken by test\/a/);
  });
});
