/** Volumes with the real qemu-img and genisoimage, on a real NBD export; only libvirt is told what to say. */
import { seedDigest, type AgentCreateVolume } from "@dvce/api";
import { digestOf, IndexBuilder, type ImageIndex } from "@dvce/image";
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pino from "pino";
import { KnownVersions } from "../agent/known-versions";
import type { Hypervisor } from "../agent/libvirt/hypervisor";
import { startNbdServer, type NbdServer } from "../nbd/server";
import { sendDisk } from "./disk-transfer";
import { RetiredDisks } from "./retired-disks";
import { VolumeRecords } from "./volume-records";
import { Volumes, type VolumesOptions } from "./volumes";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;
const logger = pino({ level: "silent" });

function sampleIndex(): ImageIndex {
  const builder = new IndexBuilder(mebibyte);
  const chunk = Buffer.alloc(65536, 7);
  builder.add(Buffer.from(digestOf(chunk), "hex"), chunk.length, {
    offsetBytes: 0,
    offsetInChunk: 0,
    lengthBytes: chunk.length,
  });
  return builder.build();
}

describe("Volumes", () => {
  const index = sampleIndex();
  let folder: string;
  let options: VolumesOptions;
  let nbd: NbdServer;
  let using: string[];
  let running: string[];
  let wholeFile: string | undefined;
  let nowMs: number;
  let refreshes: number;
  let refreshError: Error | undefined;
  let fetchedBytes: number;
  let made: string[];
  let fetchDisk: (domain: string) => Promise<AsyncIterable<Buffer>>;

  const order = (changes: Partial<AgentCreateVolume> = {}): AgentCreateVolume => ({
    domain: "web-0",
    version: index.version,
    sizeBytes: 4 * mebibyte,
    seed: {
      hostname: "web-0",
      userData: "#!/bin/sh\ntrue\n",
      sshAuthorizedKeys: ["ssh-ed25519 AAAA one", "ssh-rsa BBBB two"],
    },
    ...changes,
  });
  /** As the next process does. */
  const openVolumes = async () =>
    Volumes.open({ ...options, records: await VolumeRecords.open(join(folder, "records"), logger) });
  const backingOf = async (path: string): Promise<unknown> =>
    JSON.parse((await run("qemu-img", ["info", "--output=json", "-U", path])).stdout)["backing-filename"];
  const files = async () => (await readdir(join(folder, "volumes"))).sort();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dvce-volumes-"));
    using = [];
    running = [];
    wholeFile = undefined;
    nowMs = Date.parse("2026-01-02T03:04:05Z");
    refreshes = 0;
    refreshError = undefined;
    fetchedBytes = 1000;
    made = [];
    fetchDisk = async () => {
      throw new Error("no other node");
    };
    const hypervisor: Hypervisor = {
      domainsUsing: async () => using,
      runningDomains: async () => running,
      ensureStoragePool: async () => undefined,
      refreshStoragePool: async () => {
        if (refreshError) throw refreshError;
        refreshes++;
      },
      resumeAfterIoError: async () => [],
    };
    const fetchIndex = async () => index.encode();
    const nbdSocketPath = join(folder, "nbd.sock");
    options = {
      directory: join(folder, "volumes"),
      records: await VolumeRecords.open(join(folder, "records"), logger),
      retired: await RetiredDisks.open(join(folder, "retired")),
      fetchDisk: async (_agentUrl, domain) => fetchDisk(domain),
      scratchDirectory: join(folder, "tmp"),
      nbdSocketPath,
      versions: await KnownVersions.open({ directory: join(folder, "versions"), fetchIndex, logger }),
      hypervisor,
      wholeFileOf: () => wholeFile,
      fetchedBytesOf: () => fetchedBytes,
      onMaking: (version) => made.push(version),
      hydrationOf: () => ({ state: "waiting", presentBytes: 0, totalBytes: 65536 }),
      now: () => new Date(nowMs),
      logger,
    };
    const disk = {
      sizeBytes: index.sizeBytes,
      readNow: (_at: number, target: Buffer) => target.fill(0).length > 0,
      read: async (_at: number, target: Buffer) => void target.fill(0),
      extents: (offsetBytes: number, lengthBytes: number) => [{ offsetBytes, lengthBytes, hole: true }],
    };
    nbd = await startNbdServer({
      socketPath: nbdSocketPath,
      exports: { names: async () => [], open: async () => disk },
    });
  });
  afterEach(async () => {
    await nbd.close();
    await rm(folder, { recursive: true });
  });

  it("never replaces a disk that it has no readable record of", async () => {
    const { path } = await (await openVolumes()).create(order());
    await writeFile(path, "what the guest wrote");
    await writeFile(join(folder, "records", "web-0.json"), "{");
    const next = await openVolumes();
    await expect(next.create(order())).rejects.toMatchObject({
      code: "DVCE_VOLUME_EXISTS",
      message: expect.stringContaining(path) as string,
    });
    expect(await readFile(path, "utf8")).toBe("what the guest wrote");
  });

  it("makes an overlay on the version's export, and a seed", async () => {
    const volumes = await openVolumes();
    const volume = await volumes.create(order());
    expect(volume).toEqual({
      domain: "web-0",
      version: index.version,
      sizeBytes: 4 * mebibyte,
      path: join(folder, "volumes", "web-0.qcow2"),
      seedPath: join(folder, "volumes", "web-0-seed.iso"),
      seedDigest: seedDigest(order().seed),
      createdAt: "2026-01-02T03:04:05.000Z",
      fetchedBytes: 0,
      hydration: { state: "waiting", presentBytes: 0, totalBytes: 65536 },
    });
    expect(made).toEqual([index.version]);
    const info = JSON.parse((await run("qemu-img", ["info", "--output=json", volume.path])).stdout);
    expect(info).toMatchObject({
      format: "qcow2",
      "virtual-size": 4 * mebibyte,
      "backing-filename": `nbd+unix:///${index.version}?socket=${options.nbdSocketPath}`,
      "backing-filename-format": "raw",
    });
    expect(await files()).toEqual(["web-0-seed.iso", "web-0.qcow2"]);
    expect(await readdir(options.scratchDirectory)).toEqual([]);
    expect(refreshes).toBe(1);
  });

  it("puts the seed where cloud-init looks for it", async () => {
    const volume = await (await openVolumes()).create(order());
    const read = async (name: string) =>
      (await run("isoinfo", ["-R", "-i", volume.seedPath, "-x", `/${name}`])).stdout;
    expect((await run("isoinfo", ["-d", "-i", volume.seedPath])).stdout).toContain("Volume id: cidata");
    expect(await read("user-data")).toBe("#!/bin/sh\ntrue\n");
    expect(JSON.parse(await read("meta-data"))).toEqual({
      "instance-id": `web-0-${volume.seedDigest.slice(0, 16)}`,
      "local-hostname": "web-0",
      "public-keys": ["ssh-ed25519 AAAA one", "ssh-rsa BBBB two"],
    });
  });

  it("answers the same order with the same volume, and refuses another", async () => {
    const volumes = await openVolumes();
    const [first, second] = await Promise.all([volumes.create(order()), volumes.create(order())]);
    expect(second).toEqual(first);
    const other = order({ seed: { ...order().seed, userData: "#cloud-config\n" } });
    await expect(volumes.create(other)).rejects.toMatchObject({ code: "DVCE_VOLUME_EXISTS" });
    await expect(volumes.create(order({ sizeBytes: 8 * mebibyte }))).rejects.toMatchObject({
      code: "DVCE_VOLUME_EXISTS",
    });
  });

  it("counts what is fetched from the volume's making on, also in the next process", async () => {
    const volumes = await openVolumes();
    await volumes.create(order());
    fetchedBytes = 5000;
    expect((await volumes.get("web-0")).fetchedBytes).toBe(4000);
    expect(await (await openVolumes()).list()).toEqual(await volumes.list());
  });

  it("refuses a volume smaller than its image", async () => {
    const volumes = await openVolumes();
    await expect(volumes.create(order({ sizeBytes: mebibyte - 1 }))).rejects.toMatchObject({
      code: "DVCE_VOLUME_SIZE_INVALID",
      details: [{ path: ["sizeBytes"] }],
    });
    expect(await volumes.list()).toEqual([]);
  });

  it.each(["qemu-img", "libvirt"])("leaves nothing when %s fails", async (failing) => {
    const volumes = await openVolumes();
    if (failing === "libvirt") refreshError = new Error("libvirtd is down");
    else await nbd.close();
    await expect(volumes.create(order())).rejects.toThrow();
    expect(await files()).toEqual([]);
    expect(await readdir(options.scratchDirectory)).toEqual([]);
    expect(await readdir(join(folder, "records"))).toEqual([]);
    expect(await volumes.list()).toEqual([]);
  });

  it("deletes, but not while a domain has the disk", async () => {
    const volumes = await openVolumes();
    await volumes.create(order());
    using = ["web-0"];
    await expect(volumes.delete("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_IN_USE" });
    expect(await files()).toHaveLength(2);
    using = [];
    await volumes.delete("web-0");
    expect(await files()).toEqual([]);
    await expect(volumes.get("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
    await expect(volumes.delete("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
  });

  it("tells a volume whose file somebody removed as not there, and makes it again", async () => {
    const volumes = await openVolumes();
    const { path } = await volumes.create(order());
    await rm(path);
    await expect(volumes.get("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
    await volumes.create(order());
    expect(await files()).toHaveLength(2);
  });

  it.each(["making", "deleting"] as const)("removes at start what a crash while %s left", async (state) => {
    const volumes = await openVolumes();
    await volumes.create(order());
    await volumes.create(order({ domain: "web-1" }));
    const records = await VolumeRecords.open(join(folder, "records"), logger);
    const record = records.get("web-0");
    if (record) await records.write({ ...record, state });
    await rm(volumes.seedPath("web-0"));
    await writeFile(join(options.scratchDirectory, "half.qcow2"), "x");
    const next = await openVolumes();
    expect((await next.list()).map((volume) => volume.domain)).toEqual(["web-1"]);
    expect(await files()).toEqual(["web-1-seed.iso", "web-1.qcow2"]);
    expect(await readdir(options.scratchDirectory)).toEqual([]);
  });

  describe("with a whole base file", () => {
    beforeEach(async () => {
      wholeFile = join(folder, "base.raw");
      await writeFile(wholeFile, Buffer.alloc(mebibyte));
    });

    it("backs new volumes directly on it, and says so before they exist", async () => {
      await nbd.close(); // it is not needed
      const volumes = await openVolumes();
      const { path } = await volumes.create(order());
      expect(await backingOf(path)).toBe(wholeFile);
      const records = await VolumeRecords.open(join(folder, "records"), logger);
      expect(records.onBaseFileOf(index.version)).toEqual(["web-0"]);
      await run("qemu-img", ["check", "-q", path]);
    });

    it("switches a volume that was made before, when it is quiet and nobody uses it", async () => {
      const later = wholeFile;
      wholeFile = undefined;
      const volumes = await openVolumes();
      const { path } = await volumes.create(order());
      await run("qemu-io", ["-f", "qcow2", "-c", "write -P 9 0 64k", path]);
      const before = await backingOf(path);
      await volumes.switchToWholeFiles();
      expect(await backingOf(path)).toBe(before); // there is nothing to switch to

      wholeFile = later;
      nowMs = Date.now();
      await volumes.switchToWholeFiles();
      expect(await backingOf(path)).toBe(before); // it changed a moment ago
      nowMs = Date.now() + 60_000;
      running = ["web-0"];
      await volumes.switchToWholeFiles();
      expect(await backingOf(path)).toBe(before); // its guest runs
      running = [];
      refreshes = 0;
      await volumes.switchToWholeFiles();
      expect(await backingOf(path)).toBe(wholeFile);
      expect(refreshes).toBe(1);
      await run("qemu-io", ["-f", "qcow2", "-c", "read -P 9 0 64k", path]);
      await volumes.switchToWholeFiles();
      expect(refreshes).toBe(1);
    });

    it("leaves a volume alone that a QEMU has open although libvirt knows of none", async () => {
      const later = wholeFile;
      wholeFile = undefined;
      const volumes = await openVolumes();
      const { path } = await volumes.create(order());
      wholeFile = later;
      const user = spawn("qemu-io", ["-f", "qcow2", path], { stdio: ["pipe", "pipe", "inherit"] });
      await new Promise((resolve) => user.stdout.once("data", resolve)); // its prompt: the disk is open
      nowMs = Date.now() + 60_000;
      await volumes.switchToWholeFiles();
      expect(await backingOf(path)).toMatch(/^nbd/);
      const records = await VolumeRecords.open(join(folder, "records"), logger);
      expect(records.onBaseFileOf(index.version)).toEqual([]);
      const exited = new Promise((resolve) => user.once("exit", resolve));
      user.stdin.end("quit\n");
      await exited;
    });

    it("corrects after a crash what was recorded and not done", async () => {
      wholeFile = undefined;
      await (await openVolumes()).create(order());
      const records = await VolumeRecords.open(join(folder, "records"), logger);
      const record = records.get("web-0");
      if (record) await records.write({ ...record, onBaseFile: true });
      await openVolumes();
      const after = await VolumeRecords.open(join(folder, "records"), logger);
      expect(after.onBaseFileOf(index.version)).toEqual([]);
    });
  });

  describe("of a member that moves", () => {
    const contents = { node: "n1", agentUrl: "http://n1.example:7801" };
    const retired = (domain: string) => join(folder, "retired", `${domain}.qcow2`);
    const io = (path: string, command: string) =>
      run("qemu-img", ["info", "-U", path]).then(() => run("qemu-io", ["-f", "qcow2", "-c", command, path]));

    /** A disk that a guest wrote to, as the other node has it. */
    async function retireOne(volumes: Volumes): Promise<string> {
      const { path } = await volumes.create(order());
      await io(path, "write -P 0x5a 1M 64k");
      await volumes.retire("web-0");
      return retired("web-0");
    }

    it("keeps the disk and frees the name, but not under a domain", async () => {
      const volumes = await openVolumes();
      await volumes.create(order());
      using = ["web-0"];
      await expect(volumes.retire("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_IN_USE" });
      using = [];
      await volumes.retire("web-0");
      expect(await files()).toEqual([]);
      expect(await readdir(join(folder, "retired"))).toEqual(["web-0.qcow2"]);
      await expect(volumes.get("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
      await volumes.create(order()); // the same node may have the member again
      expect(await files()).toEqual(["web-0-seed.iso", "web-0.qcow2"]);
    });

    it("makes the new disk of what the old one holds, on this node's export", async () => {
      const volumes = await openVolumes();
      const source = await retireOne(volumes);
      fetchDisk = async () => sendDisk(source, (await readFile(source)).length);
      const volume = await volumes.create(order({ contents }));
      expect(await backingOf(volume.path)).toBe(
        `nbd+unix:///${index.version}?socket=${options.nbdSocketPath}`,
      );
      await io(volume.path, "read -P 0x5a 1M 64k");
      expect(await volumes.create(order({ contents }))).toEqual(volume);
      expect(await readdir(options.scratchDirectory)).toEqual([]);
      await volumes.close();
    });

    it.each<[string, (disk: Buffer) => Buffer]>([
      ["cut off", (disk) => disk.subarray(0, disk.length - 4096)],
      ["damaged", (disk) => Buffer.from(disk.map((byte, at) => (at === 70_000 ? byte ^ 1 : byte)))],
      ["empty", () => Buffer.alloc(0)],
    ])("takes no disk that arrives %s, and leaves nothing", async (_title, spoil) => {
      const volumes = await openVolumes();
      const source = await retireOne(volumes);
      const sent: Buffer[] = [];
      for await (const piece of sendDisk(source, (await readFile(source)).length)) sent.push(piece);
      fetchDisk = async () =>
        (async function* () {
          yield spoil(Buffer.concat(sent));
        })();
      await expect(volumes.create(order({ contents }))).rejects.toMatchObject({
        code: "DVCE_VOLUME_SOURCE_LOST",
      });
      expect(await files()).toEqual([]);
      expect(await readdir(options.scratchDirectory)).toEqual([]);
      fetchDisk = async () => sendDisk(source, (await readFile(source)).length);
      await volumes.create(order({ contents })); // asked again, it starts again
    });

    it("gives up a copy whose volume is deleted meanwhile", async () => {
      let begin = (): void => undefined;
      const begun = new Promise<void>((resolve) => (begin = resolve));
      options = {
        ...options,
        fetchDisk: async (_agentUrl, _domain, signal) => {
          begin();
          return untilStopped(signal);
        },
      };
      const volumes = await openVolumes();
      const failed = expect(volumes.create(order({ contents }))).rejects.toMatchObject({
        code: "DVCE_VOLUME_NOT_FOUND",
      });
      await begun;
      await expect(volumes.delete("web-0")).rejects.toMatchObject({ code: "DVCE_VOLUME_NOT_FOUND" });
      await failed;
      expect(await files()).toEqual([]);
    });

    it("finishes at the next start what a crash left half retired", async () => {
      const volumes = await openVolumes();
      const { path } = await volumes.create(order());
      const record = join(folder, "records", "web-0.json");
      const text = await readFile(record, "utf8");
      await writeFile(record, text.replace('"ready"', '"retiring"'));
      await openVolumes();
      expect(await files()).toEqual([]);
      expect(await readdir(join(folder, "retired"))).toEqual(["web-0.qcow2"]);
      expect(path).toBe(join(folder, "volumes", "web-0.qcow2"));
    });
  });
});

/** Gives nothing until it is stopped. */
async function* untilStopped(signal: AbortSignal): AsyncGenerator<Buffer> {
  yield Buffer.alloc(0);
  await new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", resolve);
  });
  signal.throwIfAborted();
}
