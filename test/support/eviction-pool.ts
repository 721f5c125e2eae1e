/**
 * A pool whose messages are delayed, lost and overtaken, for tests of evictions: the real controller and the real inventory of
 * an agent, on disks that are sets of digests. It knows the truth, which the controller must not contradict: whenever
 * replicas are approved for dropping, as many copies as the pool keeps must lie safely on other nodes' disks.
 *
 * Safe is a copy that is on a disk and that no approval under way lets its node drop; and one that rotted away without the
 * controller having been able to hear of it.
 */
import { DvceError, type HeartbeatReply, type VersionInventory } from "@dvce/api";
import { ChunkBitmap, ImageIndex } from "@dvce/image";
import type { AgentPort } from "../../service/src/agent-link/agents";
import { Inventory } from "../../service/src/agent/inventory";
import { KnownVersion } from "../../service/src/agent/known-versions";
import { Controller, type ControllerOptions } from "../../service/src/controller/controller";
import { decideEviction, type EvictionQuestion } from "../../service/src/controller/eviction-rules";
import { Database } from "../../service/src/state";
import { imageOf, registrationOf } from "./memory-agent";

/** Ways in which the pool can be wrong; a test must catch each. */
export interface Flaws {
  readonly decide?: typeof decideEviction;
  /** Nodes go on reporting what they have asked to drop. */
  readonly reportsLeaving?: boolean;
  /** Reports get their number when they arrive and not when they are made, so none is ever overtaken. */
  readonly numbersOnArrival?: boolean;
  /** Nodes drop what they asked for when the answer is lost. */
  readonly dropsUnanswered?: boolean;
}

/** Something on its way. `give` lets it arrive; `lose` does not. Senders that gave up ignore the answer. */
interface Message {
  /** Whose it is, either way. */
  readonly node: Node;
  readonly give: () => void;
  readonly lose: () => void;
}

/** A request for evictions, by the life of the node that sent it. */
interface Ask {
  readonly life: number;
}

interface Grant {
  /** The requests that it may belong to. */
  readonly asks: readonly Ask[];
  readonly digests: ReadonlySet<string>;
}

class Node {
  readonly disk = new Set<string>();
  /** Chunks that rotted away since a report that arrived. */
  readonly unheard = new Set<string>();
  /** Approvals under way: what this node may drop at any time, unless it has given up since. */
  grants: Grant[] = [];
  /** Requests that arrived and are not answered. */
  readonly asks = new Set<Ask>();
  readonly versions = new Map<string, KnownVersion>();
  /** How often each version was given to the node. */
  readonly given = new Map<string, number>();
  inventory: Inventory;
  running = false;
  epoch = 0;
  sequence = 0;
  /** Counts starts and registrations; what an earlier one waits for is nobody's business any more. */
  life = 0;
  busy = false;

  constructor(
    readonly name: string,
    readonly url: string,
  ) {
    this.inventory = new Inventory((digest) => this.disk.has(digest));
  }

  /** The process starts afresh on the same disk. */
  restart(): void {
    this.running = true;
    this.life++;
    this.busy = false;
    this.epoch = 0;
    this.inventory = new Inventory((digest) => this.disk.has(digest));
    for (const version of this.versions.values()) this.inventory.add(version);
  }

  know(index: ImageIndex): void {
    this.given.set(index.version, (this.given.get(index.version) ?? 0) + 1);
    if (this.versions.has(index.version)) return;
    const version = new KnownVersion(index);
    this.versions.set(index.version, version);
    this.inventory.add(version);
  }

  forget(version: string): void {
    this.versions.delete(version);
    this.inventory.remove(version);
  }
}

export const eviction = {
  nodes: ["a", "b", "c", "d"],
  images: [imageOf(1, 2, 3), imageOf(2, 3, 4), imageOf(5), imageOf(1, 4, 5, 6)],
};

const gibibyte = 1024 ** 3;

export class EvictionPool {
  readonly #nodes: Node[];
  readonly #messages: Message[] = [];
  readonly #flaws: Flaws;
  readonly #options: ControllerOptions;
  readonly #database: Database;
  readonly #replicas: number;
  #nowMs = Date.parse("2026-01-01T00:00:00Z");
  #controller: Controller;
  #closed = false;
  approvedChunks = 0;
  readonly violations: string[] = [];

