/**
 * Golden vectors: an image cut by any version of DVCE on any machine gives these versions and these chunks. If one of
 * them changes, every image in every pool changes its name: that needs a new chunking algorithm number, not a new vector.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChunkingParameters, defaultChunking } from "@dvce/image";
import { indexAndRebuild, writeRawDisk } from "./support";
import { pseudoRandom } from "../support/pseudo-random";

const mib = 1024 * 1024;

interface Vector {
  readonly version: string;
  /** Sizes of the chunks in sectors of 512 bytes. */
  readonly chunks: string;
}

interface GoldenImage {
  readonly name: string;
  readonly sizeBytes: number;
  readonly pieces: readonly { readonly at: number; readonly data: Buffer }[];
  /** Algorithm 1, the default of the first release. */
  readonly byCrc: Vector;
  /** Algorithm 2, the default. */
  readonly byFileEnds: Vector;
}

/** The first default: 16 KiB to 256 KiB, 64 KiB on average. */
const byCrc: ChunkingParameters = {
  blockSizeBytes: 4096,
  chunkBlocksMin: 4,
  chunkBlocksMax: 64,
  cutThreshold: Math.floor(2 ** 32 / 13),
  segmentSizeBytes: 16 * mib,
  fileBlocksMin: 0,
};

const text = Buffer.alloc(700_000, "The same bytes again and again, but not in step with the blocks. ");

/** Files as a file system places them: each from a block boundary on, with zeros to the end of its last block. */
const fileSizes = [3000, 9000, 40_000, 4090, 4096, 100, 70_000, 5000, 12_288, 300_000, 2000, 2000, 2000];
const files = Buffer.concat(
  fileSizes.map((sizeBytes, i) => {
    const blocks = Buffer.alloc(Math.ceil(sizeBytes / 4096) * 4096);
    pseudoRandom(sizeBytes, i + 1).copy(blocks);
    return blocks;
  }),
);

const images: readonly GoldenImage[] = [
  {
    name: "dense",
    sizeBytes: 4 * mib,
    pieces: [{ at: 0, data: pseudoRandom(4 * mib) }],
    byCrc: {
      version: "88abb85cfeead113d2c928340d8ed283e102c61deb141771ad87dbc99c84e83c",
      chunks:
        "248 128 512 256 40 72 208 144 32 168 56 40 48 40 224 96 80 152 32 32 192 120 72 72 168 168 440 32 48 248 256 152 40 32 32 64 240 416 64 216 416 88 152 56 424 200 176 80 272 232 160 48 80 96 32",
    },
    byFileEnds: {
      version: "856246bd896aa0ecc4ebdbd18bb66d219aa4d0570026f607f0853b9e0be29133",
      chunks:
        "248 512 384 112 208 144 200 144 264 328 376 144 168 168 440 328 256 152 176 232 512 512 88 88 152 512 344 80 512 152 128 128",
    },
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
    byCrc: {
      version: "620ef12722e7a97350b4d7800f0939ab52db4efdd5c8e942d47a0abec2eeea8c",
      chunks: "104 152 32 336 56 176 24 112 40 88 152 32 8 1.953125",
    },
    byFileEnds: {
      version: "cb83ff982e5678e83d55504ad99b71b93a1d0a8328aadcc2e754f1d21c046f32",
      chunks: "8 96 184 336 56 176 24 112 128 152 40 1.953125",
    },
  },
  {
    name: "nothing but a boot signature",
    sizeBytes: mib,
    pieces: [],
    byCrc: { version: "ab5f8b6dabbda7408ade7b90cb1f638099990ed27ae13b8b2007000225bb9d07", chunks: "8" },
    byFileEnds: { version: "aad9b1017a93422ff3ceb60ce4832a0a4cee71c7d1a88bdb720f740b83d569e1", chunks: "8" },
  },
  {
    name: "files, twice, the second time without the first of them",
    sizeBytes: 2 * mib,
    pieces: [
      { at: 8192, data: files.subarray(4096) },
      { at: mib, data: files },
    ],
    byCrc: {
      version: "fb87253b3fd976997fbfed6184619fecd8e350becbb85a785d8134385fb88bed",
      chunks: "8 56 104 104 48 32 32 104 56 264 48 80 64",
    },
    byFileEnds: {
      version: "14cce3a936e74e3f2b2003216da67585ef37a3357060e94f43c2a08db74c0908",
      chunks: "8 24 80 24 144 16 88 424 72 32 24 8",
    },
  },
];

it.each(images)("cuts as ever: $name", async ({ sizeBytes, pieces, ...vectors }) => {
  const directory = await mkdtemp(join(tmpdir(), "dvce-golden-"));
  try {
    const path = join(directory, "disk.raw");
    await writeRawDisk(path, sizeBytes, pieces);
    for (const [chunking, expected] of [
      [byCrc, vectors.byCrc],
      [defaultChunking, vectors.byFileEnds],
    ] as const) {
      const { index } = await indexAndRebuild(path, chunking);
      const chunks = index.chunks.map(({ sizeBytes: chunk }) => chunk / 512).join(" ");
      expect({ version: index.version, chunks }).toEqual(expected);
      expect(index.chunking).toEqual(chunking);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
