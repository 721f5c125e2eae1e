/**
 * The order in which extents were first read, while somebody listens (`Presence.recording`). Costs a look at one
 * word otherwise. Extents are handed on in groups, soon after they were read.
 */
import type { Presence } from "./presence";

const groupMs = 20;

export class ReadLog {
  readonly #presence: Presence;
  readonly #onRead: (extents: readonly number[]) => void;
  #seen = new Uint8Array(0);
  /** Of which `seen` is. */
  #recording = 0;
  #group: number[] = [];

  constructor(presence: Presence, onRead: (extents: readonly number[]) => void) {
    this.#presence = presence;
    this.#onRead = onRead;
  }

  /** Extents `first` to before `end` were read. */
  saw(first: number, end: number): void {
    const { recording, extentCount } = this.#presence;
    if (recording === 0) return;
    if (recording !== this.#recording) {
      this.#recording = recording;
      this.#seen = new Uint8Array(Math.ceil(extentCount / 8));
    }
    for (let extent = first; extent < end; extent++) {
      const byte = this.#seen[extent >> 3] ?? 0;
      const mask = 1 << (extent & 7);
      if ((byte & mask) !== 0) continue;
      this.#seen[extent >> 3] = byte | mask;
      if (this.#group.push(extent) === 1) setTimeout(() => this.#handOn(), groupMs);
    }
  }

  #handOn(): void {
    const group = this.#group;
    this.#group = [];
    this.#onRead(group);
  }
}
