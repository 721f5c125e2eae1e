/** Rules that a cluster's specification must keep before it is worth planning. */
import { DvceError, type ClusterSpec } from "@dvce/api";
import { domainNameOf } from "../placement/snapshot";
import type { State } from "../state";
import type { NodeRegistry } from "./node-registry";

/** Domain names become host names, which are DNS labels. */
const domainCharsMax = 63;

/**
 * @throws DvceError `DVCE_MEMBER_DUPLICATE` for a name used twice, here or in the pool; `DVCE_INPUT_INVALID` for a
 *   name that gets too long; `DVCE_VERSION_NOT_FOUND`; `DVCE_VOLUME_SIZE_INVALID` for a disk smaller than its image.
 *   Each with the path of the member.
 */
export function checkCluster(spec: ClusterSpec, state: State, registry: NodeRegistry): void {
  const seen = new Set<string>();
  for (const member of spec.members) {
    const path = ["members", member.name];
    const domain = domainNameOf(spec.name, member.name);
    if (seen.has(member.name)) {
      throw refuse(
        "DVCE_MEMBER_DUPLICATE",
        path,
        `Member ${member.name} is named twice in cluster ${spec.name}.`,
      );
    }
    seen.add(member.name);
    if (domain.length > domainCharsMax) {
      throw refuse(
        "DVCE_INPUT_INVALID",
        path,
        `The name ${domain} has ${domain.length} characters, host names have at most ${domainCharsMax}: ` +
          "shorten the cluster's or the member's name.",
      );
    }
    const holder = domainHolder(domain, spec.name, state, registry);
    if (holder !== undefined) {
      throw refuse(
        "DVCE_MEMBER_DUPLICATE",
        path,
        `The domain ${domain} of member ${member.name} is taken by ${holder}. Choose another name.`,
      );
    }
    const version = state.versions.get(member.version);
    if (version === undefined) {
      throw refuse(
        "DVCE_VERSION_NOT_FOUND",
        [...path, "version"],
        `Member ${member.name} asks for version ${member.version}, which the pool does not know. Push the image first.`,
      );
    }
    if (member.diskBytes < version.sizeBytes) {
      throw refuse(
        "DVCE_VOLUME_SIZE_INVALID",
        [...path, "diskBytes"],
        `The disk of member ${member.name} has ${member.diskBytes} bytes, its image has ${version.sizeBytes}: ` +
          "give it at least as many.",
      );
    }
  }
}

/** Who else has this domain name, in words. */
function domainHolder(
  domain: string,
  cluster: string,
  state: State,
  registry: NodeRegistry,
): string | undefined {
  const placement = state.placements.get(domain);
  if (placement !== undefined) {
    return placement.cluster === cluster
      ? undefined
      : `member ${placement.member} of cluster ${placement.cluster}`;
  }
  const vm = state.vms.get(domain);
  if (vm === undefined || vm.cluster !== null || registry.isFenced(vm.node)) return undefined;
  return `a domain that no cluster declares, on ${vm.node}`;
}

function refuse(
  code:
    "DVCE_MEMBER_DUPLICATE" | "DVCE_INPUT_INVALID" | "DVCE_VERSION_NOT_FOUND" | "DVCE_VOLUME_SIZE_INVALID",
  path: readonly string[],
  message: string,
): DvceError {
  return new DvceError(code, message, { details: [{ path, message }] });
}
