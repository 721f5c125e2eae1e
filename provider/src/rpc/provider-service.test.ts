import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decode } from "@msgpack/msgpack";
import { decodeMsgpack, encodeMsgpack } from "../codec/msgpack";
import { unknown } from "../codec/unknown";
import type { UnaryService } from "../plugin/lazy-service";
import { serviceDefinition } from "../plugin/services";
import { createProvider } from "../provider/provider";
import { resourceSchemas } from "../provider/catalogue";
import type { WireDiagnostic } from "./messages";
import { providerService } from "./provider-service";
import { Runtime } from "./runtime";

interface Answer {
  readonly diagnostics?: readonly WireDiagnostic[];
  readonly [field: string]: unknown;
}

const definition = serviceDefinition("tfplugin6.Provider");
const cacheDirectory = mkdtempSync(path.join(tmpdir(), "dvce-provider-unit-"));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));

function createService(environment: NodeJS.ProcessEnv = {}): UnaryService {
  const runtime = new Runtime({
    log: { write: () => undefined },
    cacheDirectory,
    plannedVersions: { find: () => [], note: () => undefined },
  });
  return providerService(createProvider(environment), runtime);
}

/** Sends a request through the real wire format, both ways. */
function call(service: UnaryService, name: string, request: object): Promise<Answer> {
  const method = definition[name];
  const handler = service[name];
  if (method === undefined || handler === undefined) throw new Error(`no call ${name}`);
  const arrived = method.requestDeserialize(method.requestSerialize(request)) as object;
  return new Promise((resolve, reject) => {
    handler({ request: arrived } as Parameters<typeof handler>[0], (error, response) => {
      if (error !== null) reject(new Error(error.details ?? "failed"));
      else resolve(method.responseDeserialize(method.responseSerialize(response ?? {})) as Answer);
    });
  });
}

const dynamic = (value: unknown): object => ({ msgpack: encodeMsgpack(value) });

