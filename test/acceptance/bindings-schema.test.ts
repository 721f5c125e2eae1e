/** The committed schemas, which the bindings are generated from, are what the providers serve. Needs no libvirt. */
import type { ProviderSchema } from "@cdktn/commons";
import { readCommittedSchema, readSchemaFromBinary } from "../../tools/bindings/schema";
import { dvceTarget, libvirtTarget } from "../../tools/bindings/targets";
import { cacheLayout, ensureAll } from "../../tools/setup";

jest.setTimeout(10 * 60_000);

/** A document holds one provider, under an address whose host is Terraform's or OpenTofu's own. */
const only = (schema: unknown): unknown =>
  Object.values((schema as ProviderSchema).provider_schemas ?? {})[0];

test.each([libvirtTarget, dvceTarget])(
  "the committed schema of $name is the provider's (else: npm run bindings)",
  async (target) => {
    const { terraformPath } = await ensureAll({ image: false, opentofu: false });
    const served = readSchemaFromBinary(target, cacheLayout().mirrorDirectory, terraformPath);
    expect(only(served)).toEqual(only(readCommittedSchema(target)));
  },
);
