/** The controller as it runs: real sockets, real files, its real command; agents that keep things in memory. */
import { ControllerClient, type ErrorBody, type NodeRegistered } from "@dvce/api";
import { buildIndex, openImageSource, pushImage } from "@dvce/image";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pino from "pino";
import { openLibvirtTunnel } from "../../service/src/agent-link/libvirt-tunnel";
import { createToken } from "../../service/src/auth/token-file";
import { serveController, type RunningController } from "../../service/src/controller/serve";
import { startHttpAgent, type HttpAgent } from "../support/http-agent";
import { registrationOf } from "../support/memory-agent";

const root = resolve(__dirname, "../..");
const MiB = 1024 ** 2;

describe("a running controller", () => {
  let folder: string;
  let running: RunningController;
  let client: ControllerClient;
  let nodeClient: ControllerClient;
  let nodeToken: string;
  let libvirt: Server;
  let version: string;
  const agents = new Map<string, HttpAgent>();
  const epochs = new Map<string, NodeRegistered>();
  const environment: NodeJS.ProcessEnv = {};

  const urlOf = (position: number) => `http://127.0.0.1:${running.addresses[position]?.port}`;

  async function start(): Promise<void> {
    running = await serveController({
      listen: [
        { host: "127.0.0.1", port: 0 },
        { host: "127.0.0.1", port: 0 },
      ],
      dataDirectory: join(folder, "data"),
      tokensFile: join(folder, "tokens.json"),
      nodeTokenFile: join(folder, "node"),
      gatewayListen: [{ host: "127.0.0.1", port: 0 }],
      settings: { heartbeatIntervalMs: 60_000 }, // these agents report when they are told to
      clock: Date.now,
      logger: pino({ level: "silent" }),
      version: "0",
    });
    client = new ControllerClient({ url: urlOf(0), token: environment["DVCE_TOKEN"] ?? "" });
    nodeClient = new ControllerClient({ url: urlOf(1), token: nodeToken });
    environment["DVCE_URL"] = urlOf(0);
  }

  async function beat(name: string): Promise<boolean> {
    const agent = agents.get(name)?.agent;
    if (agent === undefined) throw new Error(`no agent ${name}`);
    const reply = await nodeClient.heartbeat(name, {
      epoch: epochs.get(name)?.epoch ?? 0,
      sequence: agent.nextSequence(),
      storeBytes: 0,
      baseBytes: 0,
      diskFreeBytes: 1e9,
      inventory: [...agent.indexes.keys()].map((known) => agent.inventory(known)),
    });
    return reply.sendAll;
  }

  async function dvce(...flags: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const node = join(root, "node_modules/.bin/node");
    const loader = join(root, "node_modules/tsx/dist/loader.mjs");
    const command = ["--import", loader, join(root, "service/src/main.ts"), ...flags];
    return new Promise((done) => {
      execFile(node, command, { env: { ...process.env, ...environment } }, (error, stdout, stderr) =>
        done({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
      );
    });
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "dvce-controller-test-"));
    environment["DVCE_TOKEN"] = await createToken(join(folder, "tokens.json"), "admin", "admin");
    nodeToken = await createToken(join(folder, "tokens.json"), "node", "node");
    writeFileSync(join(folder, "node"), `${nodeToken}\n`);
    const socketPath = join(folder, "libvirt-sock");
    libvirt = createServer((socket) =>
      socket.on("data", (data) => socket.write(`libvirt got ${data.toString()}`)),
    );
    await new Promise<void>((done) => libvirt.listen(socketPath, done));
    await start();
    for (const name of ["node-1", "node-2", "node-3"]) {
      const agent = await startHttpAgent(name, nodeToken, socketPath);
      agents.set(name, agent);
      epochs.set(name, await nodeClient.registerNode(name, registrationOf(agent.url)));
      expect(await beat(name)).toBe(true);
      expect(await beat(name)).toBe(false);
    }
  });

  afterAll(async () => {
    await running.close();
    for (const agent of agents.values()) await agent.close();
    await new Promise<void>((done) => libvirt.close(() => done()));
    rmSync(folder, { recursive: true });
  });

  it("takes an image from a file and keeps it on two nodes", async () => {
    const path = join(folder, "disk.raw");
    const disk = Buffer.alloc(4 * MiB);
    // A partition table's signature makes it a disk image; the rest is data that does not repeat.
    for (let at = MiB; at < 3 * MiB; at += 8) disk.writeDoubleLE(Math.sin(at), at);
    disk.writeUInt16LE(0xaa55, 510);
    disk.writeUInt8(0x83, 446 + 4);
    disk.writeUInt32LE(2048, 446 + 8);
    disk.writeUInt32LE(4096, 446 + 12);
    writeFileSync(path, disk);
    const source = await openImageSource(path);
    const index = await buildIndex(source);
    await source.close();
    const pushed = await pushImage(client, { image: "debian", path, index });
    expect(pushed).toMatchObject({ state: "complete", image: "debian", sizeBytes: 4 * MiB });
    expect(pushed.replicas).toHaveLength(2);
    version = pushed.version;
    expect(await nodeClient.getVersionIndex(version)).toEqual(index.encode());
    const { sources } = await nodeClient.getVersionSources(version);
    expect(sources.map((source) => source.agentUrl)).toContain(agents.get("node-1")?.url);
  });

  it("plans, commits and shows a cluster, and makes its volumes on the placed nodes", async () => {
    const member = { version, vcpus: 1, memoryMiB: 512, diskBytes: 8 * MiB };
    const spec = {
      name: "web",
      members: [0, 1, 2].map((number) => ({ ...member, name: `${number}` })),
      constraints: { antiAffinity: true, nodeSelector: {} },
    };
    const plan = await client.planCluster(spec);
    expect(plan.placements.map((placement) => placement.node)).toEqual(["node-1", "node-2", "node-3"]);
    expect(plan.placements[2]?.missingBytes).toBeGreaterThan(0);
    const cluster = await client.commitCluster({ spec, placements: plan.placements });
    expect(cluster.placements).toEqual(plan.placements);
    const seed = { hostname: "web-2", userData: "", sshAuthorizedKeys: [] };
    const volume = await client.createVolume({ cluster: "web", member: "2", node: "node-3", seed });
    expect(await client.getVolume("web-2")).toEqual(volume);
    expect(agents.get("node-3")?.agent.volumes.size).toBe(1);
    expect(await client.getConsole("web-2", 10)).toMatchObject({ text: "console of web-2" });
    await expect(client.deleteCluster("web")).rejects.toMatchObject({ code: "DVCE_CLUSTER_IN_USE" });
    await expect(client.deleteImage("debian")).rejects.toMatchObject({ code: "DVCE_IMAGE_IN_USE" });
  });

  it("opens a tunnel to a node's libvirt, and says why when it cannot", async () => {
    const agentUrl = agents.get("node-1")?.url ?? "";
    const socket = await openLibvirtTunnel({ agentUrl, nodeToken, readonly: false });
    const answer = new Promise<string>((done) => socket.once("data", (data) => done(data.toString())));
    socket.write("hello");
    expect(await answer).toBe("libvirt got hello");
    socket.destroy();
    await expect(openLibvirtTunnel({ agentUrl, nodeToken: "wrong", readonly: false })).rejects.toMatchObject({
      code: "DVCE_UNAUTHENTICATED",
    });
    const nowhere = { agentUrl: "http://127.0.0.1:1", nodeToken, readonly: true };
    await expect(openLibvirtTunnel(nowhere)).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
  });

  it("refuses bodies beyond their bound and malformed ones, and stores nothing", async () => {
    const send = async (path: string, type: string, body: Buffer | string) => {
      const headers = { authorization: `Bearer ${environment["DVCE_TOKEN"]}`, "content-type": type };
      const response = await fetch(`${urlOf(0)}${path}`, { method: "POST", headers, body });
      return [response.status, ((await response.json()) as ErrorBody).error.code];
    };
    const octets = "application/octet-stream";
    expect(await send("/v1/versions?image=x", octets, Buffer.alloc(100))).toEqual([
      400,
      "DVCE_INDEX_INVALID",
    ]);
    expect(await send("/v1/versions?image=X!", octets, Buffer.alloc(1))).toEqual([400, "DVCE_INPUT_INVALID"]);
    expect(await send("/v1/versions?image=x", "application/json", "{}")).toEqual([400, "DVCE_INPUT_INVALID"]);
    const large = JSON.stringify({ members: "x".repeat(33 * MiB) });
    expect(await send("/v1/clusters/x/plan", "application/json", large)).toEqual([
      413,
      "DVCE_BODY_TOO_LARGE",
    ]);
    expect((await client.listImages()).map((image) => image.name)).toEqual(["debian"]);
  });

  it("is operated by its command", async () => {
    const nodes = await dvce("node", "ls");
    expect(nodes.stderr).toBe("");
    expect(nodes.stdout).toMatch(/^NODE +STATE +VCPU/);
    expect(nodes.stdout).toMatch(/node-3 +ready +1\/4 +512 MiB\/4.0 GiB/);
    expect((await dvce("node", "inspect", "node-3")).stdout).toMatch(
      /^node +node-3\n.*health +not reported yet/s,
    );
    const shown = await dvce("cluster", "show", "web", "--json");
    expect(JSON.parse(shown.stdout)).toEqual(await client.getCluster("web"));
    expect((await dvce("node", "cordon", "node-1")).stdout).toBe("node node-1 is cordoned\n");

    const file = join(folder, "spec.json");
    const member = { name: "0", image: "debian", vcpus: 1, memoryMiB: 512, diskBytes: 8 * MiB };
    const write = (members: unknown[]) => writeFileSync(file, JSON.stringify({ name: "two", members }));
    write([member]);
    expect((await dvce("cluster", "plan", file)).stdout).toMatch(
      /0 +node-2 +0 B +0.0 +already has the whole image/,
    );
    write([member, member]);
    const twice = await dvce("cluster", "plan", file);
    expect([twice.code, twice.stdout]).toEqual([1, ""]);
    expect(twice.stderr).toMatch(/^error: Member 0 is named twice .* \(DVCE_MEMBER_DUPLICATE\)\n$/);
    write([{ ...member, memoryMiB: 1 << 20 }]);
    const infeasible = await dvce("cluster", "plan", file);
    expect(infeasible.code).toBe(1);
    expect(infeasible.stderr).toContain("(DVCE_PLACEMENT_INFEASIBLE)\n  members.0: node-1 is cordoned");
    expect(infeasible.stderr).toMatch(/members\.0: node-2 has too little memory: 1048576 MiB needed/);

    const usage = await dvce("cluster", "plan");
    expect([usage.code, usage.stdout]).toEqual([2, ""]);
    const unreachable = await dvce("node", "ls", "--url", "http://127.0.0.1:1");
    expect(unreachable.code).toBe(1);
    expect(unreachable.stderr).toMatch(
      /^error: No answer from the controller .*\(DVCE_CONTROLLER_UNREACHABLE\)\n$/,
    );
  }, 60_000);

  it("explains, rebalances and drains by its command", async () => {
    const explained = await dvce("cluster", "explain", "web");
    expect(explained.stderr).toBe("");
    expect(explained.stdout).toMatch(/^MEMBER +NODE +TO FETCH +SECONDS +WHY\n0 +node-1 /);
    expect(explained.stdout).toMatch(/\n +not node-2 +0 B .* anti-affinity: /);
    expect(explained.stdout).toMatch(/\nwarning: 0: node-1 is cordoned/);
    const file = join(folder, "spec.json");
    const member = { name: "0", version, vcpus: 1, memoryMiB: 512, diskBytes: 8 * MiB };
    writeFileSync(file, JSON.stringify({ name: "two", members: [member] }));
    const plan = await dvce("cluster", "plan", file, "--explain", "--json");
    expect(JSON.parse(plan.stdout)).toMatchObject({
      explanations: [{ member: "0", chosen: { node: "node-2" }, furtherNodes: 0 }],
    });
    const rebalanced = await dvce("cluster", "rebalance", "web", "--apply");
    expect(rebalanced.stdout).toMatch(/no member of 3 moves: committed\n$/);
    expect((await client.getCluster("web")).spec.rebalance).toMatch(/^since 2/);

    const drained = await dvce("node", "drain", "node-3");
    expect(drained.stdout).toBe(
      "node node-3 is draining\nthe next apply places these members elsewhere: web (2)\n",
    );
    const wrong = await dvce("node", "uncordon", "node-3");
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      "error: Node node-3 is draining: take that back with 'dvce node undrain node-3'. (DVCE_NODE_STATE)\n",
    ]);
    const stays = await dvce("node", "rm", "node-3");
    expect(stays.stderr).toMatch(
      /^error: Node node-3 cannot be removed: cluster web has members on it .*; it is draining: /,
    );
    expect((await dvce("node", "undrain", "node-3", "--json")).stdout).toMatch(/"state": "ready"/);
    expect((await dvce("node", "fence", "node-2")).stdout).toMatch(
      /^node node-2 is fenced\n.*: web \(1\)\n$/,
    );
    await client.changeNode("node-2", "unfence");
    epochs.set(
      "node-2",
      await nodeClient.registerNode("node-2", registrationOf(agents.get("node-2")?.url ?? "")),
    );
    await beat("node-2");
    await beat("node-2");
  }, 60_000);

  it("finds everything but inventories again after a restart, and its nodes come back", async () => {
    const before = await client.getCluster("web");
    await running.close();
    await expect(client.listNodes()).rejects.toMatchObject({ code: "DVCE_CONTROLLER_UNREACHABLE" });
    await start();
    expect((await client.listNodes()).map((node) => node.state)).toEqual(["joining", "joining", "joining"]);
    for (const name of agents.keys()) {
      expect(await beat(name)).toBe(true);
      expect(await beat(name)).toBe(false);
    }
    expect((await client.listNodes()).map((node) => node.state)).toEqual(["cordoned", "ready", "ready"]);
    expect(await client.getCluster("web")).toEqual(before);
    expect((await client.getVersion(version)).replicas).toHaveLength(2);
  });

  it("refuses what a node that was fenced still has to say", async () => {
    expect((await client.changeNode("node-3", "fence")).state).toBe("fenced");
    await expect(beat("node-3")).rejects.toMatchObject({ code: "DVCE_NODE_EPOCH_STALE" });
    await expect(client.getVolume("web-2")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
    await client.deleteVolume("web-2");
    await client.deleteCluster("web");
    expect(await client.listClusters()).toEqual([]);
  });
});
