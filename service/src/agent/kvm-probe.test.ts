import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bootsGuests } from "./kvm-probe";

describe("the KVM probe", () => {
  it("sees that QEMU's own emulation boots a guest", async () => {
    expect(await bootsGuests({ accelerator: "tcg", deadlineMs: 20_000 })).toBe(true);
  }, 30_000);

  it("takes a guest that does not end in time for one that does not boot", async () => {
    expect(await bootsGuests({ accelerator: "tcg", deadlineMs: 1 })).toBe(false);
  });

  it("takes any other exit code, and a program that is not there, for no", async () => {
    expect(await bootsGuests({ program: "true" })).toBe(false);
    expect(await bootsGuests({ program: "/nonexistent/qemu" })).toBe(false);
  });

  it("takes its guest with it when the agent is killed", async () => {
    const folder = await mkdtemp(join(tmpdir(), "dvce-probe-test-"));
    try {
      const guest = join(folder, "guest");
      const pidFile = join(folder, "pid");
      await writeFile(
        guest,
        `#!/bin/sh\necho $$ > ${pidFile}.tmp\nmv ${pidFile}.tmp ${pidFile}\nexec sleep 600\n`,
        {
          mode: 0o755,
        },
      );
      const source = `require(${JSON.stringify(join(__dirname, "kvm-probe.ts"))}).bootsGuests(${JSON.stringify(
        {
          program: guest,
          deadlineMs: 600_000,
          directory: folder,
        },
      )})`;
      const agent = spawn(process.execPath, ["--import", require.resolve("tsx"), "-e", source], {
        stdio: "inherit",
      });
      const pid = Number(await eventually(() => readFile(pidFile, "utf8").catch(() => undefined)));
      expect(isRunning(pid)).toBe(true);
      agent.kill("SIGKILL");
      await eventually(async () => (isRunning(pid) ? undefined : true));
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);
});

async function eventually<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await attempt();
    if (found !== undefined) return found;
    await sleep(20);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
