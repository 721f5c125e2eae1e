/** What happened to images, as the API tells it. */
import { DvceError, type HistoryQuery, type ImageHistory } from "@dvce/api";
import type { State } from "../state";
import { timestampOf } from "../state/clock";

export class ImageHistories {
  constructor(private readonly state: State) {}

  /**
   * Newest first; also of an image that was deleted.
   *
   * @throws DvceError `DVCE_IMAGE_NOT_FOUND` when there never was such an image; `DVCE_INPUT_INVALID` for an empty range
   */
  get(image: string, { since, until, limit }: HistoryQuery): ImageHistory {
    const sinceMs = since === undefined ? undefined : Date.parse(since);
    const untilMs = until === undefined ? undefined : Date.parse(until);
    if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
      const message = `The time from ${since ?? ""} until ${until ?? ""} is empty: give an earlier start or a later end.`;
      throw new DvceError("DVCE_INPUT_INVALID", message, { details: [{ path: ["since"], message }] });
    }
    const { events, olderEvents } = this.state.events.ofImage(image, { sinceMs, untilMs }, limit);
    if (events.length === 0) this.#requireKnown(image);
    return {
      image,
      events: events.map(({ id, atMs, ...event }) => ({ number: id, at: timestampOf(atMs), ...event })),
      olderEvents,
    };
  }

  #requireKnown(image: string): void {
    const everywhen = { sinceMs: undefined, untilMs: undefined };
    if (this.state.imageVersions.ofImage(image).length > 0) return;
    if (this.state.events.ofImage(image, everywhen, 1).events.length > 0) return;
    throw new DvceError(
      "DVCE_IMAGE_NOT_FOUND",
      `There never was an image ${image} in this pool; 'dvce image ls' lists those that were pushed.`,
    );
  }
}
