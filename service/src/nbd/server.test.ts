/** The server against QEMU's own client, and against bytes that no client would send. */
import fc from "fast-check";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { NbdExport, NbdExtent } from "./export";
import { greetingMagic, optionMagic } from "./protocol";
import { startNbdServer, type NbdServer } from "./server";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

/** A disk in memory whose all-zero 64 KiB blocks are holes. */
class BufferExport implements NbdExport {
  readonly sizeBytes: number;
  readonly #data: Buffer;
  failAt = -1;
  holesUnknown = false;

  constructor(data: Buffer) {
    this.#data = data;
    this.sizeBytes = data.length;
  }
  /** What begins in an even block can be read at once. */
  readNow(offsetBytes: number, target: Buffer): boolean {
    if (Math.floor(offsetBytes / 65536) % 2 === 1) return false;
    this.#read(offsetBytes, target);
    return true;
  }
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    this.#read(offsetBytes, target);
  }
  #read(offsetBytes: number, target: Buffer): void {
    if (this.failAt >= offsetBytes && this.failAt < offsetBytes + target.length)
      throw new Error("no node has it");
    this.#data.copy(target, 0, offsetBytes);
  }
  *extents(offsetBytes: number, lengthBytes: number): Iterable<NbdExtent> {
    if (this.holesUnknown) throw new Error("the index cannot be read");
    const blockBytes = 65536;
    for (let at = offsetBytes; at < offsetBytes + lengthBytes;) {
      const end = Math.min(offsetBytes + lengthBytes, (Math.floor(at / blockBytes) + 1) * blockBytes);
      yield {
        offsetBytes: at,
        lengthBytes: end - at,
        hole: this.#data.subarray(at, end).every((byte) => byte === 0),
      };
      at = end;
    }
  }
}

describe("the NBD server", () => {
  // Neither size is a multiple of the other's sectors: the tail of a disk is where servers go wrong.
  const data = Buffer.alloc(6 * mebibyte + 512);
  randomBytes(mebibyte).copy(data, mebibyte);
  randomBytes(mebibyte + 512).copy(data, 5 * mebibyte);
  const disk = new BufferExport(data);
  let folder: string;
  let socketPath: string;
  let server: NbdServer;
  let failures: unknown[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dvce-nbd-"));
    socketPath = join(folder, "nbd.sock");
    failures = [];
    disk.failAt = -1;
    server = await startNbdServer({
      socketPath,
      exports: { names: async () => ["disk"], open: async (name) => (name === "disk" ? disk : undefined) },
      onReadFailed: (error) => failures.push(error),
    });
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  const uri = (name = "disk") => `nbd+unix:///${name}?socket=${socketPath}`;

  it("gives QEMU the disk's size, bytes and holes", async () => {
    const info = JSON.parse((await run("qemu-img", ["info", "--output=json", uri()])).stdout);
    expect(info["virtual-size"]).toBe(data.length);
    const copy = join(folder, "copy.raw");
    await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", uri(), copy]);
    expect((await readFile(copy)).equals(data)).toBe(true);
    const map = JSON.parse((await run("qemu-img", ["map", "-f", "raw", "--output=json", uri()])).stdout);
    expect(
      map.map((piece: { start: number; length: number; zero: boolean }) => [
        piece.start,
        piece.length,
        piece.zero,
      ]),
    ).toEqual([
      [0, mebibyte, true],
      [mebibyte, mebibyte, false],
      [2 * mebibyte, 3 * mebibyte, true],
      [5 * mebibyte, mebibyte + 512, false],
    ]);
  });

  it("compares equal to the raw file, and not to another", async () => {
    const raw = join(folder, "disk.raw");
    await writeFile(raw, data);
    await run("qemu-img", ["compare", "-f", "raw", "-F", "raw", uri(), raw]);
    const other = Buffer.from(data);
    other[mebibyte + 7] = (other[mebibyte + 7] ?? 0) ^ 1;
    await writeFile(raw, other);
    await expect(run("qemu-img", ["compare", "-f", "raw", "-F", "raw", uri(), raw])).rejects.toMatchObject({
      code: 1,
    });
  });

  it("answers reads at any alignment", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(data.length - 1), fc.integer({ min: 1, max: 300_000 })), {
          minLength: 1,
          maxLength: 20,
        }),
        async (reads) => {
          const client = await RawClient.open(socketPath, "disk");
          const pieces = reads.map(([at, length]) => ({ at, length: Math.min(length, data.length - at) }));
          pieces.forEach(({ at, length }, i) => client.request(0, BigInt(i), at, length));
          const replies = await client.simpleReplies(pieces.map(({ length }) => length));
          pieces.forEach(({ at, length }, i) => {
            expect(replies.get(BigInt(i))?.error).toBe(0);
            expect(replies.get(BigInt(i))?.data.equals(data.subarray(at, at + length))).toBe(true);
          });
          client.close();
        },
      ),
      { numRuns: 20 },
    );
  });

  it("refuses an unknown export by name", async () => {
    await expect(run("qemu-img", ["info", uri("nothing")])).rejects.toThrow(
      /export 'nothing' not present|Requested export not available/i,
    );
  });

  it("refuses writes and goes on serving", async () => {
    const write = run("qemu-io", ["-f", "raw", "-c", "write 0 512", uri()]);
    await expect(write).rejects.toThrow(/read-only|Permission denied/i);
    const client = await RawClient.open(socketPath, "disk");
    client.request(1, 7n, 0, 100_000, Buffer.alloc(100_000));
    client.request(0, 8n, mebibyte, 512);
    expect((await client.simpleReplies([0])).get(7n)).toEqual({ error: 1, data: Buffer.alloc(0) });
    expect(
      (await client.simpleReplies([512])).get(8n)?.data.equals(data.subarray(mebibyte, mebibyte + 512)),
    ).toBe(true);
    client.close();
  });

  it.each([
    ["a read behind the end", 0, data.length - 1, 2, 22],
    ["a read above the bound", 0, 0, 33 * mebibyte, 22],
    ["trim", 4, 0, 512, 1],
    ["block status that was not negotiated", 7, 0, 512, 22],
    ["an unknown command", 77, 0, 512, 22],
  ])("answers %s with the protocol's error", async (_name, command, at, length, error) => {
    const client = await RawClient.open(socketPath, "disk");
    client.request(command, 1n, at, length);
    expect((await client.simpleReplies([0])).get(1n)?.error).toBe(error);
    client.close();
  });

  it("answers EIO when bytes cannot be had, and says so to its owner", async () => {
    disk.failAt = mebibyte + 4096;
    await expect(
      run("qemu-io", ["-r", "-f", "raw", "-c", `read ${mebibyte} 8192`, uri()]),
    ).rejects.toMatchObject({ stdout: expect.stringContaining("Input/output error") });
    expect(failures.length).toBeGreaterThan(0);
    await run("qemu-io", ["-r", "-f", "raw", "-c", `read ${mebibyte} 4096`, uri()]);
  });

  it("answers EIO when an export cannot tell its holes", async () => {
    disk.holesUnknown = true;
    await expect(run("qemu-img", ["map", "-f", "raw", "--output=json", uri()])).rejects.toThrow(
      /Input.output/,
    );
    disk.holesUnknown = false;
    expect(failures.length).toBeGreaterThan(0);
    await run("qemu-img", ["map", "-f", "raw", "--output=json", uri()]);
  });

  it("serves other clients on after any bytes at all", async () => {
    const prefix = fc.constantFrom(
      Buffer.alloc(0),
      Buffer.from([0, 0, 0, 3]),
      Buffer.concat([Buffer.from([0, 0, 0, 3]), optionMagic]),
      Buffer.concat([Buffer.from([0, 0, 0, 3]), optionMagic, Buffer.from([0, 0, 0, 7, 0, 0, 0, 12])]),
      Buffer.concat([Buffer.from([0, 0, 0, 3]), optionMagic, Buffer.from([0, 0, 0, 10, 0, 0, 0, 12])]),
      goOption("disk"),
    );
    await fc.assert(
      fc.asyncProperty(prefix, fc.uint8Array({ maxLength: 200 }), async (head, tail) => {
        await new Promise<void>((resolve) => {
          const socket = net.connect(socketPath, () => socket.end(Buffer.concat([head, tail])));
          socket.on("error", () => undefined);
          socket.on("close", () => resolve());
          socket.resume();
        });
        const client = await RawClient.open(socketPath, "disk");
        client.request(0, 1n, 0, 16);
        expect((await client.simpleReplies([16])).get(1n)?.error).toBe(0);
        client.close();
      }),
      { numRuns: 100 },
    );
  });
});

