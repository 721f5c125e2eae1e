import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { launcher } from "../build/provider";
import { partitionTable, writeBootLoader } from "../image/disk";
import { debian12, guestFiles, filesystemUuid } from "../image/definition";
import { download, sha256OfFile } from "./download";
import { CommandError, execute } from "./execute";
import { goProxyUrl } from "./go";
import { withLock } from "./lock";
import { cliConfig, mirrorPath } from "./mirror";
import { cacheLayout } from "./paths";
import { formatSeconds, Progress } from "./progress";
import { missingPackages, systemPackages, usesDebianPackages } from "./system-packages";
import { isAtLeast, parseVersion } from "./versions";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "setup-test-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe("versions", () => {
  it.each([
    ["go version go1.24.13 linux/amd64", [1, 24, 13]],
    ["go1.26", [1, 26, 0]],
    ["Terraform v1.11.4\non linux_amd64", [1, 11, 4]],
  ])("reads %j", (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it("compares number by number, and takes no version for too old", () => {
    expect(isAtLeast("go1.24.13", "1.24.13")).toBe(true);
    expect(isAtLeast("go1.24.9", "1.24.13")).toBe(false);
    expect(isAtLeast("1.9.8", "1.10.0")).toBe(false);
    expect(isAtLeast("2.0.0", "1.10.0")).toBe(true);
    expect(isAtLeast("", "1.10.0")).toBe(false);
  });
});

describe("system packages", () => {
  it("finds what dpkg does not have, or has removed", () => {
    const answer = "curl installed\nqemu-utils config-files\n";
    expect(missingPackages(["curl", "qemu-utils", "nftables"], answer)).toEqual(["qemu-utils", "nftables"]);
    expect(
      missingPackages(systemPackages, systemPackages.map((name) => `${name} installed`).join("\n")),
    ).toEqual([]);
  });

  it.each([
    ["ID=debian\n", true],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID="fedora"\n', false],
    ["", false],
  ])("knows of %j whether it uses them", (osRelease, expected) => {
    expect(usesDebianPackages(osRelease)).toBe(expected);
  });
});

describe("mirror", () => {
  const provider = { source: "dmacvicar/libvirt", version: "0.8.3" };

  it("lies where Terraform looks", () => {
    expect(mirrorPath("registry.terraform.io", provider)).toBe(
      "registry.terraform.io/dmacvicar/libvirt/0.8.3/linux_amd64/terraform-provider-libvirt_v0.8.3",
    );
  });

  it("serves both registries' addresses and leaves all others alone", () => {
    const text = cliConfig("/cache/mirror", [provider]);
    const addresses =
      '["registry.terraform.io/dmacvicar/libvirt", "registry.opentofu.org/dmacvicar/libvirt"]';
    expect(text).toContain('path    = "/cache/mirror"');
    expect(text).toContain(`include = ${addresses}`);
    expect(text).toContain(`exclude = ${addresses}`);
  });

  it("starts the provider's bundle beside the launcher, whatever characters the path has", async () => {
    const node = path.join(directory, "it's node");
    await writeFile(node, '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
    const executable = path.join(directory, "terraform-provider-x");
    await writeFile(executable, launcher(node, "provider.cjs"), { mode: 0o755 });
    await expect(execute(executable, ["a b"], { cwd: "/" })).resolves.toBe(`${directory}/provider.cjs a b\n`);
  });
});

describe("Go", () => {
  it.each([
    ["https://proxy.example/go/,direct", "https://proxy.example/go"],
    ["off", "https://proxy.golang.org"],
    ["direct|https://b.example", "https://b.example"],
    [undefined, "https://proxy.golang.org"],
  ])("takes the proxy out of GOPROXY=%s", (value, url) => {
    expect(goProxyUrl(value)).toBe(url);
  });
});

describe("execute", () => {
  it("answers standard output and gives input and environment", async () => {
    const lines: string[] = [];
    const answer = await execute("sh", ["-c", "cat; echo $X; echo warn >&2"], {
      input: "in\n",
      env: { X: "y" },
      onLine: (line) => lines.push(line),
    });
    expect(answer).toBe("in\ny\n");
    expect(lines.sort()).toEqual(["in", "warn", "y"]);
  });

  it("says how a command failed, shows the end of its output and keeps all of it", async () => {
    const logPath = path.join(directory, "log", "x.log");
    const failure = execute("sh", ["-c", "seq 1 100; exit 3"], { logPath });
    await expect(failure).rejects.toThrow(CommandError);
    await expect(failure).rejects.toThrow(/ended with status 3\n86\n[\s\S]*\n100\nAll of its output: /);
    await expect(execute("no-such-command", [])).rejects.toThrow(/ENOENT/);
  });
});

describe("lock", () => {
  it("lets one at a time work", async () => {
    const lockPath = path.join(directory, "deep", "lock");
    const log: string[] = [];
    let started: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      started = resolve;
    });
    const one = withLock(
      lockPath,
      () => log.push("one waits"),
      async () => {
        started();
        log.push("one starts");
        await new Promise((resolve) => setTimeout(resolve, 300));
        log.push("one ends");
      },
    );
    await first;
    const two = withLock(
      lockPath,
      () => log.push("two waits"),
      () => {
        log.push("two works");
        return Promise.resolve();
      },
    );
    await Promise.all([one, two]);
    expect(log).toEqual(["one starts", "two waits", "one ends", "two works"]);
  });

  it("is free again after a failure", async () => {
    const lockPath = path.join(directory, "lock-2");
    const never = (): void => {
      throw new Error("waited");
    };
    await expect(withLock(lockPath, never, () => Promise.reject(new Error("work")))).rejects.toThrow("work");
    await expect(withLock(lockPath, never, () => Promise.resolve(1))).resolves.toBe(1);
  });
});

