/** Notes when a volume's node has the whole version behind it: from then on the volume needs no peer. */
import type { History } from "../history/history";
import type { State } from "../state";
import { timestampOf, type Clock } from "../state/clock";
import type { Inventories } from "./inventories";

export interface HydrationsParts {
  readonly state: State;
  readonly inventories: Inventories;
  readonly history: History;
  readonly clock: Clock;
}

export class Hydrations {
  constructor(private readonly parts: HydrationsParts) {}

  /** Looks at the volumes that were not hydrated yet. Call after nodes have reported what they hold. */
  note(): void {
    const { state, inventories, history, clock } = this.parts;
    for (const volume of state.volumes.notHydrated()) {
      const { node, version, cluster, domain, createdAt } = volume;
      const isReported = inventories.bitmap(node, version) !== undefined;
      if (!isReported || inventories.missingBytes(node, version) > 0) continue;
      const nowMs = clock();
      const seconds = Math.max(0, (nowMs - Date.parse(createdAt)) / 1000);
      state.transaction(() => {
        state.volumes.setHydratedAt(domain, timestampOf(nowMs));
        history.append("hydrated", { node, version, cluster, domain, detail: { seconds } });
      });
    }
  }
}
