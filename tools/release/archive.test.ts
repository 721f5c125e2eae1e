import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execute } from "../setup/execute";
import { writeZip } from "./archive";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-archive-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("the same entries make the same archive, whenever their files were written", async () => {
  const file = path.join(directory, "program");
  await writeFile(file, "#!/bin/sh\necho hello\n", { mode: 0o600 });
  const entries = [
    { name: "program", from: file, mode: 0o755 },
    { name: "LICENSE", from: Buffer.from("as you like\n"), mode: 0o644 },
  ];
  const [one, other] = ["one.zip", "other.zip"].map((name) => path.join(directory, name)) as [string, string];
  await writeZip(one, entries);
  await utimes(file, 1_000_000_000, 1_000_000_000);
  await writeZip(other, entries);
  expect(await readFile(other)).toEqual(await readFile(one));
  await execute("unzip", ["-q", one, "-d", path.join(directory, "out")]);
  expect(await execute(path.join(directory, "out/program"), [])).toBe("hello\n");
});
