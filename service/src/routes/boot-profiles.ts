import { bootProfileSchema, bootRecordedSchema, bootRecordingSchema } from "@dvce/api";
import { z } from "zod";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { versionParameter } from "./parameters";

/** The longest list of chunks, with room for the rest. */
const recordingBytesMax = 1024 * 1024;

export function bootProfileRoutes(app: Server, controller: Controller): void {
  const { bootProfiles } = controller;
  app.get(
    "/v1/versions/:version/boot-profile",
    {
      config: { permission: "fetch" },
      schema: {
        summary: "Which chunks a boot of the version reads first, in order",
        tags: ["versions"],
        params: versionParameter,
        response: { 200: bootProfileSchema },
      },
    },
    async (request) => bootProfiles.get(request.params.version),
  );
  app.put(
    "/v1/versions/:version/boot-profile",
    {
      config: { permission: "report" },
      bodyLimit: recordingBytesMax,
      schema: {
        summary: "An agent tells of a boot; the first becomes the version's profile",
        tags: ["versions"],
        params: versionParameter,
        querystring: z.object({ force: z.stringbool().default(false) }),
        body: bootRecordingSchema,
        response: { 200: bootRecordedSchema },
      },
    },
    async (request) => bootProfiles.record(request.params.version, request.body, request.query.force),
  );
}
