/**
 * Which nodes can serve a version's chunks, as the controller says. Cached for some seconds, so that a boot's
 * many misses cost it one question, and asked again when a source fails.
 */
import type { VersionSources } from "@dvce/api";
import { ChunkBitmap, type ImageIndex } from "@dvce/image";

/** A node that has some of a version's chunks. */
export interface Source {
  readonly node: string;
  readonly agentUrl: string;
  readonly bitmap: ChunkBitmap;
}

export interface SourceDirectoryOptions {
  /** This node: never a source of itself. */
  readonly self: string;
  readonly askController: (version: string) => Promise<VersionSources>;
  readonly nowMs: () => number;
  /** How long an answer is used. Default 5 s. */
  readonly freshMs?: number;
}

interface Answer {
  readonly atMs: number;
  readonly sources: readonly Source[];
}

/** Even after failures the controller is asked at most this often for one version. */
const refreshMsMin = 500;

export class SourceDirectory {
  readonly #options: SourceDirectoryOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<readonly Source[]>>();

  constructor(options: SourceDirectoryOptions) {
    this.#options = options;
  }

  /**
   * The sources of a version. When the controller does not answer, the last known ones go on being used; throws
   * its error only when there are none.
   * @param refresh an answer that came before a failure is not good enough
   */
  async sources(index: ImageIndex, refresh: boolean): Promise<readonly Source[]> {
    const known = this.#answers.get(index.version);
    const maxAgeMs = refresh ? refreshMsMin : (this.#options.freshMs ?? 5_000);
    if (known !== undefined && this.#options.nowMs() - known.atMs < maxAgeMs) return known.sources;
    const running = this.#asking.get(index.version);
    if (running !== undefined) return running;
    const asking = this.#ask(index, known).finally(() => this.#asking.delete(index.version));
    this.#asking.set(index.version, asking);
    return asking;
  }

  /** Drops what is known of a version. */
  forget(version: string): void {
    this.#answers.delete(version);
  }

  async #ask(index: ImageIndex, known: Answer | undefined): Promise<readonly Source[]> {
    try {
      const { sources } = await this.#options.askController(index.version);
      const answer: Answer = {
        atMs: this.#options.nowMs(),
        sources: sources
          .filter(({ node }) => node !== this.#options.self)
          .map(({ node, agentUrl, bitmap }) => ({
            node,
            agentUrl,
            bitmap: ChunkBitmap.fromBase64(bitmap, index.chunkCount),
          })),
      };
      this.#answers.set(index.version, answer);
      return answer.sources;
    } catch (error) {
      if (known === undefined) throw error;
      return known.sources;
    }
  }
}
