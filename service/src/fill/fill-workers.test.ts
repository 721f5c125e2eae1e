import { digestOf, encodeChunk } from "@dvce/image";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FillWorkers, type FillChunk } from "./fill-workers";

jest.setTimeout(30_000);

const workers = new FillWorkers({ workers: 2 });
let folder: string;
let target: FileHandle;
let pack: FileHandle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dvce-fill-"));
  target = await open(join(folder, "target"), "w+");
  pack = await open(join(folder, "pack"), "w+");
});
afterAll(async () => {
  await workers.close();
  await target.close();
  await pack.close();
  await rm(folder, { recursive: true });
});

const text = Buffer.alloc(50_000, "text that shrinks ");
const random = randomBytes(70_000);

/** The chunk as a place in the pack, at `offset`. */
async function inPack(data: Buffer, payloadOffsetBytes: number): Promise<FillChunk["source"]> {
  const { digest, sizeBytes, codec, payload } = encodeChunk(data);
  await pack.write(payload, 0, payload.length, payloadOffsetBytes);
  const place = {
    fd: pack.fd,
    offsetBytes: 0,
    payloadOffsetBytes,
    payloadBytes: payload.length,
    sizeBytes,
    codec,
  };
  return { digest, place };
}

it("writes verified bytes of given and of stored chunks to every place that they belong", async () => {
  const expected = Buffer.alloc(400_000);
  const put = (data: Buffer, offsetInChunk: number, lengthBytes: number, offsetBytes: number) => {
    data.copy(expected, offsetBytes, offsetInChunk, offsetInChunk + lengthBytes);
    return { offsetInChunk, lengthBytes, offsetBytes };
  };
  const outcomes = await workers.fill([
    {
      targetFd: target.fd,
      source: encodeChunk(text),
      writes: [put(text, 0, 50_000, 0), put(text, 7, 100, 200_000)],
    },
    { targetFd: target.fd, source: await inPack(random, 5000), writes: [put(random, 0, 70_000, 100_000)] },
    {
      targetFd: target.fd,
      source: encodeChunk(random.subarray(1)),
      writes: [put(random, 2, 9, 300_000)].map((write) => ({ ...write, offsetInChunk: 1 })),
    },
    { targetFd: target.fd, source: await inPack(text, 100_000), writes: [put(text, 1, 30_000, 370_000)] },
  ]);
  expect(outcomes).toEqual(Array(4).fill({ kind: "written" }));
  expect((await readFile(join(folder, "target"))).equals(expected)).toBe(true);
});

it("writes nothing of a chunk that is not what its digest says, and goes on with the next", async () => {
  await target.truncate(0);
  const bad = { ...encodeChunk(text), digest: digestOf(random) };
  const torn = await inPack(random, 900_000);
  if (!("place" in torn)) throw new Error("not a place");
  const writes = [{ offsetInChunk: 0, lengthBytes: 1000, offsetBytes: 0 }];
  const good = [{ offsetInChunk: 0, lengthBytes: 10, offsetBytes: 5 }];
  const outcomes = await workers.fill([
    { targetFd: target.fd, source: bad, writes },
    {
      targetFd: target.fd,
      source: { ...torn, place: { ...torn.place, payloadOffsetBytes: 960_000 } },
      writes,
    },
    { targetFd: target.fd, source: encodeChunk(text), writes: good },
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["bad", "bad", "written"]);
  expect(outcomes[0]).toMatchObject({ code: "DVCE_CHUNK_CORRUPT" });
  expect((await readFile(join(folder, "target"))).toString("latin1")).toBe(
    `\0\0\0\0\0${text.toString("latin1", 0, 10)}`,
  );
});

it("gives the bytes back that the file did not take", async () => {
  const readonly = await open(join(folder, "target"), "r");
  const writes = [{ offsetInChunk: 0, lengthBytes: 10, offsetBytes: 0 }];
  const [outcome] = await workers.fill([{ targetFd: readonly.fd, source: encodeChunk(text), writes }]);
  await readonly.close();
  expect(outcome?.kind === "unwritten" && Buffer.from(outcome.data).equals(text)).toBe(true);
});
