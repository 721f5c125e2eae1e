import { readFile } from "node:fs/promises";
import path from "node:path";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Record<string, string> }>>;
}

describe("package-lock.json", () => {
  // A registry mirror that lacks other platforms' binaries makes npm leave them out, and then `npm ci` refuses the lock.
  it("names the optional packages of every platform", async () => {
    const lock = JSON.parse(await readFile(path.join(__dirname, "../package-lock.json"), "utf8")) as Lock;
    const missing = Object.entries(lock.packages).flatMap(([place, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) =>
          !(`node_modules/${name}` in lock.packages) && !(`${place}/node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });
});
