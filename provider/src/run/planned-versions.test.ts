import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { plannedMark, plannedVersions, readParent, type TerraformProcess } from "./planned-versions";
import { readZipEntry } from "./zip-entry";

let directory: string;
beforeEach(() => (directory = mkdtempSync(path.join(tmpdir(), "dvce-planned-"))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const version = "a".repeat(64);
const other = "b".repeat(64);

/** A zip file with one deflated entry. */
function zip(name: string, content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(crc32(content), 14);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, entry, Buffer.from(name), end]);
}

const terraform = (...argv: readonly string[]): TerraformProcess => ({
  identity: "7-1",
  argv: ["terraform", ...argv],
  workingDirectory: directory,
});

test("a saved plan that is applied says what it planned", () => {
  const content = Buffer.from(`…{"planned":"${plannedMark("debian", version)}"}…`);
  writeFileSync(path.join(directory, "plan.bin"), zip("tfplan", content));
  const planned = plannedVersions(terraform("-chdir=.", "apply", "-input=false", "plan.bin"), directory);
  expect(planned.find("debian")).toEqual([version]);
  expect(planned.find("ebian")).toEqual([]);
  expect(plannedVersions(terraform("plan", "plan.bin"), directory).find("debian")).toEqual([]);
});

test("the same run finds its first answer again, and another run does not", () => {
  const first = plannedVersions(terraform("apply"), directory);
  expect(first.find("debian")).toEqual([]);
  first.note("debian", version);
  first.note("debian", other);
  expect(plannedVersions(terraform("apply"), directory).find("debian")).toEqual([version]);
  const next = { ...terraform("apply"), identity: "7-2" };
  expect(plannedVersions(next, directory).find("debian")).toEqual([]);
});

test("no parent, no plan file and a damaged plan file find nothing", () => {
  expect(plannedVersions(undefined, directory).find("debian")).toEqual([]);
  expect(plannedVersions(terraform("apply", "missing"), directory).find("debian")).toEqual([]);
  const whole = zip("tfplan", Buffer.from(plannedMark("debian", version)));
  for (let length = 0; length < whole.length - 22; length += 1) {
    expect(readZipEntry(whole.subarray(0, length), "tfplan")).toBeUndefined();
  }
});

test("this process's own parent can be read where there is /proc", () => {
  expect(readParent(process.pid)?.argv.length).toBeGreaterThan(0);
  expect(readParent(0)).toBeUndefined();
});
