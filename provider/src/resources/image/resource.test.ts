import { validateAttributes } from "../../schema/validate";
import { unknown } from "../../codec/unknown";
import { imageResource } from "./resource";
import type { ImagePlan } from "./model";

const config = (values: Partial<ImagePlan>): ImagePlan => ({
  name: "debian",
  path: null,
  url: null,
  checksum: null,
  deletion_protection: null,
  timeouts: null,
  id: null,
  version: null,
  size_bytes: null,
  data_bytes: null,
  chunk_count: null,
  ...values,
});
const checksum = `sha256:${"0".repeat(64)}`;
const url = "https://example.org/x.qcow2";

const cases: readonly (readonly [string, Partial<ImagePlan>, readonly string[]])[] = [
  ["a path", { path: "/x" }, []],
  ["a url with its checksum", { url, checksum }, []],
  ["neither", {}, ["path"]],
  ["both", { path: "/x", url, checksum }, ["path"]],
  ["a url alone", { url }, ["checksum"]],
  ["a path not known yet beside a url", { path: unknown, url, checksum }, []],
  ["a url not known yet, alone", { url: unknown }, ["checksum"]],
];

test.each(cases)("%s", (_title, values, expected) => {
  const found = imageResource.validate?.(config(values)) ?? [];
  expect(found.map(({ path }) => path?.[0])).toEqual(expected.map((attribute) => ({ attribute })));
});

test("values are checked one by one, and what was given is repeated", () => {
  const bad = config({ name: "Debian 12", url: "ftp://x", checksum: "md5:1" });
  const found = validateAttributes(imageResource.schema.attributes, bad, "image");
  expect(found.map(({ detail }) => detail.split(" ")[0])).toEqual(["name", "url", "checksum"]);
  expect(found[0]?.detail).toContain('and not "Debian 12"');
});

test("an image whose source is not known yet has no known version", async () => {
  const input = { prior: null, proposed: config({ path: unknown }), private: {} };
  const { planned } = await imageResource.plan(input, {
    client: () => {
      throw new Error("not needed");
    },
    nodes: () => Promise.reject(new Error("not needed")),
    cluster: () => Promise.reject(new Error("not needed")),
    clusterChanged: () => undefined,
    signal: new AbortController().signal,
    log: { write: () => undefined },
    warn: () => undefined,
    cacheDirectory: undefined,
    plannedVersions: { find: () => [], note: () => undefined },
  });
  expect(planned).toMatchObject({ version: unknown, size_bytes: unknown, chunk_count: unknown });
});
