/**
 * Which nodes can serve a version's chunks, and which fetch it now, as the controller says.
 *
 * An answer is used for a while, so that a boot's many misses cost few questions: shortly at first, since nodes that
 * start together learn of each other by asking, then ever longer. An answer that has aged is still used while the next
 * one is under way; only after failures is it waited for.
 */
import type { VersionSources } from "@dvce/api";
import { ChunkBitmap, type ImageIndex } from "@dvce/image";
import type { Fetcher } from "./designated-fetcher";

/** A node that has some of a version's chunks. */
export interface Source {
  readonly node: string;
  readonly agentUrl: string;
  readonly bitmap: ChunkBitmap;
}

/** What is known of a version's spread. */
export interface SourceView {
  /** Other nodes that have chunks of it. */
  readonly sources: readonly Source[];
  /** Other nodes that fetch it now. */
  readonly fetchers: readonly Fetcher[];
  /** The controller was asked again since this node began to fetch: nodes that began with it are known. */
  readonly settled: boolean;
  /** A name of the version, for messages. */
  readonly image?: string | undefined;
  /** Chunks of which every copy in the pool is bad. */
  readonly lost: ReadonlySet<string>;
}

export interface SourceDirectoryOptions {
  /** This node: never a source of itself. */
  readonly self: string;
  readonly askController: (version: string) => Promise<VersionSources>;
  readonly nowMs: () => number;
  /** How long the first answer is used. Default 40 ms. */
  readonly freshMsMin?: number;
  /** How long later ones are. Default 2 s. */
  readonly freshMsMax?: number;
}

interface Answer {
  readonly view: SourceView;
  readonly atMs: number;
  readonly freshMs: number;
}

/** Even after failures the controller is asked at most this often for one version. */
const refreshMsMin = 500;
/** An answer this old says nothing about now: asking begins anew, and is waited for. */
const staleMs = 10_000;

export class SourceDirectory {
  readonly #options: SourceDirectoryOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<SourceView>>();

  constructor(options: SourceDirectoryOptions) {
    this.#options = options;
  }

  /**
   * The spread of a version. When the controller does not answer, what was known last goes on being used; throws its
   * error only when that is nothing.
   * @param refresh an answer that came before a failure is not good enough
   */
  async view(index: ImageIndex, refresh = false): Promise<SourceView> {
    const known = this.#answers.get(index.version);
    if (known === undefined) return this.#ask(index, undefined);
    const ageMs = this.#options.nowMs() - known.atMs;
    if (ageMs >= staleMs || (refresh && ageMs >= refreshMsMin)) return this.#ask(index, known);
    if (ageMs >= known.freshMs) void this.#ask(index, known);
    return known.view;
  }

  /** Drops what is known of a version. */
  forget(version: string): void {
    this.#answers.delete(version);
  }

  #ask(index: ImageIndex, known: Answer | undefined): Promise<SourceView> {
    const running = this.#asking.get(index.version);
    if (running !== undefined) return running;
    const asking = this.#answer(index, known).finally(() => this.#asking.delete(index.version));
    this.#asking.set(index.version, asking);
    return asking;
  }

  async #answer(index: ImageIndex, known: Answer | undefined): Promise<SourceView> {
    const { self, askController, nowMs, freshMsMin = 40, freshMsMax = 2_000 } = this.#options;
    try {
      const { image, sources, fetchers, lostChunks } = await askController(index.version);
      const continues = known !== undefined && nowMs() - known.atMs < staleMs;
      const view: SourceView = {
        sources: sources
          .filter(({ node }) => node !== self)
          .map(({ node, agentUrl, bitmap }) => ({
            node,
            agentUrl,
            bitmap: ChunkBitmap.fromBase64(bitmap, index.chunkCount),
          })),
        fetchers: fetchers.filter(({ node }) => node !== self),
        settled: continues,
        image,
        lost: new Set(lostChunks ?? []),
      };
      const freshMs = continues ? Math.min(freshMsMax, known.freshMs * 2) : freshMsMin;
      this.#answers.set(index.version, { view, atMs: nowMs(), freshMs });
      return view;
    } catch (error) {
      if (known === undefined) throw error;
      // Not at once again: the controller is away, and what is known may still do.
      this.#answers.set(index.version, { ...known, atMs: nowMs(), freshMs: freshMsMax });
      return known.view;
    }
  }
}
