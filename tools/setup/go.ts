import { access, chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { download } from "./download";
import { execute } from "./execute";
import type { CacheLayout } from "./paths";
import type { Progress } from "./progress";
import { goToolchain, isAtLeast, type GoModulePin } from "./versions";

/** The first proxy of GOPROXY, which may list several and end in `direct` or `off`. */
export function goProxyUrl(goproxy: string | undefined): string {
  const first = (goproxy ?? "").split(/[,|]/).find((entry) => /^https?:/.test(entry));
  return (first ?? "https://proxy.golang.org").replace(/\/+$/, "");
}

/**
 * A Go that can build what set-up builds: the one on PATH, else the pinned toolchain out of the module proxy.
 * @returns the path or name of the `go` command.
 */
export async function ensureGo(layout: CacheLayout, progress: Progress): Promise<string> {
  const found = await execute("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } }).catch(() => "");
  if (isAtLeast(found, goToolchain.version)) return "go";
  const root = path.join(layout.goDirectory, `go${goToolchain.version}`);
  const goPath = path.join(root, "bin", "go");
  if (await exists(goPath)) return goPath;
  await progress.step(`Go ${goToolchain.version}`, async (update) => {
    const name = `v0.0.1-go${goToolchain.version}.linux-amd64`;
    const zipPath = path.join(layout.goDirectory, `${name}.zip`);
    const url = `${goProxyUrl(process.env["GOPROXY"])}/golang.org/toolchain/@v/${name}.zip`;
    await download(url, zipPath, { sha256: goToolchain.sha256, onProgress: update });
    update("unpacking");
    const temporary = await mkdtemp(path.join(layout.goDirectory, ".unpack-"));
    try {
      await execute("unzip", ["-q", zipPath, "-d", temporary]);
      const unpacked = path.join(temporary, `golang.org/toolchain@${name}`);
      // Module zips carry no modes.
      for (const directory of ["bin", "pkg/tool/linux_amd64"])
        await execute("chmod", ["-R", "a+x", path.join(unpacked, directory)]);
      await rm(root, { recursive: true, force: true });
      await rename(unpacked, root);
    } finally {
      await rm(temporary, { recursive: true, force: true });
      await rm(zipPath, { force: true });
    }
  });
  return goPath;
}

/**
 * Builds a command from the module proxy to `target`, which appears when it is whole. Go checks the module against
 * the checksum database and its dependencies against the module's go.sum; the module must also have the pinned sum.
 */
export async function buildGoCommand(
  goPath: string,
  pin: GoModulePin,
  target: string,
  layout: CacheLayout,
  update: (detail: string) => void,
): Promise<void> {
  const name = path.basename(pin.module);
  const logPath = path.join(layout.logDirectory, `${name}.log`);
  const env = {
    GOMODCACHE: path.join(layout.goDirectory, "mod"),
    GOCACHE: path.join(layout.goDirectory, "build"),
    GOPATH: path.join(layout.goDirectory, "path"),
    GOTOOLCHAIN: "local",
    GOWORK: "off",
    GOFLAGS: "-modcacherw -mod=readonly -buildvcs=false",
    CGO_ENABLED: "0",
    GOOS: "linux",
    GOARCH: "amd64",
  };
  update("source");
  const answer: unknown = JSON.parse(
    await execute(goPath, ["mod", "download", "-json", `${pin.module}@${pin.version}`], {
      env: { ...env, GOFLAGS: "-modcacherw" },
      cwd: layout.cacheDirectory,
    }),
  );
  const { Dir: source, Sum: sum } = answer as { Dir?: string; Sum?: string };
  if (source === undefined || sum !== pin.sum)
    throw new Error(
      `${pin.module}@${pin.version}: expected ${pin.sum}, the module proxy delivered ${sum ?? "nothing"}`,
    );
  update("building");
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.partial`;
  try {
    await execute(
      goPath,
      ["build", "-trimpath", `-ldflags=${pin.linkerFlags}`, "-o", temporary, pin.package],
      {
        cwd: source,
        env,
        logPath,
      },
    );
    await chmod(temporary, 0o755);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether a path leads to something. */
export async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  );
}
