/**
 * Defining a domain, or creating one that is not kept: find its node, add what DVCE's volumes need, forward,
 * record. The reply waits for the record, so that the client's next call finds the domain.
 */
import type { GatewayRouting } from "../routing";
import type { GatewayLogger, GatewaySettings } from "../settings";
import type { Reply } from "../upstream/connection";
import { errorCode, errorDomain, LibvirtError } from "../wire/errors";
import { readDomain } from "../wire/objects";
import { XdrReader, XdrWriter } from "../wire/xdr";
import { readDomainXml, withVolumeSettings, type DomainXml } from "../xml/domain-xml";
import type { DomainLocator } from "./domains";
import type { NodeCalls } from "./nodes";

export interface DefineParts {
  readonly routing: GatewayRouting;
  readonly nodes: NodeCalls;
  readonly domains: DomainLocator;
  readonly settings: GatewaySettings;
  readonly logger: GatewayLogger;
}

/**
 * @param payload string xml, and whatever flags follow it
 * @param starts true when the call also starts the domain
 * @throws LibvirtError XML that is none; the node cannot be reached
 * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE` when nobody placed it and no node can take it
 */
export async function define(
  parts: DefineParts,
  procedure: number,
  payload: Buffer,
  starts: boolean,
): Promise<Reply> {
  const { routing, nodes, domains, settings, logger } = parts;
  const reader = new XdrReader(payload);
  const domain = readDomainXml(reader.string());
  const flags = reader.rest();
  const node = await chooseNode(parts, domain);
  const edited = withVolumeSettings(domain, settings);
  const forwarded = edited === undefined ? payload : new XdrWriter().string(edited).raw(flags).take();
  const reply = domains.learn(node, await nodes.call(node, procedure, forwarded));
  if (!reply.ok) return reply;
  const { name, uuid } = readDomain(new XdrReader(reply.payload));
  try {
    await routing.recordDefined({ name, uuid, node });
    if (starts) await routing.recordStarted(uuid);
  } catch (error) {
    // It exists now, and calls will find it by asking the nodes: an error would make the client define it again.
    logger.error({ domain: name, uuid, node, error: String(error) }, "could not record a defined domain");
  }
  return reply;
}

async function chooseNode(parts: DefineParts, domain: DomainXml): Promise<string> {
  const { routing, nodes, domains } = parts;
  const { name, uuid, vcpus, memoryMiB } = domain;
  const recorded = uuid === undefined ? undefined : routing.nodeOfDomainUuid(uuid);
  const alive = recorded !== undefined && !nodes.isFenced(recorded) ? recorded : undefined;
  const node = alive ?? routing.nodeOfDomain(name) ?? (await domains.discoverName(name));
  if (node === undefined) return routing.placeUnknownDomain({ name, vcpus, memoryMiB });
  if (nodes.isFenced(node)) {
    throw new LibvirtError(
      errorCode.operationFailed,
      errorDomain.rpc,
      `domain '${name}' is placed on node '${node}', which is fenced; apply its cluster again to place it elsewhere`,
    );
  }
  return node;
}
