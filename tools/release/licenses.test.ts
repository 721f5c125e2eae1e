import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { repositoryDirectory } from "../setup/paths";
import { licensesOf } from "./licenses";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-licenses-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("names a package, its version and its whole licence", async () => {
  const text = await licensesOf(repositoryDirectory, ["node_modules/@msgpack/msgpack"]);
  expect(text).toMatch(/^==== @msgpack\/msgpack \d+\.\d+\.\d+ \(ISC\)\n\nCopyright/);
});

test("refuses a package that says nothing of a licence", async () => {
  await mkdir(path.join(directory, "mute"));
  await writeFile(path.join(directory, "mute/package.json"), '{ "name": "mute", "version": "1.0.0" }');
  await expect(licensesOf(directory, ["mute"])).rejects.toThrow(/^mute 1\.0\.0 .* names no licence/);
});
