/**
 * A version's chunks out of the pool, through the controller, for `restoreImage`: in batches, a few of them under way, in
 * bounded memory. A chunk that one node does not give is asked of another; so is one whose bytes turn out to be wrong, and
 * every node that says that it has it is asked to read its copy again, so that the bad one is set aside and healed.
 */
import { DvceError, isDvceError, type ControllerClient } from "@dvce/api";
import { decodeBatchStream, type EncodedChunk, type ImageIndex } from "@dvce/image";
import { setTimeout as sleep } from "node:timers/promises";
import type { RestoreChunk } from "./restore-image";

export interface PoolChunksOptions {
  readonly signal?: AbortSignal;
  /** Pause after a request that brought nothing; doubles with each. Default 250 ms. */
  readonly retryPauseMs?: number;
}

/** Image bytes that one request asks for. */
const requestBytes = 8 * 1024 * 1024;
const requestChunksMax = 1024;
const requestsInFlight = 3;
/** Requests in a row that bring nothing of what was asked for. */
const triesMax = 6;

type Client = Pick<ControllerClient, "readChunks" | "getVersion" | "verifyChunks">;

/**
 * Every chunk of the index, about in order; not verified, with a way to bring those that turn out to be wrong from elsewhere.
 *
 * @throws DvceError `DVCE_CHUNK_MISSING` when no node gives one; what the controller refuses with
 */
export async function* poolChunks(
  client: Client,
  index: ImageIndex,
  options: PoolChunksOptions = {},
): AsyncGenerator<RestoreChunk, void, undefined> {
  const waiting = requests(index);
  const running: Promise<Found[]>[] = [];
  const start = (): void => {
    const next = waiting.next();
    if (next.done === true) return;
    const request = fetchAll(client, index, next.value, options);
    request.catch(() => undefined); // it is awaited below; until then a failure must not count as unhandled
    running.push(request);
  };
  try {
    for (let i = 0; i < requestsInFlight; i++) start();
    for (let first = running.shift(); first !== undefined; first = running.shift()) {
      const chunks = await first;
      start();
      for (const { chunk, source } of chunks)
        yield { chunk, source, another: others(client, index, chunk, options) };
    }
  } finally {
    await Promise.allSettled(running);
  }
}

/** The chunks' numbers, divided. */
function* requests(index: ImageIndex): Generator<number[], void, undefined> {
  let chunks: number[] = [];
  let bytes = 0;
  for (let chunk = 0; chunk < index.chunkCount; chunk++) {
    chunks.push(chunk);
    bytes += index.chunkSizeBytes(chunk);
    if (bytes < requestBytes && chunks.length < requestChunksMax) continue;
    yield chunks;
    chunks = [];
    bytes = 0;
  }
  if (chunks.length > 0) yield chunks;
}

/** Brings one chunk again and again, each time from another node. */
function others(
  client: Client,
  index: ImageIndex,
  chunk: number,
  options: PoolChunksOptions,
): () => Promise<EncodedChunk> {
  let tries = 0;
  return async () => {
    if (tries === 0) await haveVerified(client, index, chunk);
    if (tries++ >= triesMax) throw bad(index, chunk);
    const [found] = await fetchAll(client, index, [chunk], options, tries);
    if (found === undefined) throw missing(index, [index.chunkDigest(chunk)]);
    return found.source;
  };
}

/** Has the nodes that say that they have the chunk read it again. What they answer is seen by asking them for it. */
async function haveVerified(client: Client, index: ImageIndex, chunk: number): Promise<void> {
  const { replicas } = await client.getVersion(index.version);
  await Promise.allSettled(
    replicas.map(({ node }) => client.verifyChunks(index.version, { node, firstChunk: chunk, chunks: 1 })),
  );
}

interface Found {
  readonly chunk: number;
  readonly source: EncodedChunk;
}

/** @param firstAttempt which node is asked first */
async function fetchAll(
  client: Client,
  index: ImageIndex,
  wanted: readonly number[],
  { signal, retryPauseMs = 250 }: PoolChunksOptions,
  firstAttempt = 0,
): Promise<Found[]> {
  const numbers = new Map(wanted.map((chunk) => [index.chunkDigest(chunk), chunk]));
  const found: Found[] = [];
  let pauseMs = retryPauseMs;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const before = found.length;
    const failure = await fetchOnce(
      client,
      index.version,
      numbers,
      firstAttempt + attempt,
      (chunk, source) => {
        found.push({ chunk, source });
      },
      signal,
    );
    if (numbers.size === 0) return found;
    if (found.length > before) {
      attempt = -1;
      pauseMs = retryPauseMs;
      continue;
    }
    if (failure !== undefined && !failure.retryable) throw failure;
    if (attempt + 1 >= triesMax) throw failure ?? missing(index, [...numbers.keys()]);
    await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    pauseMs *= 2;
  }
}

/** Takes what comes out of `numbers`. Answers why the rest did not come, if anything says why. */
async function fetchOnce(
  client: Client,
  version: string,
  numbers: Map<string, number>,
  attempt: number,
  onChunk: (chunk: number, source: EncodedChunk) => void,
  signal: AbortSignal | undefined,
): Promise<DvceError | undefined> {
  try {
    const stream = await client.readChunks(version, { chunks: [...numbers.values()], attempt }, signal);
    for await (const chunk of decodeBatchStream(stream)) {
      const number = numbers.get(chunk.digest);
      if (number === undefined) continue;
      numbers.delete(chunk.digest);
      onChunk(number, chunk);
    }
    return undefined;
  } catch (error) {
    if (isDvceError(error, "DVCE_BATCH_INVALID") || !isDvceError(error)) {
      signal?.throwIfAborted();
      // The answer was cut off in the middle: what came of it stands.
      return new DvceError(
        "DVCE_NODE_UNREACHABLE",
        "A node stopped in the middle of its answer. Try again.",
        {
          cause: error,
        },
      );
    }
    return error;
  }
}

const missing = (index: ImageIndex, digests: readonly string[]) =>
  new DvceError(
    "DVCE_CHUNK_MISSING",
    `No node gives ${digests.length} chunks of version ${index.version}, among them ${digests[0] ?? ""}. ` +
      "See where they are with 'dvce image verify'.",
  );

const bad = (index: ImageIndex, chunk: number) =>
  new DvceError(
    "DVCE_CHUNK_CORRUPT",
    `Every node gives wrong bytes for chunk ${index.chunkDigest(chunk)} of version ${index.version}. ` +
      "They were set aside; push the image again.",
  );
