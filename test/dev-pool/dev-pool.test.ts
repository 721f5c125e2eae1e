/**
 * The development pool for real: namespaces, libvirtd, agents, controller, and that nothing is ever left.
 *
 * Needs root and libvirt. Names its own pools ("tpool", "tother"), so that it may run beside any other.
 */
import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DevPool, type DevHost, type RunResult } from "../../service/src/dev-pool";

const name = "tpool";
const minuteMs = 60_000;
jest.setTimeout(4 * minuteMs);

const idleGuest = `<domain type='qemu'><name>idle</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
  <os><type arch='x86_64'>hvm</type></os><devices/></domain>`;

async function startIdleGuest(host: DevHost): Promise<RunResult> {
  await writeFile(host.file("/var/lib/libvirt/idle.xml"), idleGuest);
  return host.exec(["virsh", "-c", "qemu:///system", "create", "/var/lib/libvirt/idle.xml"]);
}

/** Whether `from` can open a TCP connection to `to`'s agent. */
async function reaches(from: DevHost, to: DevHost): Promise<boolean> {
  const target = to.agentUrl.slice("http://".length).split(":");
  const script = `const s=require("net").connect({host:"${target[0]}",port:${target[1]}});
    s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1));setTimeout(()=>process.exit(1),1500)`;
  return (await from.exec([process.execPath, "-e", script])).code === 0;
}

