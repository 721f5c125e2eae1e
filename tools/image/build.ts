import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execute } from "../setup/execute";
import {
  debian12,
  disabledUnits,
  enabledUnits,
  grubModules,
  guestFiles,
  type Recipe,
  sources,
} from "./definition";
import { assembleDisk } from "./disk";

export interface BuildImageOptions {
  /** Default {@link debian12}. */
  readonly recipe?: Recipe;
  /** Where the qcow2 image goes; it appears there when it is whole. */
  readonly imagePath: string;
  /** Full output of mmdebstrap. */
  readonly logPath: string;
  /** Told what runs now, in a few words. */
  readonly onProgress?: (detail: string) => void;
}

/**
 * Builds the Debian image from the archive; must run as root. About a minute, most of it downloading and unpacking
 * packages. DVCE_DEBIAN_MIRROR and DVCE_DEBIAN_SECURITY_MIRROR replace deb.debian.org.
 * @throws CommandError with the end of the output of the command that failed.
 */
export async function buildImage(options: BuildImageOptions): Promise<void> {
  const say = options.onProgress ?? (() => undefined);
  await mkdir(path.dirname(options.imagePath), { recursive: true });
  const work = await mkdtemp(path.join(path.dirname(options.imagePath), ".build-"));
  try {
    const root = path.join(work, "root");
    say("packages");
    await bootstrap(root, options, say);
    say("configuration");
    await configure(root);
    const coreImagePath = path.join(work, "core.img");
    await makeCoreImage(root, coreImagePath);
    say("disk");
    const rawPath = path.join(work, "disk.raw");
    await assembleDisk(root, coreImagePath, rawPath);
    await publishQcow2(rawPath, options.imagePath);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Converts a raw disk to qcow2 beside `imagePath` and moves it there in one step. */
export async function publishQcow2(rawPath: string, imagePath: string): Promise<void> {
  const temporaryPath = `${rawPath}.qcow2`;
  await execute("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", rawPath, temporaryPath]);
  await rename(temporaryPath, imagePath);
}

async function bootstrap(
  root: string,
  options: BuildImageOptions,
  say: (detail: string) => void,
): Promise<void> {
  const mirror = process.env["DVCE_DEBIAN_MIRROR"] ?? "http://deb.debian.org/debian";
  const { suite, packages } = options.recipe ?? debian12;
  const security = process.env["DVCE_DEBIAN_SECURITY_MIRROR"] ?? "http://deb.debian.org/debian-security";
  // In a mount namespace of its own: what it mounts is gone when it ends, however it ends, and is nothing that a later
  // removal of the folder could reach into.
  await execute(
    "unshare",
    [
      ...["--mount", "mmdebstrap", "--mode=root", "--variant=minbase", "--architectures=amd64"],
      `--include=${packages.join(",")}`,
      ...["--keyring=/usr/share/keyrings/debian-archive-keyring.gpg", '--aptopt=Acquire::Retries "3"'],
      // Before the packages are configured, so that the initramfs is made once and as configured.
      `--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d"`,
      `--essential-hook=printf '${(guestFiles["/etc/initramfs-tools/conf.d/image"] ?? "").replaceAll("\n", "\\n")}' > "$1/etc/initramfs-tools/conf.d/image"`,
      ...[suite, root, ...sources(suite, mirror, security)],
    ],
    {
      logPath: options.logPath,
      // Without SOURCE_DATE_EPOCH: under it Python compiles modules so that each import reads and hashes the source.
      env: { SOURCE_DATE_EPOCH: undefined, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" },
      onLine: (line) => {
        const step = /^I: (.*?)\.*$/.exec(line)?.[1];
        if (step !== undefined) say(step);
      },
    },
  );
}

async function configure(root: string): Promise<void> {
  for (const [file, content] of Object.entries(guestFiles)) {
    const target = path.join(root, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, content, { mode: 0o644 });
  }
  await execute("chroot", [root, "passwd", "--lock", "root"]);
  await execute("systemctl", ["--root", root, "enable", ...enabledUnits]).catch(async () => {
    await execute("chroot", [root, "systemctl", "enable", ...enabledUnits]);
  });
  await execute("chroot", [root, "systemctl", "mask", ...disabledUnits]);
  // Each VM makes its own identity at its first boot.
  for (const file of ["etc/hostname", "etc/resolv.conf", "var/lib/dbus/machine-id", "var/log/bootstrap.log"])
    await rm(path.join(root, file), { force: true });
  await execute("find", [path.join(root, "etc/ssh"), "-name", "ssh_host_*", "-delete"]);
  await writeFile(path.join(root, "etc/machine-id"), "uninitialized\n");
  await execute("ln", ["-sf", "../run/systemd/resolve/stub-resolv.conf", path.join(root, "etc/resolv.conf")]);
  await execute("chroot", [root, "apt-get", "clean"]);
}

async function makeCoreImage(root: string, target: string): Promise<void> {
  await execute("chroot", [
    ...[root, "grub-mkimage", "--format=i386-pc", "--prefix=(hd0,msdos1)/boot/grub", "--output=/core.img"],
    ...grubModules,
  ]);
  await rename(path.join(root, "core.img"), target);
}
