/** `dvce image push|ls|inspect|rm`. */
import type { Image, ImageVersion } from "@dvce/api";
import { indexImage, pushImage, resolveImage } from "@dvce/image";
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { formatBytes, formatTable, print, progressBar, ProgressLine, shortDigest } from "./output";

interface PushFlags extends ClientFlags {
  readonly checksum?: string;
}

export function register(program: Command): void {
  const image = program.command("image").description("disk images in the pool");
  withClientFlags(image.command("push <name> <path-or-url>"))
    .description(
      "bring a raw or qcow2 image into the pool; only what is missing is sent, and a broken push resumes",
    )
    .option("--checksum <sha256:hex>", "what the file must have; required for URLs")
    .action(push);
  withClientFlags(image.command("ls"))
    .description("every image with its newest version")
    .action(async (flags: ClientFlags) => {
      const images = await (await openClient(flags)).listImages();
      print({ images }, () => imageTable(images), flags.json);
    });
  withClientFlags(image.command("inspect <name>"))
    .description("every version of an image and where its bytes lie")
    .action(async (name: string, flags: ClientFlags) => {
      const found = await (await openClient(flags)).getImage(name);
      print(found, () => versionTable(found), flags.json);
    });
  withClientFlags(image.command("rm <name>"))
    .description("forget an image that no cluster uses")
    .action(async (name: string, flags: ClientFlags) => {
      await (await openClient(flags)).deleteImage(name);
      print({ deleted: name }, () => `image ${name} is gone`, flags.json);
    });
}

async function push(name: string, pathOrUrl: string, flags: PushFlags): Promise<void> {
  const client = await openClient(flags);
  const line = new ProgressLine();
  let version: ImageVersion;
  try {
    const { path } = await resolveImage({
      ...(/^https?:\/\//.test(pathOrUrl) ? { url: pathOrUrl } : { path: pathOrUrl }),
      ...(flags.checksum === undefined ? {} : { checksum: flags.checksum }),
      onProgress: ({ phase, doneBytes, totalBytes }) =>
        line.show(
          `${phase} ${totalBytes === undefined ? formatBytes(doneBytes) : progressBar(doneBytes, totalBytes)}`,
        ),
    });
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
    line.end();
  }
  print(
    version,
    () =>
      `${name} is version ${version.version}: ${formatBytes(version.dataBytes)} of data in ` +
      `${version.chunkCount} chunks, on ${version.replicas.map((replica) => replica.node).join(", ")}`,
    flags.json,
  );
}

function imageTable(images: readonly Image[]): string {
  return formatTable(
    ["IMAGE", "VERSION", "SIZE", "DATA", "NODES"],
    images.map(({ name, version, versions }) => {
      const newest = versions.find((one) => one.version === version);
      return [
        name,
        shortDigest(version),
        formatBytes(newest?.sizeBytes ?? 0),
        formatBytes(newest?.dataBytes ?? 0),
        whole(newest).join(","),
      ];
    }),
  );
}

/** Nodes that have all of a version. */
const whole = (version: ImageVersion | undefined): string[] =>
  (version?.replicas ?? [])
    .filter((replica) => replica.presentBytes === version?.dataBytes)
    .map((replica) => replica.node);

function versionTable(image: Image): string {
  return formatTable(
    ["VERSION", "STATE", "CREATED", "SIZE", "DATA", "CHUNKS", "ON"],
    image.versions.map((version) => [
      shortDigest(version.version),
      version.state,
      version.createdAt,
      formatBytes(version.sizeBytes),
      formatBytes(version.dataBytes),
      `${version.chunkCount}`,
      version.replicas
        .map(({ node, presentBytes }) =>
          presentBytes === version.dataBytes ? node : `${node} (${formatBytes(presentBytes)})`,
        )
        .join(", "),
    ]),
  );
}
