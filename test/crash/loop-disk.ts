/** An ext4 file system in a file, whose power can be cut. Needs root. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** `_IOR('X', 125, __u32)` of linux/fs.h. */
const fsIocShutdown = "0x8004587d";
/** `FS_SHUTDOWN_FLAGS_NOLOGFLUSH`: everything that was not flushed is lost, the journal's memory included. */
const withoutLogFlush = 2;

export class LoopDisk {
  readonly #root: string;
  readonly mountPoint: string;

  #copies = 0;

  private constructor(root: string) {
    this.#root = root;
    this.mountPoint = join(root, "mount");
  }

  static async make(sizeBytes: number): Promise<LoopDisk> {
    const disk = new LoopDisk(await mkdtemp(join(tmpdir(), "dvce-crash-")));
    await mkdir(disk.mountPoint);
    await writeFile(disk.#image, "");
    await truncate(disk.#image, sizeBytes);
    await run("mkfs.ext4", ["-q", "-F", disk.#image]);
    await disk.mount();
    return disk;
  }

  get #image(): string {
    return join(this.#root, `disk-${this.#copies}.img`);
  }

  async mount(): Promise<void> {
    await run("mount", ["-o", "loop", this.#image, this.mountPoint]);
  }

  /**
   * Afterwards a mount starts from the disk alone. A process that another has put into a mount namespace of its own meanwhile
   * (as `ip netns exec` does) keeps the file system alive, and would give it back as it was: then the next mount is one of a
   * copy of the disk.
   */
  async unmount(): Promise<void> {
    await run("umount", [this.mountPoint]);
    for (let tries = 0; tries < 25; tries++) {
      const { stdout } = await run("losetup", ["-j", this.#image]);
      if (stdout.trim() === "") return;
      await sleep(20);
    }
    const kept = this.#image;
    this.#copies++;
    await run("cp", ["--sparse=always", kept, this.#image]);
    await rm(kept);
  }

  /**
   * From now on every write fails, and what had not reached the disk never will. Answers when that began, in nanoseconds of
   * the clock of `process.hrtime`. What a process says it was promised after that does not count: Linux lets an fdatasync
   * that is under way answer success a few milliseconds after the shutdown (seen with 6.18), which no machine without power
   * can do.
   */
  async cutPower(): Promise<bigint> {
    const program = `use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC);
      open(D, "<", $ARGV[0]) or die "open: $!"; my $f = pack("L", ${withoutLogFlush});
      printf("%.0f", clock_gettime(CLOCK_MONOTONIC) * 1e6);
      ioctl(D, ${fsIocShutdown}, $f) or die "ioctl: $!";`;
    const { stdout } = await run("perl", ["-e", program, this.mountPoint]);
    return BigInt(stdout) * 1000n;
  }

  async remove(): Promise<void> {
    await run("umount", ["-l", this.mountPoint]).catch(() => undefined); // a failed test may have unmounted it already
    await rm(this.#root, { recursive: true, force: true });
  }
}
