import { randomBytes } from "node:crypto";
import { decodeChunk, encodeChunk, type EncodedChunk } from "@dvce/image";
import { MemoryChunkStore } from "../store";
import { TokenBucket } from "../rate/token-bucket";
import { Scrubber, type ScrubberOptions, type ScrubFinding } from "./scrubber";

const chunks = (count: number, sizeBytes = 10_000) =>
  Array.from({ length: count }, () => encodeChunk(randomBytes(sizeBytes)));

/** A store, peers that hold what they are given, and time that passes only by waiting. */
function world(options: Partial<ScrubberOptions> = {}) {
  const clock = { ms: 1_000_000, waits: 0, until: Infinity, stop: () => undefined as void };
  const store = new MemoryChunkStore({ nowMs: () => clock.ms });
  const peers = new Map<string, EncodedChunk>();
  const findings: ScrubFinding[] = [];
  const sleep = async (ms: number, signal?: AbortSignal) => {
    await new Promise((resolve) => setImmediate(resolve));
    clock.ms += ms;
    clock.waits++;
    if (clock.ms >= clock.until) clock.stop();
    signal?.throwIfAborted();
  };
  const scrubber = new Scrubber({
    store,
    repair: async (digest) => {
      const chunk = peers.get(digest);
      if (chunk !== undefined) await store.put([chunk]);
      return chunk !== undefined;
    },
    bucket: new TokenBucket({ bytesPerSecond: 1_000_000, burstBytes: 0, nowMs: () => clock.ms, sleep }),
    onFinding: (finding) => findings.push(finding),
    portionBytes: 25_000,
    nowMs: () => clock.ms,
    sleep,
    ...options,
  });
  clock.stop = () => void scrubber.stop();
  const damage = async ({ digest }: EncodedChunk) => (await store.get(digest))?.payload.fill(0xee, 0, 8);
  return { store, peers, findings, scrubber, damage, clock };
}

const outcomes = (findings: readonly ScrubFinding[]) =>
  findings.map(({ digest, outcome }) => [digest, outcome]);
const [a, b, c] = ["a", "b", "c"].map((text) => encodeChunk(Buffer.from(text.repeat(200)))) as [
  EncodedChunk,
  EncodedChunk,
  EncodedChunk,
];

describe("Scrubber", () => {
  it("finds what is bad, heals it from a peer, and names what no peer has", async () => {
    const { store, peers, findings, scrubber, damage, clock } = world();
    await store.put([...chunks(20), a, b, c]);
    peers.set(a.digest, a);
    for (const chunk of [a, b]) await damage(chunk);
    await scrubber.pass();
    expect(outcomes(findings)).toEqual([
      [a.digest, "found"],
      [a.digest, "healed"],
      [b.digest, "found"],
      [b.digest, "lost"],
    ]);
    const healed = await store.get(a.digest);
    expect(healed && decodeChunk(healed).equals(decodeChunk(a))).toBe(true);
    expect(store.has(b.digest)).toBe(false);
    expect(scrubber.state).toMatchObject({
      found: 2,
      healed: 1,
      lost: [b.digest],
      lastFinishedAtMs: expect.any(Number),
      cursor: undefined,
    });
    expect(scrubber.state.checkedBytes).toBeGreaterThanOrEqual(200_000);
    // 200 kB at 1 MB/s.
    expect(clock.ms - 1_000_000).toBeGreaterThanOrEqual(150);
  });

  it("heals what was lost once a peer has it, and tells of it once", async () => {
    const { store, peers, findings, scrubber, damage } = world();
    await store.put([a]);
    await damage(a);
    await scrubber.pass();
    await scrubber.repairQuarantined();
    peers.set(a.digest, a);
    await scrubber.repairQuarantined();
    expect(outcomes(findings)).toEqual([
      [a.digest, "found"],
      [a.digest, "lost"],
      [a.digest, "healed"],
    ]);
    expect(scrubber.state).toMatchObject({ found: 1, healed: 1, lost: [] });
  });

  it("repairs what readers have quarantined, and forgets what left the quarantine without it", async () => {
    const { store, findings, scrubber, damage } = world();
    await store.put([a, b]);
    await damage(b);
    await store.verify(b.digest);
    await scrubber.repairQuarantined();
    expect(scrubber.state.lost).toEqual([b.digest]);
    await store.put([b]);
    expect(scrubber.state.lost).toEqual([]);
    await scrubber.repairQuarantined();
    await damage(b);
    await scrubber.pass();
    expect(outcomes(findings).map(([, outcome]) => outcome)).toEqual(["found", "lost", "found", "lost"]);
  });

  it("does not believe a repair after which the chunk is not there", async () => {
    const { store, scrubber, damage } = world({ repair: async () => true });
    await store.put([a]);
    await damage(a);
    await scrubber.pass();
    expect(scrubber.state).toMatchObject({ healed: 0, lost: [a.digest] });
  });

  it("counts a repair that throws as one that found nothing", async () => {
    const { store, scrubber, damage } = world({ repair: () => Promise.reject(new Error("no peer answers")) });
    await store.put([a]);
    await damage(a);
    await scrubber.pass();
    expect(scrubber.state.lost).toEqual([a.digest]);
  });

  it("goes on where another stopped", async () => {
    const first = world();
    const stopped: string[] = [];
    await first.store.put(chunks(10));
    const scrubber = new Scrubber({
      store: first.store,
      repair: async () => false,
      bucket: { take: async () => undefined },
      onFinding: () => undefined,
      portionBytes: 25_000,
      onProgress: ({ cursor }) => {
        if (cursor !== undefined) stopped.push(cursor);
        if (stopped.length === 2) void scrubber.stop();
      },
    });
    await expect(scrubber.pass()).rejects.toThrow("stopped");
    const { cursor, lastFinishedAtMs } = scrubber.state;
    expect(cursor).toBe(stopped[1]);
    const rest = new Scrubber({
      store: first.store,
      repair: async () => false,
      bucket: { take: async () => undefined },
      onFinding: () => undefined,
      progress: { cursor, lastFinishedAtMs },
    });
    await rest.pass();
    expect(rest.state.checkedBytes + scrubber.state.checkedBytes).toBe(first.store.storedBytes);
  });

  it("passes once every day, tries lost chunks in between, goes on after failures, and stops", async () => {
    let calls = 0;
    const failures: unknown[] = [];
    const { store, peers, findings, scrubber, damage, clock } = world({
      passEveryMs: 1_000_000,
      retryMs: 100_000,
      onFailure: (error) => failures.push(error),
      bucket: {
        take: async () => {
          if (++calls === 1) throw new Error("the disk is away");
        },
      },
    });
    await store.put([a]);
    await damage(a);
    clock.until = 1_000_000 + 2_150_000;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    scrubber.start();
    while (clock.waits < 3) await turn();
    peers.set(a.digest, a);
    while (clock.ms < clock.until) await turn();
    await scrubber.stop();
    expect(failures).toMatchObject([{ message: "the disk is away" }]);
    expect(outcomes(findings).map(([, outcome]) => outcome)).toEqual(["found", "lost", "healed"]);
    expect(calls).toBe(3); // the pass that failed at its end, and one for each of the two million milliseconds
  });
});