/** Repeats `look` until it answers true, or fails. */
async function eventually(look: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${look.toString()}`);
    await delay(200);
  }
}

const mountsOfPool = (directory: string): string[] =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(directory));

afterAll(async () => {
  await DevPool.down({ name });
  await DevPool.down({ name: "tother" });
});

describe("a development pool", () => {
  let pool: DevPool;

  beforeAll(async () => {
    await DevPool.down({ name });
    pool = await DevPool.up({ name, hosts: 2, rate: "200mbit" });
  });

  test("has a controller, ready nodes and a libvirt of its own on every host", async () => {
    const status = await pool.status();
    expect(status.controller).toBe("running");
    expect(status.hosts.map((host) => ({ ...host, address: "" }))).toEqual(
      ["n1", "n2"].map((node) => ({
        name: node,
        address: "",
        link: "up",
        libvirtd: "running",
        agent: "running",
        guests: 0,
      })),
    );
    const nodes = await (await pool.client("viewer")).listNodes();
    expect(nodes.map((node) => [node.name, node.state, node.linkBytesPerSecond]).sort()).toEqual([
      ["n1", "ready", 25_000_000],
      ["n2", "ready", 25_000_000],
    ]);
    const uuids = await Promise.all(
      pool.hosts.map(async (host) => {
        const result = await host.exec(["virsh", "-c", "qemu:///system", "capabilities"]);
        return /<uuid>(.*)<\/uuid>/.exec(result.stdout)?.[1];
      }),
    );
    expect(new Set(uuids).size).toBe(2);
  });

  test("limits every link in both directions", async () => {
    const limits = await Promise.all(
      pool.hosts.map((host) => host.exec(["tc", "-j", "qdisc", "show", "dev", "eth0"])),
    );
    for (const limit of limits) {
      expect(JSON.parse(limit.stdout)).toMatchObject([{ kind: "tbf", options: { rate: 25_000_000 } }]);
    }
  });

  test("brought up again is the same pool; in another shape it is refused", async () => {
    const again = await DevPool.up({ name });
    expect(again.url).toBe(pool.url);
    expect(await again.token("admin")).toBe(await pool.token("admin"));
    await expect(DevPool.up({ name, hosts: 3 })).rejects.toMatchObject({
      code: "DVCE_POOL_EXISTS",
      message: expect.stringContaining("hosts 2 (asked: 3)") as string,
    });
    expect((await pool.status()).hosts).toHaveLength(2);
  });

  test("a killed host loses agent and libvirtd but not its guests, and comes back with them", async () => {
    const host = pool.host("n1");
    const define = await startIdleGuest(host);
    expect(define.stderr).toBe("");
    await host.kill();
    expect(await host.status()).toMatchObject({ libvirtd: "stopped", agent: "stopped", guests: 1 });
    await host.start();
    expect(await host.status()).toMatchObject({ libvirtd: "running", agent: "running", guests: 1 });
    expect((await host.exec(["virsh", "-c", "qemu:///system", "domstate", "idle"])).stdout.trim()).toBe(
      "running",
    );
    await pool.waitReady();
    await host.kill({ withGuests: true });
    expect(await host.status()).toMatchObject({ guests: 0 });
    await host.start();
    await pool.waitReady();
  });

  test("a host that is cut off cannot be reached until it is healed", async () => {
    const [first, second] = [pool.host("n1"), pool.host("n2")];
    expect(await reaches(first, second)).toBe(true);
    await second.cut();
    expect(await second.status()).toMatchObject({ link: "cut", agent: "running" });
    expect(await reaches(first, second)).toBe(false);
    const client = await pool.client();
    await eventually(async () =>
      (await client.listNodes()).some((n) => n.name === "n2" && n.state === "unreachable"),
    );
    await second.heal();
    expect(await reaches(first, second)).toBe(true);
    await pool.waitReady();
  });

  test("a stopped host runs nothing until it is started", async () => {
    const host = pool.host("n2");
    await host.stop();
    expect(await host.status()).toMatchObject({ libvirtd: "stopped", agent: "stopped", guests: 0 });
    await expect(host.exec(["true"])).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
    await host.start();
    await pool.waitReady();
  });

  test("the controller killed comes back with its nodes", async () => {
    await pool.stopController({ kill: true });
    expect((await pool.status()).controller).toBe("stopped");
    await pool.startController();
    await pool.waitReady();
  });

  test("a second pool lives beside it, and its end touches only itself", async () => {
    const other = await DevPool.up({ name: "tother", hosts: 1, controller: false });
    expect(other.host("n1").address).not.toBe(pool.host("n1").address);
    expect((await other.status()).hosts).toMatchObject([{ libvirtd: "running", agent: "stopped" }]);
    await other.down();
    expect(await DevPool.leftovers({ name: "tother" })).toEqual([]);
    await pool.waitReady();
  });

  test("down leaves nothing, after kill -9 of its parts and with its records lost", async () => {
    const { directory } = pool;
    const host = pool.host("n1");
    await startIdleGuest(host);
    await host.kill();
    await rm(join(directory, "pool.json"));
    await rm(join(directory, "pids"), { recursive: true });
    expect((await DevPool.leftovers({ name })).length).toBeGreaterThan(5);
    await DevPool.down({ name });
    expect(await DevPool.leftovers({ name })).toEqual([]);
    expect(mountsOfPool(directory)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    await DevPool.down({ name });
    await expect(DevPool.open({ name })).rejects.toMatchObject({ code: "DVCE_POOL_NOT_FOUND" });
  });
});

test("a start that fails shows the failing process's last lines and leaves nothing", async () => {
  const broken = ["sh", "-c", "echo the disk is on fire; exit 3"];
  await expect(DevPool.up({ name, hosts: 1, command: broken })).rejects.toMatchObject({
    code: "DVCE_TOOL_FAILED",
    message: expect.stringContaining("the disk is on fire") as string,
  });
  expect(await DevPool.leftovers({ name })).toEqual([]);
});

test("a start that is interrupted leaves nothing", async () => {
  const abort = new AbortController();
  const start = DevPool.up({
    name,
    hosts: 2,
    controller: false,
    signal: abort.signal,
    onProgress: (line) => {
      if (line.includes("is up")) abort.abort(new Error("interrupted"));
    },
  });
  await expect(start).rejects.toThrow("interrupted");
  expect(await DevPool.leftovers({ name })).toEqual([]);
});
