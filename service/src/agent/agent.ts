/**
 * The node agent: chunk store, NBD exports, volumes, peers and the node's place in the pool, wired together.
 *
 *     <data>/store/      chunks            <data>/volumes/    overlays and seeds
 *     <data>/versions/   indexes           <data>/records/    what volumes are
 *     <data>/base/       base files        <data>/consoles/   serial consoles, written by libvirt
 *     <data>/tmp/        work under way    <data>/fetched.json
 *     <data>/pulls/      images on their way in from the web
 *     <data>/retired/    disks of members that moved away
 *     <data>/last-use.json                 <data>/scrub.json
 *     <data>/pool.json   whose node this is
 *     <run>/nbd.sock     exports
 *
 * A SIGKILL at any time loses nothing that was acknowledged; see each part for what it leaves and how the next
 * start goes on.
 */
import { AgentClient, ControllerClient, type Architecture, type NodeRegistration } from "@dvce/api";
import { ChunkWorkers } from "@dvce/image";
import type { AddressInfo } from "node:net";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hashToken, verifierOf } from "../auth/bearer-token";
import { BaseCheck } from "../base/base-check";
import { BaseFiles } from "../base/base-files";
import { NbdThread } from "../base/nbd-thread";
import { NodeChunkSupply } from "../base/node-chunk-supply";
import { FetchedBytes } from "../peers/fetched-bytes";
import { piecesOf } from "../peers/stream-pieces";
import { Transfer } from "../peers/transfer";
import { TransferLimits } from "../peers/transfer-limits";
import { buildServer } from "../plugins/server";
import { TokenBucket } from "../rate/token-bucket";
import { openPackStore } from "../store";
import { BackingSwitch } from "../volumes/backing-switch";
import { RetiredDisks } from "../volumes/retired-disks";
import { VolumeRecords } from "../volumes/volume-records";
import { Volumes } from "../volumes/volumes";
import { CasyncChunks } from "./casync-chunks";
import { capacityOf, freeBytes, hostArchitecture } from "./capacity";
import { Delivery } from "./delivery";
import { HomePool } from "./home-pool";
import { Housekeeping, scrubBytesPerSecondDefault } from "./housekeeping";
import { Inventory } from "./inventory";
import { IoRecovery } from "./io-recovery";
import { KnownVersions } from "./known-versions";
import { probeDomainType } from "./kvm-probe";
import type { Hypervisor } from "./libvirt/hypervisor";
import { Virsh } from "./libvirt/virsh";
import { addLibvirtTunnel } from "./libvirt-tunnel";
import { LocalChunks } from "./local-chunks";
import { Membership } from "./membership";
import { NodeEvents } from "./node-events";
import type { AgentOptions } from "./options";
import { PoolTokens } from "./pool-tokens";
import { Pulls } from "./pulls";
import { Replications } from "./replications";
import { casyncRoutes } from "./routes/casync";
import { chunkRoutes } from "./routes/chunks";
import { imageRoutes } from "./routes/images";
import { versionRoutes } from "./routes/versions";
import { volumeRoutes } from "./routes/volumes";

/** A read of a guest waits for these answers, so a controller that does not answer is given up soon. */
const sourcesTimeoutMs = 5_000;
const poolRetryMs = 2_000;

export interface Agent {
  /** Where it listens. */
  readonly url: string;
  /** Ends everything in order: no new work, then work under way, then the store. */
  close(): Promise<void>;
}

/**
 * Starts the agent; resolves when it serves. Throws when its directories or addresses cannot be used; what was
 * started by then is ended.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const endings: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) await end();
  };
  try {
    return { url: await start(options, (end) => endings.push(end)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts the parts in order of need; `onClose` takes what ends each, called last to first. */
