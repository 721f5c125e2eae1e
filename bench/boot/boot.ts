/**
 * `boot`: seconds and bytes from the order of a volume to the login prompt of its guest, on a host with a 1 Gbit/s link.
 *
 * - local raw file: an overlay on the raw image on the host's own disk
 * - warm store: the node has every chunk, and no base file yet
 * - remote: the node has nothing of the image; without and with the version's boot profile
 * - full copy first: `virsh vol-upload` of the image over the link, then an overlay on it
 *
 * Bytes are what the host's link received, thus compressed where the sender compresses, beside the bytes of the image
 * that they make. A full copy and a warm store are run once only, as a boot under emulation takes long and no goal is
 * about them. All boot the same guest on the same libvirt and QEMU, one after another; what lies on disks is in the
 * page cache, which is to the advantage of the local file.
 */
import { decodeChunkList, type BootRecording } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import { mkdir, rm, stat } from "node:fs/promises";
import { run } from "../../service/src/dev-pool/run";
import type { DevHost } from "../../service/src/dev-pool";
import { makeSeed } from "../../service/src/volumes/seed";
import { bootToLogin, domainXml, removeGuest, runOnHost, type GuestDisk } from "../../test/support/guest";
import type { Benchmark, BenchmarkContext, Measurement, Subject } from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { atMost, type Goal, type Row } from "../harness/result";
import { compressedBytesOf } from "./compressed-bytes";
import { Scene, seed } from "./scene";

const guest = "guest-0";
const diskBytes = 4 * 1024 ** 3;
/** Files of the rows that do without DVCE. */
const imageDirectory = "/var/lib/libvirt/bench";
const storagePool = "bench";
/** What a node that never saw the image lacks. */
const everything = ["store", "base", "versions", "fetched.json"];

export const cases = {
  toLogin: "volume ordered to login prompt",
  linkBytes: "bytes received over the link by then",
  imageBytes: "image bytes fetched by then, before compression",
  readBytes: "bytes that the guest had read by then",
};
export const subjects = {
  local: "local raw file",
  warm: "warm store",
  withoutProfile: "remote",
  withProfile: "remote, boot profile",
  copied: "full copy first",
};

export const boot: Benchmark = {
  name: "boot",
  runs: 5,
  warmUp: false,
  async prepare(context) {
    const { imagePath } = context.setup;
    if (imagePath === undefined) throw new Error("set-up answered no image although it was asked for one");
    const scene = await Scene.make(imagePath, context.signal);
    const close = () => scene.pool.down();
    try {
      const floor = { compressedBytes: Number.NaN };
      return {
        subjects: await makeSubjects(scene, imagePath, context, floor),
        units: {
          [cases.toLogin]: "s",
          [cases.linkBytes]: "B",
          [cases.imageBytes]: "B",
          [cases.readBytes]: "B",
        },
        versions: {
          qemu: await versionOf("qemu-system-x86_64", ["--version"]),
          libvirt: await versionOf("libvirtd", ["--version"]),
        },
        goals: (rows) => bootGoals(rows, imageBytes(scene.index), floor),
        close,
      };
    } catch (error) {
      await close();
      throw error;
    }
  },
};

/** What an image holds, without holes: what has to be moved to have all of it. */
function imageBytes(index: ImageIndex): number {
  let bytes = 0;
  for (let i = 0; i < index.extentCount; i++) bytes += index.extentAt(i).lengthBytes;
  return bytes;
}

/** What bounds the goals, found in the course of the runs. */
interface BootFloor {
  /** Of the chunks that a boot reads. */
  compressedBytes: number;
}

export function bootGoals(rows: readonly Row[], bytesOfImage: number, floor: BootFloor): Goal[] {
  const median = (name: string, subject: string): number =>
    rows.find((row) => row.case === name && row.subject === subject)?.median ?? Number.NaN;
  const localSeconds = median(cases.toLogin, subjects.local);
  const share = (goal: string, subject: string): Goal => ({
    ...atMost(goal, 0.1, median(cases.linkBytes, subject) / bytesOfImage),
    floor: {
      value: floor.compressedBytes / bytesOfImage,
      by: "the chunks that the boot reads, compressed as they are kept, without a byte of protocol",
    },
  });
  return [
    atMost(
      "a remote boot with its profile, as a multiple of a local one",
      1.2,
      median(cases.toLogin, subjects.withProfile) / localSeconds,
    ),
    share("its bytes, as a share of the image", subjects.withProfile),
    share("the bytes of a remote boot without profile, as a share of the image", subjects.withoutProfile),
  ];
}

/** Bytes that the host received over its link since it was made. */
async function bytesReceived(host: DevHost): Promise<number> {
  return Number(await runOnHost(host, ["cat", "/sys/class/net/eth0/statistics/rx_bytes"]));
}

