/** Names what a file holds that is no image, so that a refusal can say what was given and how to convert it. */
export interface Recognised {
  readonly what: string;
  /** What to do; `FILE` stands for the path. */
  readonly advice: string;
}

interface Signature extends Recognised {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** Bytes of the beginning of a file that {@link recognise} wants. */
export const recogniseSizeBytes = 40 * 1024;

const convert = (format: string) => `Convert it: qemu-img convert -f ${format} -O qcow2 FILE image.qcow2`;
const at = (offset: number, bytes: string, what: string, advice: string): Signature => ({
  offset,
  bytes: Buffer.from(bytes, "latin1"),
  what,
  advice,
});

/** Formats whose own header tells what they are, even where a boot signature happens to follow. */
const containers: readonly Signature[] = [
  at(0, "\x1f\x8b", "gzip-compressed", "Decompress it: gzip -d FILE"),
  at(0, "\xfd7zXZ\0", "xz-compressed", "Decompress it: xz -d FILE"),
  at(0, "\x28\xb5\x2f\xfd", "zstd-compressed", "Decompress it: zstd -d FILE"),
  at(0, "BZh", "bzip2-compressed", "Decompress it: bzip2 -d FILE"),
  at(0, "\x04\x22\x4d\x18", "lz4-compressed", "Decompress it: lz4 -d FILE"),
  at(0, "PK\x03\x04", "a zip archive", "Unpack it: unzip FILE"),
  at(0, "7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it: 7z x FILE"),
  at(257, "ustar", "a tar archive (perhaps an OVA)", "Unpack it: tar -xf FILE"),
  at(0, "KDMV", "a VMware VMDK image", convert("vmdk")),
  at(0, "# Disk DescriptorFile", "a VMware VMDK descriptor", convert("vmdk")),
  at(0x40, "\x7f\x10\xda\xbe", "a VirtualBox VDI image", convert("vdi")),
  at(0, "vhdxfile", "a Hyper-V VHDX image", convert("vhdx")),
  at(0, "conectix", "a Virtual PC VHD image", convert("vpc")),
  at(0, "QED\0", "a QED image", convert("qed")),
  at(0, "WithoutFreeSpace", "a Parallels image", convert("parallels")),
  at(0, "WithouFreSpacExt", "a Parallels image", convert("parallels")),
  at(0, "\x7fELF", "a program (ELF)", "Give the disk image instead."),
  at(0, "LUKS\xba\xbe", "a LUKS-encrypted volume", "Give a whole disk image, with a partition table."),
];

const bareFileSystems: readonly Signature[] = [
  at(0x438, "\x53\xef", "a bare ext2/3/4 file system", ""),
  at(0, "XFSB", "a bare XFS file system", ""),
  at(0x10040, "_BHRfS_M", "a bare btrfs file system", ""),
  at(0x8001, "CD001", "a CD or DVD image (ISO 9660) that does not boot as a disk", ""),
].map((signature) => ({
  ...signature,
  advice: "A VM boots from a whole disk: give an image with a partition table and a boot loader.",
}));

/** What a container format's own header says, if `head` starts with one. */
export function recogniseContainer(head: Buffer): Recognised | undefined {
  return containers.find((signature) => matches(head, signature));
}

/** The best name for a file that is neither an image nor a known container. */
export function recogniseOther(head: Buffer): Recognised {
  const advice = "Give a raw disk image with a partition table, or a qcow2 image.";
  const bare = bareFileSystems.find((signature) => matches(head, signature));
  if (bare !== undefined) return bare;
  if (head.length === 0) return { what: "empty", advice };
  if (head.every((byte) => byte === 0))
    return { what: "filled with zeros where a boot sector belongs", advice };
  const text = head.subarray(0, 512);
  if (text.every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 9 || byte === 10 || byte === 13)) {
    const start = text.toString("utf8").trimStart().toLowerCase();
    if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
      return {
        what: "an HTML page",
        advice: "Give the address of the image itself; this may be an error page.",
      };
    }
    if (start.startsWith("{") || start.startsWith("[")) return { what: "text (perhaps JSON)", advice };
    return { what: "text", advice };
  }
  return { what: "neither qcow2 nor a raw disk with a boot sector", advice };
}

function matches(head: Buffer, signature: Signature): boolean {
  const end = signature.offset + signature.bytes.length;
  return head.length >= end && head.subarray(signature.offset, end).equals(signature.bytes);
}
