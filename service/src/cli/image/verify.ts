/** `dvce image verify NAME[@VERSION]`: every node that has chunks of it re-reads them. */
import { DvceError, isDvceError, type ControllerClient, type ImageVersion } from "@dvce/api";
import { openClient, type ClientFlags } from "../client";
import { formatBytes, formatTable, print, progressBar, ProgressLine } from "../output";
import { findVersion } from "./names";

/** Chunks that one request has checked: some tens of megabytes, well below a second. */
const chunksAtATime = 1024;

interface NodeFinding {
  readonly node: string;
  readonly goodChunks: number;
  readonly goodBytes: number;
  readonly absentChunks: number;
  readonly bad: readonly string[];
  /** Why the node could not be asked to the end. */
  readonly error?: string;
}

export async function verify(text: string, flags: ClientFlags): Promise<void> {
  const client = await openClient(flags);
  const version = await findVersion(client, text);
  const line = new ProgressLine();
  let doneChunks = 0;
  const total = version.chunkCount * version.replicas.length;
  const onChunks = (count: number) => line.show(`verify ${progressBar((doneChunks += count), total)}`);
  let findings: NodeFinding[];
  try {
    findings = await Promise.all(
      version.replicas.map(({ node }) => verifyOn(client, version, node, onChunks)),
    );
  } finally {
    line.end();
  }
  print(
    { version: version.version, image: version.image, nodes: findings },
    () => findingTable(version, findings),
    flags.json,
  );
  const failed = findings.filter(({ bad, error }) => bad.length > 0 || error !== undefined);
  if (failed.length > 0) {
    throw new DvceError(
      "DVCE_CHUNK_CORRUPT",
      `${text} was not found sound on ${failed.map(({ node }) => node).join(", ")}. Bad chunks are set aside and fetched ` +
        "again from other nodes; where no good copy is left, push the image again.",
      {
        details: failed.flatMap(({ node, bad, error }) => [
          ...bad.map((digest) => ({ message: `${node}: chunk ${digest} was bad` })),
          ...(error === undefined ? [] : [{ message: `${node}: ${error}` }]),
        ]),
      },
    );
  }
  if (!findings.some(({ goodChunks }) => goodChunks === version.chunkCount)) {
    throw new DvceError(
      "DVCE_IMAGE_INCOMPLETE",
      `No node that is there has all of ${text}. What the nodes have is sound; bring the others back, or push the image again.`,
    );
  }
}

async function verifyOn(
  client: ControllerClient,
  { version, chunkCount }: ImageVersion,
  node: string,
  onChunks: (count: number) => void,
): Promise<NodeFinding> {
  let finding: NodeFinding = { node, goodChunks: 0, goodBytes: 0, absentChunks: 0, bad: [] };
  for (let firstChunk = 0; firstChunk < chunkCount; firstChunk += chunksAtATime) {
    const chunks = Math.min(chunksAtATime, chunkCount - firstChunk);
    try {
      const found = await client.verifyChunks(version, { node, firstChunk, chunks });
      finding = {
        node,
        goodChunks: finding.goodChunks + found.goodChunks,
        goodBytes: finding.goodBytes + found.goodBytes,
        absentChunks: finding.absentChunks + found.absentChunks,
        bad: [...finding.bad, ...found.bad],
      };
    } catch (error) {
      if (!isDvceError(error, "DVCE_NODE_UNREACHABLE")) throw error;
      return { ...finding, error: error.message };
    }
    onChunks(chunks);
  }
  return finding;
}

function findingTable({ chunkCount }: ImageVersion, findings: readonly NodeFinding[]): string {
  const rows = findings.map(({ node, goodChunks, goodBytes, absentChunks, bad, error }) => [
    node,
    `${goodChunks} of ${chunkCount}`,
    formatBytes(goodBytes),
    `${absentChunks}`,
    `${bad.length}`,
    error ?? (bad.length > 0 ? "bad" : goodChunks === chunkCount ? "whole and sound" : "sound"),
  ]);
  return formatTable(["NODE", "GOOD CHUNKS", "BYTES", "ABSENT", "BAD", "STATE"], rows);
}