describe("the provider's service", () => {
  const service = createService();

  test("has a handler for every call of the protocol", () => {
    expect(Object.keys(service).sort()).toEqual(Object.keys(definition).sort());
  });

  test.each(Object.keys(resourceSchemas))(
    "refuses a %s that is still unknown at apply",
    async (type_name) => {
      const names = Object.keys(resourceSchemas[type_name as keyof typeof resourceSchemas].attributes);
      const planned = Object.fromEntries(names.map((name) => [name, unknown]));
      const answer = await call(service, "ApplyResourceChange", {
        type_name,
        planned_state: dynamic(planned),
        prior_state: dynamic(null),
      });
      expect(answer.diagnostics?.[0]?.detail).toContain("still unknown at apply");
    },
  );

  test.each([
    ["PlanResourceChange", "proposed_new_state"],
    ["ApplyResourceChange", "planned_state"],
  ])("%s refuses what was unknown when it was validated, and is not allowed", async (name, field) => {
    const member = { version: "a".repeat(64), vcpus: 0, memory_mib: 512, disk_gib: 1 };
    const answer = await call(service, name, {
      type_name: "dvce_cluster",
      [field]: dynamic({ name: "web", members: { a: member } }),
      prior_state: dynamic(null),
    });
    expect(answer.diagnostics).toMatchObject([
      {
        detail: 'members["a"].vcpus must be a whole number from 1 to 512, and not 0.',
        attribute: {
          steps: [{ attribute_name: "members" }, { element_key_string: "a" }, { attribute_name: "vcpus" }],
        },
      },
    ]);
  });

  test("names its types in the metadata and schemas", async () => {
    const metadata = await call(service, "GetMetadata", {});
    expect(metadata["resources"]).toEqual(
      expect.arrayContaining(Object.keys(resourceSchemas).map((type_name) => ({ type_name }))),
    );
    const schema = await call(service, "GetProviderSchema", {});
    expect(Object.keys(schema["resource_schemas"] as object).sort()).toEqual(
      Object.keys(resourceSchemas).sort(),
    );
  });

  test("says which setting is missing, at its attribute", async () => {
    const answer = await call(service, "ConfigureProvider", { config: dynamic({ url: null, token: null }) });
    expect(answer.diagnostics?.map(({ attribute }) => attribute?.steps)).toEqual([
      [{ attribute_name: "url" }],
      [{ attribute_name: "token" }],
    ]);
  });

  test("an unknown url fails only what needs the controller", async () => {
    const other = createService();
    const configured = await call(other, "ConfigureProvider", {
      config: dynamic({ url: unknown, token: "x" }),
    });
    expect(configured.diagnostics ?? []).toEqual([]);
    const read = await call(other, "ReadDataSource", {
      type_name: "dvce_nodes",
      config: dynamic({ nodes: null }),
    });
    expect(read.diagnostics?.[0]?.summary).toBe("Unable to reach the controller");
  });

  test("stored state comes as JSON and leaves as msgpack, and newer state is refused", async () => {
    const json = Buffer.from(JSON.stringify({ name: "x", version: "v", size_bytes: 5, gone: true }));
    const upgraded = await call(service, "UpgradeResourceState", {
      type_name: "dvce_image",
      raw_state: { json },
    });
    expect(upgraded["upgraded_state"]).toMatchObject({ msgpack: expect.anything() as unknown });
    const newer = await call(service, "UpgradeResourceState", {
      type_name: "dvce_image",
      version: 9,
      raw_state: { json },
    });
    expect(newer.diagnostics?.[0]?.detail).toContain("newer provider");
  });

  test("takes over a resource of its own type from another address of itself, and nothing else", async () => {
    const json = Buffer.from(JSON.stringify({ name: "x", version: "v" }));
    const request = {
      source_provider_address: "mirror.example/dvce/dvce",
      source_type_name: "dvce_image",
      target_type_name: "dvce_image",
      source_state: { json },
    };
    const moved = await call(service, "MoveResourceState", request);
    expect(moved.diagnostics ?? []).toEqual([]);
    const state = decode((moved["target_state"] as { msgpack: Uint8Array }).msgpack);
    expect(state).toMatchObject({ name: "x", version: "v", timeouts: null });
    for (const other of [
      { ...request, source_type_name: "libvirt_volume" },
      { ...request, source_provider_address: "registry.terraform.io/dmacvicar/libvirt" },
    ]) {
      const refused = await call(service, "MoveResourceState", other);
      expect(refused.diagnostics?.[0]?.detail).toContain("Use an import block instead");
    }
  });

  test("a protected cluster or image is destroyed by no plan", async () => {
    for (const type_name of ["dvce_cluster", "dvce_image"]) {
      const members = { a: { version: "a".repeat(64), vcpus: 1, memory_mib: 512, disk_gib: 1 } };
      const prior = { name: "x", members, deletion_protection: true };
      const planned = await call(service, "PlanResourceChange", {
        type_name,
        prior_state: dynamic(prior),
        proposed_new_state: dynamic(null),
      });
      expect(planned.diagnostics?.[0]?.detail).toContain("apply deletion_protection = false first");
      const replaced = await call(service, "PlanResourceChange", {
        type_name,
        prior_state: dynamic(prior),
        proposed_new_state: dynamic({ ...prior, name: "y" }),
      });
      expect(replaced.diagnostics?.[0]?.detail).toContain("A change of name replaces it");
      const allowed = await call(service, "PlanResourceChange", {
        type_name,
        prior_state: dynamic({ ...prior, deletion_protection: false }),
        proposed_new_state: dynamic(null),
      });
      expect(allowed.diagnostics ?? []).toEqual([]);
    }
  });

  test("names the values that placing waits for, and what is known without them", async () => {
    const member = { version: "a".repeat(64), vcpus: 1, memory_mib: 512, disk_gib: 1 };
    const cluster = { name: "web", members: { a: member, b: { ...member, version: unknown } } };
    const answer = await call(service, "PlanResourceChange", {
      type_name: "dvce_cluster",
      prior_state: dynamic(null),
      proposed_new_state: dynamic(cluster),
    });
    const [warning, ...others] = answer.diagnostics ?? [];
    expect(others).toEqual([]);
    expect(warning).toMatchObject({ severity: 2 }); // WARNING
    expect(warning?.detail).toMatch(/^members\["b"\]\.version is known only after apply/);
    expect(warning?.attribute?.steps).toHaveLength(3);
    const planned = decodeMsgpack((answer["planned_state"] as { msgpack: Uint8Array }).msgpack);
    expect(planned).toMatchObject({
      id: "web",
      placements: { b: { domain: "web-b", node: unknown, volume_path: "/var/lib/dvce/volumes/web-b.qcow2" } },
    });
  });

  test("what it has not is refused politely", async () => {
    for (const name of ["MoveResourceState", "UpgradeResourceIdentity", "OpenEphemeralResource"]) {
      expect((await call(service, name, {})).diagnostics).toHaveLength(1);
    }
    expect((await call(service, "CallFunction", { name: "f" }))["error"]).toEqual({
      text: "The provider dvce has no function f.",
    });
  });
});