/** Client flags and a GO option without information requests. */
function goOption(name: string): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32BE(3, 0);
  optionMagic.copy(head, 4);
  head.writeUInt32BE(7, 12);
  head.writeUInt32BE(4 + name.length + 2, 16);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([head, length, Buffer.from(name), Buffer.alloc(2)]);
}

/** Speaks the protocol by hand, so that a test can say what QEMU never would. */
class RawClient {
  readonly #socket: net.Socket;
  #received = Buffer.alloc(0);
  #wake: () => void = () => undefined;

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on("data", (piece) => {
      this.#received = Buffer.concat([this.#received, piece]);
      this.#wake();
    });
  }

  static async open(path: string, name: string): Promise<RawClient> {
    const socket = net.connect(path);
    const client = new RawClient(socket);
    expect((await client.#take(18)).subarray(0, 8)).toEqual(greetingMagic);
    socket.write(goOption(name));
    for (;;) {
      const header = await client.#take(20);
      await client.#take(header.readUInt32BE(16));
      if (header.readUInt32BE(12) === 1) return client;
    }
  }

  request(command: number, cookie: bigint, at: number, length: number, payload = Buffer.alloc(0)): void {
    const header = Buffer.alloc(28);
    header.writeUInt32BE(0x25609513, 0);
    header.writeUInt16BE(command, 6);
    header.writeBigUInt64BE(cookie, 8);
    header.writeBigUInt64BE(BigInt(at), 16);
    header.writeUInt32BE(length, 24);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  /** As many replies as lengths; `lengths` are indexed by cookie where there are several. */
  async simpleReplies(lengths: readonly number[]): Promise<Map<bigint, { error: number; data: Buffer }>> {
    const replies = new Map<bigint, { error: number; data: Buffer }>();
    for (let i = 0; i < lengths.length; i++) {
      const header = await this.#take(16);
      expect(header.readUInt32BE(0)).toBe(0x67446698);
      const error = header.readUInt32BE(4);
      const cookie = header.readBigUInt64BE(8);
      const length = lengths.length === 1 ? lengths[0] : lengths[Number(cookie)];
      replies.set(cookie, { error, data: await this.#take(error === 0 ? (length ?? 0) : 0) });
    }
    return replies;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #take(size: number): Promise<Buffer> {
    while (this.#received.length < size) await new Promise<void>((resolve) => (this.#wake = resolve));
    const taken = this.#received.subarray(0, size);
    this.#received = this.#received.subarray(size);
    return taken;
  }
}
