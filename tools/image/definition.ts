/**
 * What the Debian image is: a disk with an MBR, GRUB behind it, and one ext4 partition that holds the whole
 * system. Identifiers are fixed, so that two builds from the same packages differ little. Files keep the times
 * that their packages gave them: Python would compile every module at each boot if those were clamped.
 */

const mebibyte = 1024 * 1024;

/** Which Debian an image holds. */
export interface Recipe {
  /** Debian's code name of the release. */
  readonly suite: string;
  /** Installed beside Debian's essential packages. */
  readonly packages: readonly string[];
}

/** Stamped into the file system: 2026-01-01T00:00:00Z. */
export const sourceDateEpoch = 1_767_225_600;

export const filesystemUuid = "d7ce0001-0000-4000-8000-000000000001";
/** Seeds ext4's directory hashes, which are random otherwise. */
export const filesystemHashSeed = "d7ce0002-0000-4000-8000-000000000002";
/** The MBR's disk signature. */
export const diskSignature = 0xd7ce0001;

export const diskSizeBytes = 3072 * mebibyte;
/** The gap before the first partition holds GRUB's core image. */
export const partitionOffsetBytes = mebibyte;

/** GRUB modules that find and load a kernel on this disk, with the menu of `grub.cfg`. */
export const grubModules = [
  "biosdisk",
  "part_msdos",
  "ext2",
  "linux",
  "normal",
  "configfile",
  "echo",
  "test",
  "search",
];

/** What a cloud VM needs. */
const cloudPackages = [
  "apt-utils",
  "bash-completion",
  "ca-certificates",
  "cloud-guest-utils",
  "cloud-init",
  "curl",
  "dbus",
  "e2fsprogs",
  "fdisk",
  "grub-pc-bin",
  "grub2-common",
  "initramfs-tools",
  "iproute2",
  "iputils-ping",
  "less",
  "linux-image-cloud-amd64",
  "locales",
  "nano",
  "netbase",
  "openssh-server",
  "procps",
  "qemu-guest-agent",
  "rsync",
  "sudo",
  "systemd-resolved",
  "systemd-sysv",
  "udev",
  "vim-tiny",
  "zstd",
];

/** The image that set-up makes. */
export const debian12: Recipe = { suite: "bookworm", packages: cloudPackages };

/** The archive's three parts of a Debian release, for mmdebstrap. */
export function sources(suite: string, mirror: string, securityMirror: string): string[] {
  return [
    `deb ${mirror} ${suite} main`,
    `deb ${mirror} ${suite}-updates main`,
    `deb ${securityMirror} ${suite}-security main`,
  ];
}

/** Services that a short-lived VM does not need and that cost seconds of its boot. */
export const disabledUnits = [
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "grub-common.service",
  "grub-initrd-fallback.service",
];

export const enabledUnits = [
  "serial-getty@ttyS0.service",
  "systemd-networkd.service",
  "systemd-resolved.service",
];

/**
 * Files written over the packages' own, by path below the root; `mode` is 0644 for all of them.
 *
 * cloud-init runs without the modules for what this image lacks (GRUB's debconf answers, apt's mirror list, other
 * configuration managers). It looks for a NoCloud seed (a disk labelled cidata) alone, because probing for the metadata services of
 * clouds costs a boot without network many seconds. It makes two kinds of host keys and not RSA, whose search
 * for primes takes long on an emulated CPU.
 */
export const guestFiles: Readonly<Record<string, string>> = {
  "/etc/fstab": `UUID=${filesystemUuid} / ext4 defaults,noatime 0 1\n`,
  "/boot/grub/grub.cfg": [
    "set timeout=0",
    'menuentry "Debian GNU/Linux" {',
    "  set root='(hd0,msdos1)'",
    `  linux /vmlinuz root=UUID=${filesystemUuid} ro console=tty0 console=ttyS0,115200n8`,
    "  initrd /initrd.img",
    "}",
    "",
  ].join("\n"),
  "/etc/cloud/cloud.cfg.d/90_image.cfg": [
    "datasource_list: [ NoCloud, None ]",
    "ssh_genkeytypes: [ ed25519, ecdsa ]",
    "manage_etc_hosts: true",
    "cloud_init_modules: [ bootcmd, write-files, growpart, resizefs, disk_setup, mounts, set_hostname, update_hostname, update_etc_hosts, rsyslog, users-groups, ssh ]",
    "cloud_config_modules: [ ssh-import-id, keyboard, set-passwords, ntp, timezone, runcmd ]",
    "cloud_final_modules: [ package-update-upgrade-install, write-files-deferred, scripts-vendor, scripts-per-once, scripts-per-boot, scripts-per-instance, scripts-user, ssh-authkey-fingerprints, keys-to-console, phone-home, final-message, power-state-change ]",
    "system_info:",
    "  network:",
    "    renderers: [ networkd ]",
    "",
  ].join("\n"),
  // Without a network card there is nothing to wait for, and a network without DHCP must not hold the boot.
  "/etc/systemd/system/systemd-networkd-wait-online.service.d/bounded.conf": [
    "[Unit]",
    "ConditionPathExistsGlob=/sys/class/net/e*",
    "[Service]",
    "ExecStart=",
    "ExecStart=/lib/systemd/systemd-networkd-wait-online --any --timeout=10",
    "",
  ].join("\n"),
  // Small and quick to unpack; holds every driver of the kernel, so the disk also boots on other buses.
  "/etc/initramfs-tools/conf.d/image": "MODULES=most\nCOMPRESS=zstd\n",
};
