import { digestSchema, DvceError, versionInventorySchema, type VersionInventory } from "@dvce/api";
import { indexMessageSizeBytesMax } from "@dvce/image";
import { z } from "zod";
import { octetsSchema, type Server } from "../../plugins/server";
import type { Inventory } from "../inventory";
import type { KnownVersions } from "../known-versions";

const params = z.object({ version: digestSchema });

/** Indexes, and which of their chunks this node has. */
export function versionRoutes(app: Server, versions: KnownVersions, inventory: Inventory): void {
  const describe = (version: string): VersionInventory => {
    const bitmap = inventory.bitmapOf(version);
    if (bitmap === undefined) {
      throw new DvceError(
        "DVCE_VERSION_NOT_FOUND",
        `This node does not know the version ${version}. Send its index.`,
      );
    }
    return { version, bitmap: bitmap.toBase64() };
  };

  app.put(
    "/v1/versions/:version",
    {
      bodyLimit: indexMessageSizeBytesMax,
      schema: { params, body: octetsSchema, response: { 200: versionInventorySchema } },
    },
    async (request) => {
      await versions.put(request.params.version, request.body);
      await inventory.whenCounted(request.params.version);
      return describe(request.params.version);
    },
  );
  app.get(
    "/v1/versions/:version/inventory",
    { schema: { params, response: { 200: versionInventorySchema } } },
    async (request) => describe(request.params.version),
  );
}
