/**
 * Golden vectors: an image cut by any version of DVCE on any machine gives these versions and these chunks. If one of
 * them changes, every image in every pool changes its name: that needs a new chunking algorithm number, not a new vector.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexAndRebuild, writeRawDisk } from "./support";
import { pseudoRandom } from "../support/pseudo-random";

const mib = 1024 * 1024;
const text = Buffer.alloc(700_000, "The same bytes again and again, but not in step with the blocks. ");

it.each([
  {
    name: "dense",
    sizeBytes: 4 * mib,
    pieces: [{ at: 0, data: pseudoRandom(4 * mib) }],
    version: "88abb85cfeead113d2c928340d8ed283e102c61deb141771ad87dbc99c84e83c",
    chunks:
      "248 128 512 256 40 72 208 144 32 168 56 40 48 40 224 96 80 152 32 32 192 120 72 72 168 168 440 32 48 248 256 152 40 32 32 64 240 416 64 216 416 88 152 56 424 200 176 80 272 232 160 48 80 96 32",
  },
  {
    name: "across segments, with holes, zero blocks, repetition and a short last block",
    sizeBytes: 33 * mib + 1000,
    pieces: [
      { at: 5000, data: text },
      { at: 16 * mib - 100_000, data: pseudoRandom(300_000, 5) },
      {
        at: 24 * mib,
        data: Buffer.concat([pseudoRandom(20_480, 7), Buffer.alloc(8192), pseudoRandom(20_480, 7)]),
      },
      { at: 33 * mib + 100, data: Buffer.from("the end") },
    ],
    version: "620ef12722e7a97350b4d7800f0939ab52db4efdd5c8e942d47a0abec2eeea8c",
    chunks: "104 152 32 336 56 176 24 112 40 88 152 32 8 1.953125",
  },
  {
    name: "nothing but a boot signature",
    sizeBytes: mib,
    pieces: [],
    version: "ab5f8b6dabbda7408ade7b90cb1f638099990ed27ae13b8b2007000225bb9d07",
    chunks: "8",
  },
])("cuts as ever: $name", async ({ sizeBytes, pieces, version, chunks }) => {
  const directory = await mkdtemp(join(tmpdir(), "dvce-golden-"));
  try {
    const path = join(directory, "disk.raw");
    await writeRawDisk(path, sizeBytes, pieces);
    const { index } = await indexAndRebuild(path);
    const sizes = index.chunks.map(({ sizeBytes: chunk }) => chunk / 512).join(" ");
    expect({ version: index.version, chunks: sizes }).toEqual({ version, chunks });
  } finally {
    await rm(directory, { recursive: true });
  }
});