async function makeSubjects(
  scene: Scene,
  imagePath: string,
  context: BenchmarkContext,
  floor: BootFloor,
): Promise<Subject[]> {
  const { origin, target } = scene;
  const { say, signal } = context;
  const domainType = await scene.domainType();

  /** Boots a guest on what `makeDisk` makes; answers what came over the link for it. */
  async function measure(
    host: DevHost,
    makeDisk: () => Promise<GuestDisk>,
    imageBytes: () => Promise<number>,
  ): Promise<Measurement> {
    try {
      const receivedBefore = await bytesReceived(host);
      const startedAtMs = Date.now();
      const disk = await makeDisk();
      const { atMs, readBytes } = await bootToLogin(host, guest, domainXml(guest, domainType, disk), signal);
      return {
        [cases.toLogin]: (atMs - startedAtMs) / 1000,
        [cases.linkBytes]: (await bytesReceived(host)) - receivedBefore,
        [cases.imageBytes]: await imageBytes(),
        [cases.readBytes]: readBytes,
      };
    } finally {
      await removeGuest(host, guest);
    }
  }

  /** @param beforeEnd runs while the guest does, when all is measured */
  async function bootVolume(host: DevHost, beforeEnd?: () => Promise<void>): Promise<Measurement> {
    const agent = scene.agent(host);
    const { version } = scene.index;
    try {
      return await measure(
        host,
        async () => {
          const order = { domain: guest, version, sizeBytes: diskBytes, seed };
          const { path, seedPath } = await agent.createVolume(order);
          return { overlayPath: path, seedPath };
        },
        async () => {
          const { fetchedBytes } = await agent.getVolume(guest);
          await beforeEnd?.();
          return fetchedBytes;
        },
      );
    } finally {
      await agent.deleteVolume(guest).catch(() => undefined); // a failure to make it is the one to report
    }
  }

  /** An overlay and a seed without DVCE. */
  async function overlayOn(backingPath: string, format: string): Promise<GuestDisk> {
    const disk = { overlayPath: `${imageDirectory}/disk.qcow2`, seedPath: `${imageDirectory}/seed.iso` };
    const create = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", backingPath, "-F", format];
    await runOnHost(target, [...create, disk.overlayPath, String(diskBytes)]);
    await makeSeed(target.file(disk.seedPath), seed, `bench-${Date.now()}`, target.file(imageDirectory));
    return disk;
  }

  await mkdir(target.file(imageDirectory), { recursive: true });
  const rawPath = `${imageDirectory}/base.raw`;
  say("making the raw image");
  await runOnHost(target, ["qemu-img", "convert", "-O", "raw", imagePath, rawPath]);
  await runOnHost(target, ["virsh", "-q", "pool-define-as", storagePool, "dir", "--target", imageDirectory]);
  await runOnHost(target, ["virsh", "-q", "pool-start", storagePool]);
  /** Recorded during the first boot without one. */
  let profile: BootRecording | undefined;

  const local: Subject = {
    name: subjects.local,
    run: () =>
      measure(
        target,
        () => overlayOn(rawPath, "raw"),
        async () => 0,
      ),
  };
  const warm: Subject = {
    name: subjects.warm,
    runs: 1,
    run: async () => {
      await scene.restartWithout(origin, ["base"]);
      return bootVolume(origin);
    },
  };
  const withoutProfile: Subject = {
    name: subjects.withoutProfile,
    run: async () => {
      await scene.restartWithout(target, everything);
      await scene.forgetProfile();
      return bootVolume(target, async () => {
        if (profile !== undefined) return;
        profile = await scene.recordedProfile(signal);
        const { index } = scene;
        const chunks = decodeChunkList(profile.chunks, index.chunkCount);
        floor.compressedBytes = await compressedBytesOf(index, target.file(rawPath), chunks);
        say(`  its boot profile: ${chunks.length} chunks, ${floor.compressedBytes} bytes compressed`);
      });
    },
  };
  const withProfile: Subject = {
    name: subjects.withProfile,
    run: async () => {
      await scene.restartWithout(target, everything);
      if (profile === undefined) throw new Error("the boot without profile must run first: it is recorded");
      await scene.setProfile(profile);
      return bootVolume(target);
    },
  };
  const copied: Subject = {
    name: subjects.copied,
    runs: 1,
    run: async () => {
      const { size } = await stat(imagePath);
      const volume = "copy.qcow2";
      const virsh = async (...args: readonly string[]) => {
        const { code, stderr } = await run(["virsh", "-q", "-c", target.libvirtTcpUri, ...args], {
          timeoutMs: 600_000,
        });
        if (code !== 0) throw new Error(`virsh ${args.join(" ")} failed: ${stderr.trim()}`);
      };
      const upload = async () => {
        await virsh("vol-create-as", storagePool, volume, String(size), "--format", "raw");
        await virsh("vol-upload", "--pool", storagePool, volume, imagePath);
        return overlayOn(`${imageDirectory}/${volume}`, "qcow2");
      };
      try {
        return await measure(target, upload, async () => size);
      } finally {
        await rm(target.file(`${imageDirectory}/${volume}`), { force: true });
        await virsh("pool-refresh", storagePool);
      }
    },
  };
  return [local, warm, withoutProfile, withProfile, copied];
}
