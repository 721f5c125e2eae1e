/** What each version's boot reads first, as nodes tell it. */
import {
  bootProfileChunkCountMax,
  decodeChunkList,
  DvceError,
  type BootProfile,
  type BootRecorded,
  type BootRecording,
} from "@dvce/api";
import type { History } from "../history/history";
import type { State } from "../state";
import type { IndexCache } from "./index-cache";

export interface BootProfilesParts {
  readonly state: State;
  readonly indexes: IndexCache;
  readonly history: History;
}

export class BootProfiles {
  constructor(private readonly parts: BootProfilesParts) {}

  /** @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_BOOT_PROFILE_NOT_FOUND` while no boot was recorded */
  get(version: string): BootProfile {
    const profile = this.parts.state.bootProfiles.get(version);
    if (profile !== undefined) return profile;
    if (this.parts.state.versions.get(version) === undefined) throw versionNotFound(version);
    throw new DvceError(
      "DVCE_BOOT_PROFILE_NOT_FOUND",
      `No boot of version ${version} was recorded yet. One is when its first volume boots.`,
    );
  }

  /**
   * Tells the history of a boot, and keeps what it read as the version's profile if there is none yet, or by force.
   * The first is kept since later boots of a pool are no better known, and nodes that fetched it stay in agreement.
   *
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_NODE_NOT_FOUND`; `DVCE_INPUT_INVALID` for chunks that are not the
   *   version's
   */
  record(version: string, recording: BootRecording, force: boolean): BootRecorded {
    const { state, indexes, history } = this.parts;
    const index = indexes.get(version);
    if (index === undefined) throw versionNotFound(version);
    if (state.nodes.get(recording.node) === undefined) {
      throw new DvceError(
        "DVCE_NODE_NOT_FOUND",
        `There is no node ${recording.node} in this pool, so no boot on it is recorded. Register it first.`,
      );
    }
    const chunks = decodeChunkList(recording.chunks, index.chunkCount);
    if (chunks.length === 0 || chunks.length > bootProfileChunkCountMax) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `The boot read ${chunks.length} chunks; a profile has 1 to ${bootProfileChunkCountMax}.`,
        { details: [{ path: ["chunks"], message: `must be 1 to ${bootProfileChunkCountMax}` }] },
      );
    }
    const imageBytes = chunks.reduce((sum, chunk) => sum + index.chunkSizeBytes(chunk), 0);
    const chunkCount = chunks.length;
    return state.transaction(() => {
      const kept = force || state.bootProfiles.get(version) === undefined;
      if (kept) state.bootProfiles.put({ ...recording, version, chunkCount, imageBytes });
      const { node, seconds } = recording;
      history.append("booted", { node, version, detail: { chunkCount, imageBytes, seconds, profile: kept } });
      return { kept };
    });
  }
}

const versionNotFound = (version: string) =>
  new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    `There is no version ${version} in this pool: it was never announced, has expired, or was deleted.`,
  );
