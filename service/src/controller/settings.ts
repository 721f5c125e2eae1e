/** Times and counts that the controller works with. */
export interface ControllerSettings {
  /** Nodes that hold each chunk of an image. */
  readonly replicas: number;
  readonly heartbeatIntervalMs: number;
  /**
   * A node that misses this many heartbeats in a row is unreachable. Few would see a dead node sooner and take a busy
   * one for dead: an emulated boot on every core was seen to delay heartbeats by more than three intervals.
   */
  readonly missedHeartbeatsMax: number;
  /** Life of a version that is announced and never completed, from its last announcement. */
  readonly announcementLifeMs: number;
  /** Life of a plan record, from when it was last shown. */
  readonly planLifeMs: number;
  /** Share of a volume's full size that counts as taken of a node's disk, since volumes are thin. */
  readonly thinFactor: number;
  /** How long a domain placed on the spot holds its capacity before it is defined. */
  readonly spotReservationMs: number;
}

const hourMs = 60 * 60 * 1000;

export const defaultControllerSettings: ControllerSettings = {
  replicas: 2,
  heartbeatIntervalMs: 2_000,
  missedHeartbeatsMax: 5,
  announcementLifeMs: 24 * hourMs,
  planLifeMs: 24 * hourMs,
  thinFactor: 1,
  spotReservationMs: 60_000,
};