async function start(options: AgentOptions, onClose: (end: () => Promise<void>) => void): Promise<string> {
  const { logger, dataDirectory, nodeToken } = options;
  const data = (name: string) => join(dataDirectory, name);
  const nowMs = () => Date.now();
  const architecture = hostArchitecture();
  await mkdir(data("consoles"), { recursive: true, mode: 0o711 });
  const controller = new ControllerClient({ url: options.controllerUrl, token: nodeToken });
  const impatient = new ControllerClient({
    url: options.controllerUrl,
    token: nodeToken,
    timeoutMs: sourcesTimeoutMs,
  });
  const home = await HomePool.open(dataDirectory);
  const store = await openPackStore(data("store"));
  onClose(() => store.close());
  const inventory = new Inventory((digest) => store.has(digest));
  const onLost = (digest: string) => {
    logger.error({ digest }, "a chunk of this node was found damaged; it is fetched again when it is needed");
    inventory.lost(digest);
    housekeeping.damageFound();
  };
  const chunks = new LocalChunks({
    store,
    onKept: (digests) => inventory.stay(digests),
    onStored: (digests) => inventory.stored(digests),
    onLost,
    onStoreFailed: (error) => logger.error({ err: error }, "fetched chunks cannot be kept"),
  });
  onClose(() => chunks.flush());
  const versions = await KnownVersions.open({
    directory: data("versions"),
    fetchIndex: (version) => controller.getVersionIndex(version),
    logger,
  });
  for (const version of versions.all()) inventory.add(version);

  const fetched = await FetchedBytes.open(data("fetched.json"), (error) =>
    logger.warn({ err: error }, "the count of fetched bytes cannot be kept"),
  );
  onClose(() => fetched.close());
  const workers = new ChunkWorkers();
  onClose(() => workers.close());
  workers.start(2); // a guest that boots waits for its first read
  const transfer = new Transfer({
    node: options.name,
    nodeToken,
    local: chunks,
    decoder: workers,
    version: (version) => versions.get(version),
    sourcesOf: (version) => impatient.getVersionSources(version, options.name),
    onFetched: (version, sizeBytes) => {
      fetched.add(version, sizeBytes);
      housekeeping.lastUse.used(version);
    },
    ...(options.transfer === undefined ? {} : { settings: options.transfer }),
    nowMs,
    logger,
  });
  const { reader } = transfer;
  const records = await VolumeRecords.open(data("records"), logger);
  const supply = new NodeChunkSupply({ store, chunks: reader, onLost });
  onClose(() => supply.close());
  const baseFiles = await BaseFiles.open({
    directory: data("base"),
    versions,
    supply,
    backedBy: (version) => records.onBaseFileOf(version),
    logger,
  });
  onClose(() => baseFiles.close());
  const events = new NodeEvents();
  const housekeeping = await Housekeeping.open({
    ...options.housekeeping,
    node: options.name,
    dataDirectory,
    controller: impatient,
    store,
    chunks,
    inventory,
    versions,
    baseFiles,
    reader,
    events,
    nowMs,
    logger,
  });
  versions.listen(
    (version) => {
      inventory.add(version);
      housekeeping.versionAdded(version);
    },
    async (version) => {
      inventory.remove(version);
      housekeeping.versionForgotten(version);
      transfer.forget(version);
      await baseFiles.remove(version);
    },
  );

  const hypervisor = options.hypervisor ?? new Virsh(options.libvirtSocket);
  const nbdSocketPath = join(options.runDirectory, "nbd.sock");
  const delivery = new Delivery({
    ...options.delivery,
    node: options.name,
    controller: impatient,
    versions,
    inventory,
    baseFiles,
    usedVersions: () => volumes.versions(),
    hasRoom: (bytes) => housekeeping.hasRoom(bytes),
    nowMs,
    logger,
  });
  const retired = await RetiredDisks.open(data("retired"));
  const volumes = await Volumes.open({
    directory: data("volumes"),
    records,
    retired,
    fetchDisk: async (agentUrl, domain, signal) =>
      piecesOf(await new AgentClient({ url: agentUrl, token: nodeToken }).fetchRetiredDisk(domain, signal)),
    scratchDirectory: data("tmp"),
    nbdSocketPath,
    versions,
    hypervisor,
    wholeFileOf: (version) => (baseFiles.isWhole(version) ? baseFiles.pathOf(version) : undefined),
    fetchedBytesOf: (version) => fetched.of(version),
    hydrationOf: (version) => delivery.hydrationOf(version),
    onMaking: (version) => {
      housekeeping.lastUse.used(version);
      delivery.expectBoot(version);
    },
    now: () => new Date(),
    logger,
  });

  const checkBytesPerSecond = options.housekeeping?.scrubBytesPerSecond ?? scrubBytesPerSecondDefault;
  if (checkBytesPerSecond > 0) {
    const baseCheck = new BaseCheck({
      files: baseFiles,
      bucket: new TokenBucket({ bytesPerSecond: checkBytesPerSecond }),
      onFound: (version, extents) =>
        logger.error(
          { version, extents: extents.length },
          "a base file had changed on the disk; it is filled again",
        ),
      logger,
    });
    onClose(() => baseCheck.stop());
    baseCheck.start();
  }
  const backingSwitch = new BackingSwitch(volumes, logger);
  onClose(() => backingSwitch.stop());
  baseFiles.onWhole(() => backingSwitch.look());
  backingSwitch.start();

  const recovery = new IoRecovery(hypervisor, nowMs, logger);
  onClose(() => recovery.stop());
  const nbd = await NbdThread.start({
    socketPath: nbdSocketPath,
    versions,
    files: baseFiles,
    onReadsFailed: () => recovery.readFailed(),
    logger,
  });
  onClose(async () => {
    await nbd.close(); // before the reads that wait are failed: a guest sees no error, QEMU a lost connection
    transfer.close();
  });
  recovery.start();
  onClose(() => delivery.close());
  delivery.start();

  const pulls = await Pulls.open({
    directory: data("pulls"),
    openSink: () => chunks.sink(),
    hold: (digests) => chunks.hold(digests),
    hasRoom: (bytes) => housekeeping.hasRoom(bytes),
    nowMs,
    logger,
  });
  onClose(() => pulls.close());
  const replications = new Replications({
    requireVersion: (version) => versions.require(version),
    inventory,
    reader,
    logger,
  });
  onClose(() => replications.close());

  const verify = verifierOf([{ name: "pool", role: "node", tokenSha256: hashToken(nodeToken) }]);
  const tokens = new PoolTokens({ controllerUrl: options.controllerUrl, nowMs });
  const app = await buildServer({
    title: "DVCE node agent",
    version: options.version,
    logger,
    verify,
    verifyElsewhere: (token) => tokens.verify(token),
  });
  versionRoutes(app, versions, inventory);
  chunkRoutes(app, chunks, transfer.batches);
  imageRoutes(app, {
    chunks,
    pulls,
    replications,
    requireVersion: (version) => versions.require(version),
  });
  casyncRoutes(app, {
    chunks: new CasyncChunks({ local: chunks, reader, versions }),
    versionOf: (image) => impatient.getNewestVersion(image),
    requireVersion: (version) => versions.require(version),
  });
  const { serveBytesPerSecond, peerBytesPerSecond } = options.transfer ?? {};
  volumeRoutes(app, {
    volumes,
    retired,
    consoleDirectory: data("consoles"),
    limits: new TransferLimits({
      ...(serveBytesPerSecond === undefined ? {} : { totalBytesPerSecond: serveBytesPerSecond }),
      ...(peerBytesPerSecond === undefined ? {} : { peerBytesPerSecond }),
    }),
  });
  onClose(() => app.close());
  onClose(() => volumes.close());
  addLibvirtTunnel(app, { verify, socketPath: options.libvirtSocket });
  await app.listen(options.listen);
  const url = urlOf(app.server.address() as AddressInfo);

  const stopping = new AbortController();
  const poolReady = keepStoragePool(hypervisor, data("volumes"), stopping.signal, options);
  onClose(async () => {
    stopping.abort();
    await poolReady;
  });
  let described: NodeRegistration | undefined;
  const registration = async (): Promise<NodeRegistration> =>
    (described ??= await describeNode(options, options.advertise ?? url, architecture));
  const membership = new Membership({
    node: options.name,
    controller,
    registration,
    home,
    inventory,
    versions,
    inUse: (version) => volumes.uses(version),
    measure: async () => ({
      storeBytes: store.storedBytes,
      baseBytes: await baseFiles.diskBytes(),
      diskFreeBytes: await freeBytes(dataDirectory),
    }),
    health: () => housekeeping.health(),
    events,
    logger,
  });
  onClose(() => membership.stop());
  onClose(() => housekeeping.close());
  housekeeping.start({
    volumes,
    pulledBytes: () => pulls.diskBytes(),
    membership,
    isIngesting: () => pulls.isIngesting,
  });
  logger.info({ url, nbdSocketPath }, "the agent serves");
  return url;
}

/** What this node is; takes some seconds where KVM does not boot guests. */
async function describeNode(
  options: AgentOptions,
  agentUrl: string,
  architecture: Architecture,
): Promise<NodeRegistration> {
  const domainType = await (
    options.probe ?? (() => probeDomainType({ directory: join(options.dataDirectory, "tmp") }))
  )();
  const finding = domainType === "kvm" ? "KVM boots guests here" : "KVM does not boot guests here: QEMU will";
  options.logger.info({ domainType }, finding);
  return {
    agentUrl,
    architecture,
    domainType,
    labels: { ...options.labels },
    capacity: await capacityOf(options),
    linkBytesPerSecond: options.linkBytesPerSecond ?? null,
  };
}

/** Makes libvirt's storage pool, however long libvirt takes to start. */
async function keepStoragePool(
  hypervisor: Hypervisor,
  directory: string,
  signal: AbortSignal,
  { logger }: AgentOptions,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      await hypervisor.ensureStoragePool(directory);
      logger.info("libvirt has the storage pool over the volumes");
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (failures === 0) logger.warn({ reason }, "libvirt does not take the storage pool yet; trying again");
      await sleep(poolRetryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

function urlOf({ address, family, port }: AddressInfo): string {
  return family === "IPv6" ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
