/** Every schema that the provider serves, by Terraform type name. */
import { imageHistorySchema } from "../data-sources/image-history/schema";
import { imageDataSchema } from "../data-sources/image/schema";
import { nodesSchema } from "../data-sources/nodes/schema";
import { clusterSchema } from "../resources/cluster/schema";
import { imageSchema } from "../resources/image/schema";
import { volumeSchema } from "../resources/volume/schema";
import type { Schema } from "../schema/attribute";

export const resourceSchemas = {
  dvce_cluster: clusterSchema,
  dvce_image: imageSchema,
  dvce_volume: volumeSchema,
} as const satisfies Record<string, Schema>;

export const dataSourceSchemas = {
  dvce_image: imageDataSchema,
  dvce_image_history: imageHistorySchema,
  dvce_nodes: nodesSchema,
} as const satisfies Record<string, Schema>;

/** Under which the provider is installed and published. */
export const providerAddress = "registry.terraform.io/dvce/dvce";
export const providerVersion = "0.1.0";