  constructor(replicas: number, flaws: Flaws = {}) {
    this.#replicas = replicas;
    this.#flaws = flaws;
    this.#nodes = eviction.nodes.map((name) => new Node(name, `http://${name}`));
    this.#database = Database.open(":memory:");
    this.#options = {
      database: this.#database,
      clock: () => this.#nowMs,
      connectAgent: (url) => this.#portOf(url),
      settings: { replicas },
      decideEviction: (question) => this.#watch(question),
    };
    this.#controller = new Controller(this.#options);
  }

  /** What waits for a message from here on ends with an error, which is nobody's business. */
  close(): void {
    this.#closed = true;
    this.#database.close();
  }

  /** Every node up, and the first images whole on their targets. */
  async begin(): Promise<void> {
    for (const node of this.#nodes) {
      node.restart();
      this.#register(node);
      for (let i = 0; i < 2; i++) this.#beat(node).give();
    }
    for (const number of [0, 1]) {
      this.announce(number);
      await this.quiet();
    }
  }

  /** Every message arrives, and what follows from it. */
  async quiet(): Promise<void> {
    await this.settle();
    while (this.#messages.length > 0) {
      this.deliverAll();
      await this.settle();
    }
  }

  /** Every node up and heard. */
  async calm(): Promise<void> {
    for (let round = 0; round < 3; round++) {
      for (let node = 0; node < this.#nodes.length; node++) {
        this.restart(node);
        this.beat(node);
      }
      await this.quiet();
    }
  }

  /** Lets promises that wait for nothing go on. */
  async settle(turns = 50): Promise<void> {
    for (let i = 0; i < turns; i++) await Promise.resolve();
  }

  deliverAll(): void {
    while (this.#messages.length > 0) this.deliver(0);
  }

  deliver(position: number): void {
    this.#take(position)?.give();
  }

  lose(position: number): void {
    this.#take(position)?.lose();
  }

  beat(number: number): void {
    const node = this.#node(number);
    if (!node.running || node.busy) return;
    if (node.epoch === 0) this.#register(node);
    this.#messages.push(this.#beat(node));
  }

  /** The sender gives up; the message may arrive all the same. */
  giveUp(number: number): void {
    const node = this.#node(number);
    if (!node.busy) return;
    node.life++;
    node.busy = false;
    node.inventory.stay([...node.disk]);
    node.inventory.resendAll();
  }

  crash(number: number): void {
    const node = this.#node(number);
    node.running = false;
    node.life++;
  }

  restart(number: number): void {
    if (!this.#node(number).running) this.#node(number).restart();
  }

  /** The host comes back with a new disk, after the controller had time to notice that it was away. */
  loseDisk(number: number): void {
    const node = this.#node(number);
    if (node.running || node.epoch === 0) return;
    if (this.#controller.registry.get(node.name).state !== "unreachable") return;
    node.disk.clear();
    node.versions.clear();
    const others = this.#messages.filter((message) => message.node !== node); // those died with the host
    this.#messages.splice(0, this.#messages.length, ...others);
  }

  rot(number: number, chunk: number): void {
    const node = this.#node(number);
    const digest = this.#digest(chunk);
    if (!node.running || !node.disk.delete(digest)) return;
    node.unheard.add(digest);
    node.inventory.lost(digest);
  }

  store(number: number, chunk: number): void {
    const node = this.#node(number);
    if (!node.running) return;
    const digest = this.#digest(chunk);
    node.inventory.stay([digest]);
    node.disk.add(digest);
    node.inventory.stored([digest]);
  }

  pass(): void {
    this.#nowMs += 4_000;
    this.#controller.tick();
  }

  fence(number: number, fenced: boolean): void {
    const { decisions } = this.#controller;
    const { name, epoch } = this.#node(number);
    if (epoch > 0) decisions[fenced ? "fence" : "unfence"](name);
  }

  restartController(): void {
    for (const node of this.#nodes) this.giveUp(this.#nodes.indexOf(node));
    this.#controller = new Controller(this.#options);
  }

  deleteImage(number: number): void {
    if (this.#controller.images.list().some((image) => image.name === `image-${number}`)) {
      this.#controller.images.delete(`image-${number}`);
    }
  }

  /** Pushes an image: its chunks go straight to the targets, the index through messages. */
  announce(number: number): void {
    const image = eviction.images[number % eviction.images.length];
    if (image === undefined) return;
    const controller = this.#controller;
    const { version } = image.index;
    const push = async () => {
      const { targets } = await controller.images.announce(`image-${number}`, image.index.encode());
      if (controller !== this.#controller) return;
      for (const target of targets) {
        const at = this.#nodes.findIndex(({ name }) => name === target);
        if (!this.#node(at).running) return;
        for (const { digest } of image.index.chunks) this.#storeDigest(this.#node(at), digest);
      }
      await controller.images.commit(version, `image-${number}`);
    };
    push().catch((error: unknown) => {
      if (!this.#closed && !(error instanceof DvceError)) throw error;
    });
  }

  /** A node asks to drop some chunks of a version that it knows. */
  ask(number: number, versionNumber: number, mask: number): void {
    const node = this.#node(number);
    if (!node.running || node.busy || node.epoch === 0) return;
    const known = [...node.versions.values()];
    const version = known[versionNumber % Math.max(1, known.length)];
    if (version === undefined) return;
    const bitmap = new ChunkBitmap(version.index.chunkCount);
    const digests = version.index.chunks.flatMap(({ digest }, i) => {
      if (((mask >> i) & 1) === 0 || !node.disk.has(digest)) return [];
      bitmap.set(i);
      return digest;
    });
    if (digests.length === 0) return;
    if (this.#flaws.reportsLeaving !== true) node.inventory.leave(digests);
    const { epoch, life } = node;
    const sequence = ++node.sequence;
    node.busy = true;
    const end = (approved: readonly string[]) => {
      if (node.life !== life) return;
      node.busy = false;
      const dropping = this.#flaws.reportsLeaving === true ? approved : node.inventory.stillLeaving(approved);
      for (const digest of dropping) node.disk.delete(digest);
      node.inventory.dropped(dropping);
      node.inventory.stay(digests);
    };
    const lose = () => end(this.#flaws.dropsUnanswered === true ? digests : []);
    const arrive = async () => {
      const ask: Ask = { life };
      node.asks.add(ask);
      const approving = this.#controller.evictions.approve(node.name, {
        epoch,
        sequence: this.#numberOf(node, sequence),
        version: version.version,
        bitmap: bitmap.toBase64(),
      });
      try {
        const approved = ChunkBitmap.fromBase64((await approving).approved, bitmap.length);
        const names = version.index.chunks.flatMap(({ digest }, i) => (approved.has(i) ? digest : []));
        const grant: Grant = { asks: [ask], digests: new Set(names) };
        node.grants.push(grant);
        const forget = () => void (node.grants = node.grants.filter((other) => other !== grant));
        this.#messages.push({ node, give: () => (end(names), forget()), lose: () => (lose(), forget()) });
      } catch (error) {
        if (!this.#closed && !(error instanceof DvceError)) throw error;
        this.#messages.push({ node, give: () => end([]), lose });
      } finally {
        node.asks.delete(ask);
        node.grants = node.grants.filter((grant) => grant.asks.length === 1 || !grant.asks.includes(ask));
      }
    };
    this.#messages.push({ node, give: () => void arrive(), lose });
  }

  /** The controller's decision, held against the truth. */
  #watch(question: EvictionQuestion) {
    const decision = (this.#flaws.decide ?? decideEviction)(question);
    const { approved } = decision;
    this.approvedChunks += approved.count();
    const digests = new Set<string>();
    for (const { version, wanted, numbers } of question.versions) {
      const index = eviction.images.find((image) => image.index.version === version)?.index;
      wanted.forEach((chunk, i) => {
        if (approved.has(chunk)) digests.add(index?.chunkDigest(numbers[i] ?? 0) ?? "");
      });
    }
    for (const digest of digests) {
      const safe = this.#nodes.filter(({ name }) => name !== question.node);
      const names = safe.filter((node) => this.#isSafeOn(node, digest)).map(({ name }) => name);
      if (names.length >= this.#replicas) continue;
      this.violations.push(`${question.node} may drop ${digest.slice(0, 8)}; safe on [${names.join()}]`);
    }
    // Before the answer is even on its way, what it approves is no safe copy any more.
    const asking = this.#nodes.find(({ name }) => name === question.node);
    asking?.grants.push({ asks: [...asking.asks, { life: -1 }], digests });
    return decision;
  }

  #isSafeOn(node: Node, digest: string): boolean {
    if (node.unheard.has(digest)) return true;
    const leaves = node.grants.some(
      ({ asks, digests }) => digests.has(digest) && asks.some(({ life }) => life === node.life),
    );
    return node.disk.has(digest) && !leaves;
  }

  #beat(node: Node): Message {
    const { epoch, life } = node;
    const sequence = ++node.sequence;
    const knownBefore = new Map(Array.from(node.versions.keys(), (name) => [name, node.given.get(name)]));
    const report = node.inventory.report();
    const heard = [...node.unheard];
    node.busy = true;
    const end = (reply: HeartbeatReply | undefined) => {
      if (node.life !== life) return;
      node.busy = false;
      if (reply === undefined || reply.sendAll) node.inventory.resendAll();
      else node.inventory.acknowledge(report);
      const { state } = this.#controller;
      for (const version of reply?.versions ?? []) {
        const bytes = state.versions.indexBytes(version);
        if (bytes !== undefined) node.know(ImageIndex.decode(bytes));
      }
      for (const [version, given] of reply === undefined ? [] : knownBefore) {
        const again = node.given.get(version) !== given; // somebody counts on what it answered
        if (reply?.versions.includes(version) !== true && !again) node.forget(version);
      }
    };
    return {
      node,
      lose: () => end(undefined),
      give: () => {
        let reply: HeartbeatReply | undefined;
        try {
          reply = this.#controller.registry.heartbeat(node.name, {
            epoch,
            sequence: this.#numberOf(node, sequence),
            storeBytes: 0,
            baseBytes: 0,
            diskFreeBytes: gibibyte,
            inventory: report.inventory,
          });
          for (const digest of heard) node.unheard.delete(digest);
        } catch (error) {
          if (!this.#closed && !(error instanceof DvceError)) throw error;
          if (node.life === life) node.epoch = 0; // registers again
        }
        this.#messages.push({ node, give: () => end(reply), lose: () => end(undefined) });
      },
    };
  }

  #register(node: Node): void {
    const { registry } = this.#controller;
    node.life++;
    node.busy = false;
    node.epoch = registry.register(node.name, registrationOf(node.url)).epoch;
    node.unheard.clear();
    node.inventory.stay([...node.disk]);
    node.inventory.resendAll();
  }

  #portOf(url: string): AgentPort {
    const node = this.#nodes.find((candidate) => candidate.url === url);
    if (node === undefined) throw new Error(`no node at ${url}`);
    const refuse = () => Promise.reject(new DvceError("DVCE_NODE_UNREACHABLE", url));
    const putVersion = (version: string, bytes: Buffer): Promise<VersionInventory> => {
      if (!node.running) return refuse();
      const { promise, resolve, reject } = Promise.withResolvers<VersionInventory>();
      const lose = () => reject(new DvceError("DVCE_NODE_UNREACHABLE", url));
      this.#messages.push({
        node,
        lose,
        give: () => {
          if (!node.running) return lose();
          node.know(ImageIndex.decode(bytes));
          const bitmap = node.inventory.bitmapOf(version)?.toBase64() ?? "";
          this.#messages.push({ node, give: () => resolve({ version, bitmap }), lose });
        },
      });
      return promise;
    };
    return {
      putVersion,
      putChunks: refuse,
      fetchChunks: refuse,
      verifyChunks: refuse,
      replicateVersion: refuse,
      startPull: refuse,
      getPullIndex: refuse,
      deletePull: refuse,
      createVolume: refuse,
      listVolumes: refuse,
      getVolume: refuse,
      deleteVolume: refuse,
      retireVolume: refuse,
      deleteRetiredDisk: refuse,
      getConsole: refuse,
    };
  }

  #storeDigest(node: Node, digest: string): void {
    node.inventory.stay([digest]);
    node.disk.add(digest);
    node.inventory.stored([digest]);
  }

  #numberOf(node: Node, sequence: number): number {
    return this.#flaws.numbersOnArrival === true ? (node.sequence += 1) : sequence;
  }

  #take(position: number): Message | undefined {
    return this.#messages.splice(position % Math.max(1, this.#messages.length), 1)[0];
  }

  #node(number: number): Node {
    const node = this.#nodes[number % this.#nodes.length];
    if (node === undefined) throw new Error(`no node ${number}`);
    return node;
  }

  #digest(chunk: number): string {
    const chunks = [
      ...new Set(eviction.images.flatMap(({ index }) => index.chunks.map(({ digest }) => digest))),
    ];
    return chunks[chunk % chunks.length] ?? "";
  }
}
