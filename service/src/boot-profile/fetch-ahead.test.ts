import { DvceError, encodeChunkList, type BootProfile } from "@dvce/api";
import pino from "pino";
import { extentsOfChunks } from "./chunk-extents";
import { FetchAhead, type FetchAheadOptions } from "./fetch-ahead";

const logger = pino({ level: "silent" });
/** Chunk of each extent: chunk 1 is there twice. */
const chunkOf = [0, 1, 2, 1, 3];
const index = {
  chunkCount: 4,
  extentCount: chunkOf.length,
  extentAt: (extent: number) => ({
    chunk: chunkOf[extent] ?? -1,
    offsetInChunk: 0,
    offsetBytes: extent,
    lengthBytes: 1,
  }),
};
const profile: BootProfile = {
  version: "a".repeat(64),
  node: "n1",
  recordedAt: "2026-01-01T00:00:00Z",
  seconds: 3,
  chunks: encodeChunkList([3, 1, 0]),
  chunkCount: 3,
  imageBytes: 3,
};

describe("fetching ahead", () => {
  let fills: { extents: readonly number[]; priority: string; signal: AbortSignal | undefined }[];
  let pausesMs: number[];
  let release: (() => void) | undefined;

  function make(changes: Partial<FetchAheadOptions> = {}): FetchAhead {
    return new FetchAhead({
      profileOf: async () => profile,
      open: async () => ({
        index,
        fill: (extents, priority, signal) => {
          fills.push({ extents, priority, signal });
          return new Promise((resolve, reject) => {
            release = resolve;
            signal?.addEventListener("abort", () => reject(signal.reason as Error));
          });
        },
      }),
      sleep: async (ms) => void pausesMs.push(ms),
      nowMs: () => 0,
      logger,
      ...changes,
    });
  }
  const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

  beforeEach(() => {
    fills = [];
    pausesMs = [];
    release = undefined;
  });

  it("fills the extents of the profile's chunks in its order, once however many boots there are", async () => {
    const fetchAhead = make();
    fetchAhead.start("a");
    fetchAhead.start("a");
    await turns();
    expect(fills).toMatchObject([{ extents: [4, 1, 3, 0], priority: "ahead" }]);
    release?.();
    await turns();
    fetchAhead.start("a");
    await turns();
    expect(fills).toHaveLength(2);
    await fetchAhead.close();
  });

  it("does nothing without a profile", async () => {
    const fetchAhead = make({
      profileOf: () => Promise.reject(new DvceError("DVCE_BOOT_PROFILE_NOT_FOUND", "none yet")),
    });
    fetchAhead.start("a");
    await turns();
    expect(fills).toEqual([]);
    expect(pausesMs).toEqual([]);
  });

  it("asks again for a while when the controller is away", async () => {
    let failures = 3;
    const fetchAhead = make({
      profileOf: async () => {
        if (failures-- > 0) throw new DvceError("DVCE_CONTROLLER_UNREACHABLE", "away");
        return profile;
      },
    });
    fetchAhead.start("a");
    await turns();
    expect(pausesMs).toEqual([500, 1_000, 2_000]);
    expect(fills).toHaveLength(1);
    await fetchAhead.close();
  });

  it("gives up, without harm, on a controller that stays away and on a profile of other chunks", async () => {
    const away = make({
      profileOf: () => Promise.reject(new DvceError("DVCE_CONTROLLER_UNREACHABLE", "away")),
    });
    away.start("a");
    const wrong = make({ profileOf: async () => ({ ...profile, chunks: encodeChunkList([4]) }) });
    wrong.start("a");
    await turns();
    expect(pausesMs).toEqual([500, 1_000, 2_000, 4_000]);
    expect(fills).toEqual([]);
  });

  it("ends when it is stopped", async () => {
    const fetchAhead = make();
    fetchAhead.start("a");
    await turns();
    fetchAhead.stop("a");
    expect(fills[0]?.signal?.aborted).toBe(true);
    await turns();
    fetchAhead.start("a");
    await turns();
    expect(fills).toHaveLength(2);
    await fetchAhead.close();
    expect(fills[1]?.signal?.aborted).toBe(true);
  });

  it("does not hold up the agent's end while no source answers", async () => {
    const fetchAhead = make({ open: async () => ({ index, fill: () => new Promise(() => undefined) }) });
    fetchAhead.start("a");
    await turns();
    await fetchAhead.close();
  });

  it("lets other work go on while it looks through a long index", async () => {
    const extentCount = 200_000;
    const long = { extentCount, extentAt: (extent: number) => ({ ...index.extentAt(0), chunk: extent % 7 }) };
    const stopping = new AbortController();
    const looking = extentsOfChunks(long, [3], stopping.signal);
    setImmediate(() => stopping.abort(new Error("stopped")));
    await expect(looking).rejects.toThrow("stopped");
    expect(await extentsOfChunks(long, [3])).toHaveLength(Math.ceil((extentCount - 3) / 7));
  });
});
