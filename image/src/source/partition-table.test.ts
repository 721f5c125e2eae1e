import { readPartitionTable } from "./partition-table";

function mbr(...partitions: { status?: number; type: number; first: number; sectors: number }[]): Buffer {
  const head = Buffer.alloc(8192);
  partitions.forEach(({ status = 0, type, first, sectors }, i) => {
    const at = 446 + i * 16;
    head[at] = status;
    head[at + 4] = type;
    head.writeUInt32LE(first, at + 8);
    head.writeUInt32LE(sectors, at + 12);
  });
  head.writeUInt16BE(0x55aa, 510);
  return head;
}

function gpt(sectorSizeBytes: number, backup: bigint, lastUsable: bigint): Buffer {
  const head = mbr({ type: 0xee, first: 1, sectors: 0xffffffff });
  head.write("EFI PART", sectorSizeBytes, "latin1");
  head.writeBigUInt64LE(backup, sectorSizeBytes + 32);
  head.writeBigUInt64LE(lastUsable, sectorSizeBytes + 48);
  return head;
}

describe("readPartitionTable", () => {
  it("takes the end of the last MBR partition", () => {
    const head = mbr(
      { status: 0x80, type: 0x83, first: 2048, sectors: 4096 },
      { type: 0x82, first: 8192, sectors: 8 },
    );
    expect(readPartitionTable(head)).toEqual({ kind: "mbr", sizeBytesMin: 8200 * 512 });
  });
  it("takes the backup header of a GPT, with sectors of either size", () => {
    expect(readPartitionTable(gpt(512, 9999n, 9966n))).toEqual({ kind: "gpt", sizeBytesMin: 10000 * 512 });
    expect(readPartitionTable(gpt(4096, 999n, 990n))).toEqual({ kind: "gpt", sizeBytesMin: 1000 * 4096 });
  });
  it("does not take a boot sector's code for partitions", () => {
    const head = mbr({ status: 0x33, type: 0x77, first: 0xffffffff, sectors: 0xffffffff });
    expect(readPartitionTable(head)).toEqual({ kind: "boot sector", sizeBytesMin: 512 });
  });
  it("wants a signature", () => {
    expect(readPartitionTable(Buffer.alloc(8192))).toBeUndefined();
    expect(readPartitionTable(Buffer.alloc(100))).toBeUndefined();
  });
});
