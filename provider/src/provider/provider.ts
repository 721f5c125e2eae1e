/** The provider dvce: its configuration, resources and data sources. */
import { ControllerClient } from "@dvce/api";
import { imageHistoryDataSource } from "../data-sources/image-history/data-source";
import { imageDataSource } from "../data-sources/image/data-source";
import { nodesDataSource } from "../data-sources/nodes/data-source";
import { isUnknown } from "../codec/unknown";
import { attributeAt, type Diagnostic } from "../diagnostics/diagnostic";
import { clusterResource } from "../resources/cluster/resource";
import { imageResource } from "../resources/image/resource";
import type { DataSource, Resource } from "../resources/resource";
import { volumeResource } from "../resources/volume/resource";
import type { Attributes, Schema } from "../schema/attribute";
import type { Partly } from "../schema/infer";
import { dataSourceSchemas, resourceSchemas } from "./catalogue";
import { providerAttributes, providerSchema } from "./schema";

/** Hands over a resource with its attributes' types intact, whatever they are. */
export type EachResource = <R>(use: <A extends Attributes>(resource: Resource<A>) => R) => R;
export type EachDataSource = <R>(use: <A extends Attributes>(source: DataSource<A>) => R) => R;

/** Takes the client that the configuration leads to, or what every use of one is told instead. */
export interface ClientHolder {
  setClient(client: ControllerClient | Diagnostic): void;
}

export interface Provider {
  readonly schema: Schema<typeof providerAttributes>;
  readonly resourceSchemas: Readonly<Record<string, Schema>>;
  readonly dataSourceSchemas: Readonly<Record<string, Schema>>;
  readonly resources: readonly EachResource[];
  readonly dataSources: readonly EachDataSource[];
  configure(config: Partly<typeof providerAttributes> | null, holder: ClientHolder): readonly Diagnostic[];
}

/** `environment` gives what the configuration leaves out. */
export function createProvider(environment: NodeJS.ProcessEnv): Provider {
  return {
    schema: providerSchema,
    resourceSchemas,
    dataSourceSchemas,
    resources: [(use) => use(imageResource), (use) => use(clusterResource), (use) => use(volumeResource)],
    dataSources: [
      (use) => use(imageDataSource),
      (use) => use(imageHistoryDataSource),
      (use) => use(nodesDataSource),
    ],
    configure: (config, holder) => configure(config, environment, holder),
  };
}

const summary = "Unable to configure the provider dvce";

function configure(
  config: Partly<typeof providerAttributes> | null,
  environment: NodeJS.ProcessEnv,
  holder: ClientHolder,
): readonly Diagnostic[] {
  const url = config?.url ?? nonEmpty(environment["DVCE_URL"]);
  const token = config?.token ?? nonEmpty(environment["DVCE_TOKEN"]);
  if (isUnknown(url) || isUnknown(token)) {
    holder.setClient({
      severity: "error",
      summary: "Unable to reach the controller",
      detail:
        "The provider's url or token depends on something that is not applied yet. Apply that first (terraform " +
        "apply -target=…), or give both as variables or in DVCE_URL and DVCE_TOKEN.",
      path: attributeAt(isUnknown(url) ? "url" : "token"),
    });
    return [];
  }
  const missing: Diagnostic[] = [];
  if (url === undefined || url === "") {
    missing.push(
      missingSetting("url", "DVCE_URL", "the address of the pool's controller, e.g. http://127.0.0.1:7800"),
    );
  }
  if (token === undefined || token === "") {
    missing.push(missingSetting("token", "DVCE_TOKEN", "a token that `dvce token create` printed"));
  }
  if (url === undefined || token === undefined || missing.length > 0) return missing;
  if (!isHttpUrl(url)) {
    return [
      {
        severity: "error",
        summary,
        detail: `url ${JSON.stringify(url)} is no http or https address. Give one such as http://127.0.0.1:7800.`,
        path: attributeAt("url"),
      },
    ];
  }
  holder.setClient(new ControllerClient({ url, token }));
  return [];
}

const nonEmpty = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

const missingSetting = (attribute: string, variable: string, what: string): Diagnostic => ({
  severity: "error",
  summary,
  detail: `Neither ${attribute} nor the environment variable ${variable} is set. Set one of them to ${what}.`,
  path: attributeAt(attribute),
});

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol);
}
