/** An agent beside a real libvirtd: its storage pool, volumes in use, and guests that outlive the agent. */
import { AgentClient, volumeDirectory, volumePath, volumePoolName } from "@dvce/api";
import { digestOf, encodeBatch, encodeChunk, IndexBuilder } from "@dvce/image";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { DevPool, type DevHost } from "../../service/src/dev-pool";

const name = "tag";
const domain = "reader-0";
const mebibyte = 1024 * 1024;
jest.setTimeout(180_000);

/**
 * A boot sector that reads sector 2048 of its disk for ever and writes '.' to the serial port for each read that
 * succeeded, 'E' for each that failed.
 */
function readingBootSector(): Buffer {
  const sector = Buffer.alloc(4096);
  const code = [
    [0x31, 0xc0, 0x8e, 0xd8], // xor ax, ax; mov ds, ax
    [0xbe, 0x40, 0x7c, 0xb4, 0x42, 0xcd, 0x13], // mov si, 7c40h; mov ah, 42h; int 13h
    [0xb0, 0x2e, 0x73, 0x02, 0xb0, 0x45], // mov al, '.'; jnc over; mov al, 'E'
    [0x52, 0xba, 0xf8, 0x03, 0xee, 0x5a], // push dx; mov dx, 3f8h; out dx, al; pop dx
    [0xeb, 0xeb], // again from mov si
  ];
  Buffer.from(code.flat()).copy(sector);
  // Disk address packet at 7c40h: 16 bytes long, one sector, to 0000:8000, from sector 2048.
  Buffer.from([16, 0, 1, 0, 0x00, 0x80, 0, 0]).copy(sector, 0x40);
  sector.writeBigUInt64LE(2048n, 0x48);
  sector.writeUInt16BE(0x55aa, 510);
  return sector;
}

describe("an agent beside libvirt", () => {
  let pool: DevPool;
  let host: DevHost;
  let agent: AgentClient;
  let version: string;

  beforeAll(async () => {
    await DevPool.down({ name });
    pool = await DevPool.up({ name, hosts: 1, replicas: 1 });
    const [only] = pool.hosts;
    if (only === undefined) throw new Error("the pool has no host");
    host = only;
    agent = new AgentClient({
      url: host.agentUrl,
      token: (await readFile(pool.tokenFile("node"), "utf8")).trim(),
    });
    const builder = new IndexBuilder(4 * mebibyte);
    const chunks = [readingBootSector(), Buffer.alloc(4096, 0x5a)].map((chunk, i) => {
      const extent = { offsetBytes: i * mebibyte, offsetInChunk: 0, lengthBytes: chunk.length };
      builder.add(Buffer.from(digestOf(chunk), "hex"), chunk.length, extent);
      return encodeChunk(chunk);
    });
    const index = builder.build();
    version = index.version;
    const admin = await pool.client("admin");
    await admin.announceVersion("reader", index.encode());
    await admin.putChunks(version, encodeBatch(chunks));
    await admin.commitVersion(version, "reader");
  });
  afterAll(() => DevPool.down({ name }));

  const virsh = async (...args: string[]) => (await host.exec(["virsh", "-q", ...args])).stdout.trim();
  const consoleText = async () => (await agent.getConsole(domain, mebibyte)).text;
  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await delay(200);
  };

  it("makes volumes that libvirt finds in its storage pool", async () => {
    const seed = { hostname: domain, userData: "", sshAuthorizedKeys: [] };
    const volume = await agent.createVolume({ domain, version, sizeBytes: 4 * mebibyte, seed });
    expect(volume.path).toBe(volumePath(domain));
    expect(await virsh("vol-pool", volume.path)).toBe(volumePoolName);
    expect(await virsh("pool-dumpxml", volumePoolName)).toContain(`<path>${volumeDirectory}</path>`);
  });

  /** Defines a guest on a volume and starts it. */
  const startGuest = async (guest: string) => {
    const xml = `<domain type="qemu"><name>${guest}</name><memory unit="MiB">32</memory><vcpu>1</vcpu>
      <os><type arch="x86_64" machine="pc">hvm</type></os>
      <devices>
        <disk type="volume" device="disk">
          <driver name="qemu" type="qcow2" error_policy="stop" rerror_policy="stop"/>
          <source pool="${volumePoolName}" volume="${guest}.qcow2"/><target dev="vda" bus="virtio"/>
        </disk>
        <serial type="pty"><log file="/var/lib/dvce/consoles/${guest}.log" append="off"/></serial>
      </devices></domain>`;
    await writeFile(host.file(`/var/lib/dvce/consoles/${guest}.xml`), xml);
    await virsh("define", `/var/lib/dvce/consoles/${guest}.xml`);
    await virsh("start", guest);
  };

  it("lets a guest go on after the agent was killed under it", async () => {
    await startGuest(domain);
    await until(async () => (await consoleText()).includes(".."));

    await host.killAgent();
    await until(async () => (await virsh("domstate", domain, "--reason")) === "paused (I/O error)");
    await host.start();
    await until(async () => (await virsh("domstate", domain)) === "running");
    const { totalBytes } = await agent.getConsole(domain, 0);
    await until(async () => (await agent.getConsole(domain, 0)).totalBytes > totalBytes);
    expect(await consoleText()).not.toContain("E");
  });

  it("leaves a guest paused that its user has paused", async () => {
    await virsh("suspend", domain);
    await host.killAgent();
    await host.start();
    await delay(3_000);
    expect(await virsh("domstate", domain)).toBe("paused");
  });

  it("deletes a volume only when no domain has it", async () => {
    await expect(agent.deleteVolume(domain)).rejects.toMatchObject({ code: "DVCE_VOLUME_IN_USE" });
    await virsh("destroy", domain);
    await expect(agent.deleteVolume(domain)).rejects.toMatchObject({ code: "DVCE_VOLUME_IN_USE" });
    await virsh("undefine", domain);
    await agent.deleteVolume(domain);
    expect(await virsh("vol-list", volumePoolName)).toBe("");
  });

  describe("with a whole base file", () => {
    const direct = "direct-0";
    const seed = { hostname: direct, userData: "", sshAuthorizedKeys: [] };
    const create = () => agent.createVolume({ domain: direct, version, sizeBytes: 4 * mebibyte, seed });
    const backingOf = async (path: string) => {
      const { stdout } = await host.exec(["qemu-img", "info", "-U", "--output=json", path]);
      return (JSON.parse(stdout) as Record<string, unknown>)["backing-filename"];
    };

    it("runs a guest from its start on with the agent stopped", async () => {
      const uri = `nbd+unix:///${version}?socket=/run/dvce/nbd.sock`;
      const { code } = await host.exec(["qemu-io", "-r", "-f", "raw", "-c", `read 0 ${4 * mebibyte}`, uri]);
      expect(code).toBe(0);
      const raw = `/var/lib/dvce/base/${version}.raw`;
      // Made whole by that read; known to be so as soon as it would survive a power cut.
      await until(async () => {
        const { path } = await create();
        if ((await backingOf(path)) === raw) return true;
        await agent.deleteVolume(direct);
        return false;
      });
      await host.killAgent();
      await startGuest(direct);
      const log = () => readFile(host.file(`/var/lib/dvce/consoles/${direct}.log`), "latin1").catch(() => "");
      await until(async () => (await log()).length > 1_000);
      expect(await log()).not.toContain("E");
      expect(await virsh("domstate", direct)).toBe("running");
      await host.start();
      await virsh("destroy", direct);
      await virsh("undefine", direct);
      await agent.deleteVolume(direct);
    });
  });
});
