/** `dvce image export NAME[@VERSION] FILE`: a sparse raw file, or a `.caibx`. */
import { DvceError, type ControllerClient } from "@dvce/api";
import { ImageIndex } from "@dvce/image";
import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { encodeCaibx, imageChunks } from "../../casync";
import { FillWorkers } from "../../fill/fill-workers";
import { poolChunks } from "../../restore/pool-chunks";
import { restoreImage } from "../../restore/restore-image";
import { openClient, type ClientFlags } from "../client";
import { formatBytes, print, progressBar, ProgressLine } from "../output";
import { findVersion } from "./names";

const formats = ["raw", "caibx"] as const;
type ExportFormat = (typeof formats)[number];

export interface ExportFlags extends ClientFlags {
  readonly format?: string;
}

export async function exportImage(text: string, file: string, flags: ExportFlags): Promise<void> {
  const format = formatOf(file, flags.format);
  const client = await openClient(flags);
  const { version, image } = await findVersion(client, text);
  const index = ImageIndex.decode(await client.getVersionIndex(version));
  if (index.version !== version)
    throw new DvceError(
      "DVCE_INDEX_INVALID",
      `The controller gave the index of ${index.version} for ${version}.`,
    );
  await (format === "raw" ? exportRaw(client, index, file) : exportCaibx(index, file));
  print(
    { image, version, file, format, sizeBytes: index.sizeBytes, dataBytes: index.dataBytes },
    () =>
      format === "raw"
        ? `${file} is ${image}, version ${version}: a disk of ${formatBytes(index.sizeBytes)} with ${formatBytes(index.dataBytes)} of data`
        : `${file} lists the chunks of ${image}, version ${version}; every node serves them under /casync`,
    flags.json,
  );
}

function formatOf(file: string, given: string | undefined): ExportFormat {
  const format = given ?? (file.endsWith(".caibx") ? "caibx" : "raw");
  const known = formats.find((one) => one === format);
  if (known !== undefined) return known;
  throw new DvceError("DVCE_INPUT_INVALID", `'${format}' is no format; there are ${formats.join(" and ")}.`);
}

async function exportRaw(client: ControllerClient, index: ImageIndex, file: string): Promise<void> {
  const line = new ProgressLine();
  const workers = new FillWorkers();
  try {
    await restoreImage({
      index,
      path: file,
      workers,
      chunks: poolChunks(client, index),
      onProgress: (doneBytes, totalBytes) => line.show(`export ${progressBar(doneBytes, totalBytes)}`),
    });
  } finally {
    await workers.close();
    line.end();
  }
}

async function exportCaibx(index: ImageIndex, file: string): Promise<void> {
  const partial = `${file}.partial`;
  // Regions that would be cut afresh have chunks that only a node can serve, and its index names them.
  const read = () =>
    Promise.reject(
      new DvceError(
        "DVCE_INPUT_INVALID",
        `Version ${index.version} takes parts of chunks, as snapshots do. Ask a node for its .caibx: ` +
          `GET /casync/${index.version}.caibx.`,
      ),
    );
  try {
    const bytes = Readable.from(encodeCaibx(index.chunking, imageChunks(index, read)), { objectMode: false });
    await pipeline(bytes, createWriteStream(partial, { flush: true }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof DvceError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DvceError("DVCE_OUTPUT_FAILED", `Unable to write ${file}: ${why}. Nothing was kept.`, {
      cause: error,
    });
  }
}
