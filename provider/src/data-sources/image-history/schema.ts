import { historyEventsMax, nameSchema, timestampSchema } from "@dvce/api";
import { z } from "zod";
import { nestedList, number, string, type Schema } from "../../schema/attribute";

const moment = timestampSchema;
const limitError = `must be a whole number from 1 to ${historyEventsMax}`;

export const historyEventAttributes = {
  number: number("computed", { description: "Grows from event to event." }),
  at: string("computed", { description: "When it happened, RFC 3339." }),
  kind: string("computed", {
    description: "What happened: imported, placed, booted, hydrated, evicted and others.",
  }),
  node: string("computed", { description: "The node that it happened on; null where it is about none." }),
  version: string("computed", { description: "The version that it is about; null where it is about none." }),
  cluster: string("computed", { description: "The cluster that it is about; null where it is about none." }),
  domain: string("computed", { description: "The domain that it is about; null where it is about none." }),
  detail: string("computed", { description: "Further facts, as a JSON object; for jsondecode." }),
};

export const imageHistoryAttributes = {
  name: string("required", {
    description: "Name of the image; one that was deleted has a history too.",
    check: nameSchema,
  }),
  since: string("optional", {
    description: "Only events at or after this time, RFC 3339 in UTC.",
    check: moment,
  }),
  until: string("optional", { description: "Only events before this time, RFC 3339 in UTC.", check: moment }),
  limit: number("optional", {
    description: "Only the newest so many. Default 1000.",
    check: z.number(limitError).int(limitError).min(1, limitError).max(historyEventsMax, limitError),
  }),
  id: string("computed", { description: "The image's name." }),
  events: nestedList("computed", historyEventAttributes, {
    description: "What happened to the image and its versions, newest first.",
  }),
  older_events: number("computed", { description: "Events of the time asked for that the limit left out." }),
};

export const imageHistorySchema = {
  version: 0,
  description: "What the pool remembers of an image: imports, placements, boots, replicas made and dropped.",
  attributes: imageHistoryAttributes,
} satisfies Schema;
