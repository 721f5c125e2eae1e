/** Synthesis of one stack in memory, for unit tests. */
import { App, TerraformStack, Testing } from "cdktf";
import type { Construct } from "constructs";

/** What `cdk.tf.json` holds, as far as tests look into it. */
export interface Synthesised {
  readonly provider: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly output?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A stack named `test` with what `build` adds to it. */
export function stackOf(build: (stack: TerraformStack) => void): TerraformStack {
  const stack = new TerraformStack(new App({ outdir: "unused" }), "test");
  build(stack);
  return stack;
}

/** The JSON of a stack with what `build` adds to it, without the constructs' metadata. */
export function synthesise(build: (stack: Construct) => void): Synthesised {
  const text = Testing.synth(stackOf(build));
  return JSON.parse(text, (key, value: unknown) => (key === "//" ? undefined : value)) as Synthesised;
}
