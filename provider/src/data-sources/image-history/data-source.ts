import type { HistoryEvent } from "@dvce/api";
import type { DataSource } from "../../resources/resource";
import type { State } from "../../schema/infer";
import { imageHistorySchema, type historyEventAttributes, type imageHistoryAttributes } from "./schema";

export const imageHistoryDataSource: DataSource<typeof imageHistoryAttributes> = {
  typeName: "dvce_image_history",
  schema: imageHistorySchema,
  thing: "the image's history",
  async read({ name, since, until, limit }, context) {
    const history = await context.client().getImageHistory(name, {
      ...(since === null ? {} : { since }),
      ...(until === null ? {} : { until }),
      ...(limit === null ? {} : { limit }),
    });
    return {
      name,
      since,
      until,
      limit,
      id: name,
      events: history.events.map(toState),
      older_events: history.olderEvents,
    };
  },
};

const toState = (event: HistoryEvent): State<typeof historyEventAttributes> => ({
  number: event.number,
  at: event.at,
  kind: event.kind,
  node: event.node,
  version: event.version,
  cluster: event.cluster,
  domain: event.domain,
  detail: JSON.stringify(event.detail),
});
