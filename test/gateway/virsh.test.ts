/**
 * The gateway between an unmodified virsh and two real libvirt hosts.
 *
 * Needs root, libvirt and QEMU. Names its own pool ("tgw").
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { domainXml, GatewayPool, settings, volumeDisk } from "./support";

jest.setTimeout(4 * 60_000);

let pool: GatewayPool;

beforeAll(async () => {
  pool = await GatewayPool.up();
});

afterAll(() => pool.down());

afterEach(() => pool.clear());

/** Milliseconds that `work` takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = Date.now();
  await work();
  return Date.now() - startedMs;
}

describe("one domain", () => {
  test("lives through virsh as on one host, on the node of its placement", async () => {
    pool.routing.placements.set("web-0", "n2");
    await pool.define(domainXml("web-0"));
    expect(await pool.ask("domstate", "web-0")).toBe("shut off");
    await pool.ask("start", "web-0");
    expect(await pool.direct("n2", ["domstate", "web-0"])).toBe("running");
    const uuid = await pool.ask("domuuid", "web-0");
    expect(pool.routing.defined.get(uuid)).toEqual({ name: "web-0", node: "n2" });
    expect(pool.routing.started).toContain(uuid);
    expect(await pool.ask("dominfo", uuid)).toMatch(/Name: +web-0[\s\S]*State: +running/);
    expect(await pool.ask("dumpxml", "web-0")).toContain("<name>web-0</name>");
    expect(await pool.ask("domstats", "web-0", "--state")).toContain("state.state=1");
    await pool.ask("suspend", "web-0");
    expect(await pool.ask("domstate", "web-0")).toBe("paused");
    await pool.ask("resume", "web-0");
    await pool.ask("destroy", "web-0");
    await pool.ask("undefine", "web-0");
    expect(await pool.domains()).toEqual([]);
    expect(pool.routing.defined.size).toBe(0);
  });

  test("is reached over the Unix socket as well", async () => {
    await pool.define(domainXml("web-0"));
    const listed = await pool.virsh(["list", "--all", "--name"], pool.socketUri);
    expect(listed.stdout.trim()).toBe("web-0");
  });

  test("that nobody placed goes where there is room, and is defined again where it is", async () => {
    await pool.define(domainXml("a"));
    await pool.define(domainXml("b"));
    expect(await pool.direct("n1", ["list", "--all", "--name"])).toBe("a");
    expect(await pool.direct("n2", ["list", "--all", "--name"])).toBe("b");
    await pool.define(await pool.ask("dumpxml", "b"));
    expect(await pool.domains()).toEqual(["a", "b"]);
  });

  test("that was defined past the gateway is found, used and redefined in its place", async () => {
    await pool.defineDirectly("n2", "stray");
    expect(await pool.ask("domstate", "stray")).toBe("shut off");
    await pool.define(
      domainXml("stray")
        .replace("32<", "48<")
        .replace("<memory", `<uuid>${await pool.ask("domuuid", "stray")}</uuid><memory`),
    );
    expect(await pool.direct("n2", ["dominfo", "stray"])).toMatch(/Max memory: +49152 KiB/);
  });

  test("that two nodes have is reported and never chosen", async () => {
    await pool.defineDirectly("n1", "twin");
    await pool.defineDirectly("n2", "twin");
    const uuid = await pool.direct("n2", ["domuuid", "twin"]);
    const result = await pool.virsh(["define", await pool.file("twin.xml", domainXml("twin"))]);
    expect(result.stderr).toContain("domain 'twin' is on nodes 'n1' and 'n2'");
    expect((await pool.virsh(["domstate", "twin"])).code).not.toBe(0);
    expect(await pool.ask("domstate", uuid)).toBe("shut off");
  });

  test("that is not kept is placed, and forgotten when it ends", async () => {
    await pool.ask("create", await pool.file("transient.xml", domainXml("brief")));
    expect(await pool.ask("domstate", "brief")).toBe("running");
    expect(pool.routing.started.size).toBe(1);
    await pool.ask("destroy", "brief");
    expect(pool.routing.defined.size).toBe(0);
    expect(await pool.domains()).toEqual([]);
  });

  test("on a DVCE volume stops instead of failing, and its console is logged", async () => {
    await pool.makeVolume("n1", "db-0.qcow2");
    pool.routing.placements.set("db-0", "n1");
    await pool.define(domainXml("db-0", volumeDisk("db-0.qcow2")));
    await pool.ask("start", "db-0");
    const xml = await pool.direct("n1", ["dumpxml", "db-0"]);
    expect(xml).toContain("<driver name='qemu' type='qcow2' error_policy='stop' rerror_policy='stop'/>");
    expect(xml).toContain("<log file='/var/lib/dvce/consoles/db-0.log' append='off'/>");
    expect(await pool.onHost("n1", ["ls", "/var/lib/dvce/consoles"])).toBe("db-0.log");
  });
});

describe("lists and lookups", () => {
  test("show the storage pool once and the volumes of all nodes", async () => {
    await pool.makeVolume("n1", "one.qcow2");
    const path = await pool.makeVolume("n2", "two.qcow2");
    expect((await pool.ask("pool-list", "--all", "--name")).trim()).toBe("dvce");
    const volumes = await pool.ask("vol-list", "dvce");
    expect(volumes).toContain("one.qcow2");
    expect(volumes).toContain("two.qcow2");
    expect(await pool.ask("vol-path", "--pool", "dvce", "two.qcow2")).toBe(path);
    expect(await pool.ask("vol-pool", path)).toBe("dvce");
    expect(await pool.ask("vol-dumpxml", path)).toContain("<capacity unit='bytes'>16777216</capacity>");
    expect(await pool.ask("vol-dumpxml", "--pool", "dvce", "one.qcow2")).toContain("<name>one.qcow2</name>");
    await pool.ask("pool-refresh", "dvce");
    expect(await pool.ask("pool-info", "dvce")).toMatch(/State: +running/);
    const uuid = await pool.direct("n2", ["pool-uuid", "dvce"]);
    expect(await pool.ask("pool-dumpxml", uuid)).toContain(uuid);
  });

  test("describe a host for all", async () => {
    expect(await pool.ask("version")).toMatch(/Running hypervisor: QEMU/);
    expect(await pool.ask("nodeinfo")).toMatch(/CPU\(s\): +\d+/);
    expect(await pool.ask("capabilities")).toContain("<capabilities>");
    expect(await pool.ask("domcapabilities")).toContain("<domainCapabilities>");
    expect((await pool.virsh(["net-list", "--all"])).code).toBe(0);
  });

  test("of what does not exist say so", async () => {
    const volume = await pool.virsh(["vol-info", "/var/lib/dvce/volumes/none.qcow2"]);
    expect(volume.stderr).toContain("storage volume /var/lib/dvce/volumes/none.qcow2 not found");
    const uuid = "11111111-2222-4333-8444-555555555555";
    expect((await pool.virsh(["domstate", uuid])).stderr).toContain("failed to get domain");
    expect((await pool.virsh(["pool-info", "none"])).stderr).toContain("storage pool 'none' not found");
  });
});

test("what does not pass through the gateway is refused at once", async () => {
  await pool.makeVolume("n1", "upload.qcow2");
  let refused = "";
  const spentMs = await timed(async () => {
    const upload = await pool.virsh(["vol-upload", "--pool", "dvce", "upload.qcow2", "/etc/hostname"]);
    refused = upload.stderr;
  });
  expect(refused).toContain("this function is not supported by the connection driver: STORAGE_VOL_UPLOAD");
  expect(spentMs).toBeLessThan(2_000);
});

test("a read-only connection reads and cannot write, not even by placing a domain", async () => {
  await pool.define(domainXml("kept"));
  expect((await pool.virsh(["--readonly", "domstate", "kept"])).stdout.trim()).toBe("shut off");
  expect((await pool.virsh(["--readonly", "start", "kept"])).stderr).toContain("read only access");
  const define = await pool.virsh(["--readonly", "define", await pool.file("new.xml", domainXml("new"))]);
  expect(define.stderr).toContain("read only access");
  expect(await pool.domains()).toEqual(["kept"]);
});

test("events of all nodes come over one connection", async () => {
  pool.routing.placements.set("one", "n1");
  pool.routing.placements.set("two", "n2");
  await pool.define(domainXml("one"));
  await pool.define(domainXml("two"));
  const watch = spawn("virsh", ["--connect", pool.uri, "event", "--event", "lifecycle", "--loop"]);
  let seen = "";
  watch.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  const deadlineMs = Date.now() + 20_000;
  // virsh does not say when it has registered, so start and stop until it has seen both.
  while (!(/'one': Started/.test(seen) && /'two': Started/.test(seen)) && Date.now() < deadlineMs) {
    await delay(300);
    for (const domain of ["one", "two"]) {
      await pool.ask("start", domain);
      await pool.ask("destroy", domain);
    }
  }
  watch.kill("SIGINT");
  await once(watch, "close");
  expect(seen).toMatch(/event 'lifecycle' for domain 'one': Started/);
  expect(seen).toMatch(/event 'lifecycle' for domain 'two': Started/);
});

describe("a node in trouble", () => {
  let uuidOfRight: string;

  beforeEach(async () => {
    pool.routing.placements.set("left", "n1");
    pool.routing.placements.set("right", "n2");
    await pool.define(domainXml("left"));
    await pool.define(domainXml("right"));
    uuidOfRight = await pool.ask("domuuid", "right");
  });

  /** The domain of the good node at its usual speed, the other's with an error that names the node. */
  async function expectOnlyRightLost(): Promise<void> {
    // The first list may wait for the node once; every later one leaves it out at once.
    expect(await pool.domains()).toEqual(["left"]);
    expect(await timed(() => pool.domains())).toBeLessThan(1_000);
    expect(await timed(() => pool.ask("domstate", "left"))).toBeLessThan(1_000);
    const define = await pool.virsh(["define", await pool.file("right.xml", domainXml("right"))]);
    expect(define.stderr).toContain("node 'n2' cannot be reached");
  }

  /** Suspicion of a node that was away ends after a time. */
  async function expectBack(): Promise<void> {
    const deadlineMs = Date.now() + 20_000;
    while ((await pool.domains()).length !== 2 && Date.now() < deadlineMs) await delay(200);
    expect(await pool.domains()).toEqual(["left", "right"]);
  }

  test("cut off: its calls fail, the others' do not wait", async () => {
    await pool.host("n2").cut();
    try {
      await expectOnlyRightLost();
    } finally {
      await pool.host("n2").heal();
    }
    await expectBack();
  });

  test("hanging: its calls end with an error instead of waiting for ever", async () => {
    await pool.signalLibvirtd("n2", "SIGSTOP");
    try {
      await expectOnlyRightLost();
    } finally {
      await pool.signalLibvirtd("n2", "SIGCONT");
    }
    await expectBack();
  });

  test("a connection in use when a node hangs goes on for the other nodes, and its calls for that one end", async () => {
    const watch = spawn("virsh", ["--connect", pool.uri]);
    let said = "";
    for (const stream of [watch.stdout, watch.stderr]) {
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    }
    const saying = async (text: RegExp): Promise<void> => {
      const deadlineMs = Date.now() + 15_000;
      while (!text.test(said)) {
        if (Date.now() > deadlineMs) throw new Error(`virsh did not say ${text.source}: ${said}`);
        await delay(50);
      }
    };
    watch.stdin.write("domstate right\n");
    await saying(/shut off/);
    await pool.signalLibvirtd("n2", "SIGSTOP");
    try {
      watch.stdin.write("pool-info dvce\nnodeinfo\n");
      await saying(/CPU/);
      watch.stdin.write("autostart right\n");
      await saying(/failed to get domain 'right'/);
    } finally {
      await pool.signalLibvirtd("n2", "SIGCONT");
      watch.stdin.end("quit\n");
      await once(watch, "close");
    }
    await expectBack();
  });

  test("that hung only while a client left is not held against it", async () => {
    await pool.signalLibvirtd("n2", "SIGSTOP");
    const impatient = spawn("virsh", ["--connect", pool.uri, "domstate", "right"], { stdio: "ignore" });
    await delay(500);
    impatient.kill("SIGKILL");
    await once(impatient, "close");
    await delay(settings.openTimeoutMs + 500);
    await pool.signalLibvirtd("n2", "SIGCONT");
    expect(await pool.domains()).toEqual(["left", "right"]);
  });

  test("killed and started again: the next call opens a new connection", async () => {
    await pool.host("n2").kill();
    expect(await pool.domains()).toEqual(["left"]);
    await pool.host("n2").start();
    await expectBack();
    expect(await pool.ask("domstate", "right")).toBe("shut off");
  });

  test("without heartbeats: refused at once, with its name", async () => {
    pool.routing.setState("n2", "unreachable");
    const spentMs = await timed(async () => {
      const result = await pool.virsh(["define", await pool.file("right.xml", domainXml("right"))]);
      expect(result.stderr).toContain("node 'n2' cannot be reached: it sends no heartbeats");
    });
    expect(spentMs).toBeLessThan(1_000);
    expect(await pool.domains()).toEqual(["left"]);
    pool.routing.setState("n2", "ready");
    expect(await pool.domains()).toEqual(["left", "right"]);
  });

  test("joining again: its domains are still seen", async () => {
    pool.routing.setState("n2", "joining");
    expect(await pool.domains()).toEqual(["left", "right"]);
    pool.routing.setState("n2", "ready");
  });

  test("fenced: there is no such domain, and none is defined there", async () => {
    pool.routing.setState("n2", "fenced");
    expect((await pool.virsh(["domstate", uuidOfRight])).stderr).toContain("failed to get domain");
    expect(await pool.domains()).toEqual(["left"]);
    const result = await pool.virsh(["define", await pool.file("right.xml", domainXml("right"))]);
    expect(result.stderr).toContain("is placed on node 'n2', which is fenced; apply its cluster again");
    pool.routing.setState("n2", "ready");
    expect(await pool.domains()).toEqual(["left", "right"]);
  });
});