describe("progress", () => {
  function recorder(): { text: () => string; progress: (isTTY: boolean) => Progress } {
    let text = "";
    let now = 0;
    return {
      text: () => text,
      progress: (isTTY) =>
        new Progress({
          stream: { isTTY, write: (more) => (text += more) },
          now: () => (now += 1500),
          color: false,
        }),
    };
  }

  it("writes plain lines where there is no terminal", async () => {
    const { text, progress } = recorder();
    const plain = progress(false);
    await plain.step("a", () => Promise.resolve());
    await expect(plain.step("b", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(text()).toBe("- a ...\n✓ a (1.5 s)\n- b ...\n✗ b (1.5 s)\n");
  });

  it("uses no colour unless told so", async () => {
    const { text, progress } = recorder();
    await progress(true).step("a", () => Promise.resolve());
    expect(text()).not.toContain("\u001b[3");
  });

  it("speaks of minutes from a minute on", () => {
    expect(formatSeconds(1234)).toBe("1.2 s");
    expect(formatSeconds(59_960)).toBe("1 min 00 s");
    expect(formatSeconds(125_000)).toBe("2 min 05 s");
  });
});

describe("download", () => {
  it("keeps nothing whose checksum is wrong", async () => {
    const target = path.join(directory, "file");
    const url = "data:text/plain,hello";
    await expect(download(url, target, { sha256: "0".repeat(64) })).rejects.toThrow(/expected SHA-256 000/);
    await expect(readFile(target)).rejects.toThrow(/ENOENT/);
    const sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    await download(url, target, { sha256 });
    await expect(sha256OfFile(target)).resolves.toBe(sha256);
  });
});

describe("image", () => {
  it("has one partition, aligned, after the boot loader's gap", () => {
    expect(partitionTable()).toContain("start=2048, type=83, bootable");
  });

  it("writes the boot code round the partition table", async () => {
    const disk = path.join(directory, "disk");
    await writeFile(disk, Buffer.alloc(4096, 1));
    const coreImage = Buffer.alloc(1024, 3);
    await writeBootLoader(disk, { bootImage: Buffer.alloc(512, 2), coreImage });
    const bytes = await readFile(disk);
    expect(bytes.subarray(0, 440).every((byte) => byte === 2)).toBe(true);
    expect(bytes.subarray(440, 512).every((byte) => byte === 1)).toBe(true);
    expect(bytes.subarray(512, 1536).every((byte) => byte === 3)).toBe(true);
    expect(bytes.subarray(1536).every((byte) => byte === 1)).toBe(true);
    await expect(
      writeBootLoader(disk, { bootImage: coreImage, coreImage: Buffer.alloc(1 << 20) }),
    ).rejects.toThrow("1048064 fit before the first partition");
  });

  it("boots its own root file system with a console on the serial port", () => {
    expect(guestFiles["/boot/grub/grub.cfg"]).toContain(`root=UUID=${filesystemUuid}`);
    expect(guestFiles["/boot/grub/grub.cfg"]).toContain("console=ttyS0");
    expect(guestFiles["/etc/fstab"]).toContain(filesystemUuid);
    expect(debian12.packages).toEqual([...debian12.packages].sort());
  });
});

describe("cache", () => {
  it("keeps everything under the one folder", () => {
    for (const place of Object.values(cacheLayout("/c"))) expect(place).toMatch(/^\/c(\/|$)/);
  });
});
