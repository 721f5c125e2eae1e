/** `dvce image push NAME PATH|URL|-`. */
import type { ImageVersion } from "@dvce/api";
import { indexImage, pushImage, resolveImage, resolveStream } from "@dvce/image";
import { openClient, type ClientFlags } from "../client";
import { formatBytes, print, progressBar, ProgressLine } from "../output";

export interface PushFlags extends ClientFlags {
  readonly checksum?: string;
}

interface LocalImage {
  readonly path: string;
  close(): Promise<void>;
}

export async function push(name: string, source: string, flags: PushFlags): Promise<void> {
  const client = await openClient(flags);
  const line = new ProgressLine();
  let version: ImageVersion;
  try {
    const { path, close } = await openLocal(source, flags, line);
    try {
      const index = await indexImage(path, {
        onProgress: ({ doneBytes, totalBytes }) => line.show(`index ${progressBar(doneBytes, totalBytes)}`),
      });
      version = await pushImage(client, {
        image: name,
        path,
        index,
        onProgress: ({ sentBytes, totalBytes }) => line.show(`send ${progressBar(sentBytes, totalBytes)}`),
      });
    } finally {
      await close();
    }
  } finally {
    line.end();
  }
  print(version, () => describePushed(name, version), flags.json);
}

export const describePushed = (name: string, version: ImageVersion): string =>
  `${name} is version ${version.version}: ${formatBytes(version.dataBytes)} of data in ` +
  `${version.chunkCount} chunks, on ${version.replicas.map((replica) => replica.node).join(", ")}`;

async function openLocal(source: string, flags: PushFlags, line: ProgressLine): Promise<LocalImage> {
  const checksum = flags.checksum === undefined ? {} : { checksum: flags.checksum };
  if (source === "-") {
    return resolveStream(process.stdin, {
      ...checksum,
      onProgress: ({ doneBytes }) => line.show(`read ${formatBytes(doneBytes)}`),
    });
  }
  const { path } = await resolveImage({
    ...(/^https?:\/\//.test(source) ? { url: source } : { path: source }),
    ...checksum,
    onProgress: ({ phase, doneBytes, totalBytes }) =>
      line.show(
        `${phase} ${totalBytes === undefined ? formatBytes(doneBytes) : progressBar(doneBytes, totalBytes)}`,
      ),
  });
  return { path, close: async () => undefined };
}
