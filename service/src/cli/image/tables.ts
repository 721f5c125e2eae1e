import type { Image, ImageVersion } from "@dvce/api";
import { formatBytes, formatTable, shortDigest } from "../output";

/** Images with their newest versions. */
export function imageTable(images: readonly Image[]): string {
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

/** Images with all of their versions. */
export function allVersionsTable(images: readonly Image[]): string {
  return formatTable(
    ["IMAGE", ...versionHeadings],
    images.flatMap(({ name, version, versions }) =>
      versions.map((one) => [one.version === version ? `${name} (newest)` : name, ...versionRow(one)]),
    ),
  );
}

export function versionTable(image: Image): string {
  return formatTable(versionHeadings, image.versions.map(versionRow));
}

const versionHeadings = ["VERSION", "STATE", "CREATED", "SIZE", "DATA", "CHUNKS", "ON"];

const versionRow = (version: ImageVersion): string[] => [
  shortDigest(version.version),
  version.lostChunks.length === 0
    ? version.state
    : `${version.state}, ${version.lostChunks.length} chunks lost`,
  version.createdAt,
  formatBytes(version.sizeBytes),
  formatBytes(version.dataBytes),
  `${version.chunkCount}`,
  version.replicas
    .map(({ node, presentBytes }) =>
      presentBytes === version.dataBytes ? node : `${node} (${formatBytes(presentBytes)})`,
    )
    .join(", "),
];

/** Nodes that have all of a version. */
const whole = (version: ImageVersion | undefined): string[] =>
  (version?.replicas ?? [])
    .filter((replica) => replica.presentBytes === version?.dataBytes)
    .map((replica) => replica.node);
