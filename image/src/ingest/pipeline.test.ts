import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { runPipeline } from "./pipeline";

jest.setTimeout(60_000);

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

/** Runs items whose steps take so many turns of the event loop and fail where told; records what happens. */
async function trial(
  items: readonly (readonly number[])[],
  buffers: number,
  failAt?: { item: number; step: number },
) {
  const events: string[] = [];
  const inUse = new Map<number, number>();
  let underWay = 0;
  const step = async (item: number, index: number, buffer: number, name: string): Promise<void> => {
    expect(inUse.get(buffer)).toBe(item);
    underWay += 1;
    events.push(`${name} ${item}`);
    await turns(items[item]?.[index] ?? 0);
    underWay -= 1;
    if (failAt?.item === item && failAt.step === index) throw new Error(`${name} ${item} failed`);
  };
  const result = await runPipeline(
    items.keys(),
    Array.from({ length: buffers }, (_, i) => i),
    {
      prepare: async (item, buffer) => {
        inUse.set(buffer, item);
        await step(item, 0, buffer, "prepare");
        return `prepared ${item}`;
      },
      order: async (item, buffer, prepared) => {
        expect(prepared).toBe(`prepared ${item}`);
        await step(item, 1, buffer, "order");
        return async () => {
          await step(item, 2, buffer, "work");
          return `worked ${item}`;
        };
      },
      finish: async (item, buffer, worked) => {
        expect(worked).toBe(`worked ${item}`);
        await step(item, 3, buffer, "finish");
        inUse.delete(buffer);
      },
    },
  ).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  expect(underWay).toBe(0);
  return { result, of: (name: string) => events.filter((event) => event.startsWith(name)) };
}

const items = fc.array(fc.array(fc.nat(6), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 12 });
const inOrder = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`);

it("takes every item through every step, orders and finishes in order, with any number of buffers", async () => {
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 5 }), async (list, buffers) => {
      const { result, of } = await trial(list, buffers);
      expect(result).toBeUndefined();
      for (const name of ["order", "finish"]) expect(of(name)).toEqual(inOrder(name, list.length));
      expect(of("prepare").toSorted()).toEqual(inOrder("prepare", list.length).toSorted());
      expect(of("work").toSorted()).toEqual(inOrder("work", list.length).toSorted());
    }),
    { numRuns: 60 },
  );
});

it("ends with the failure of any step when nothing is under way any more, and finishes nothing behind it", async () => {
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 5 }),
      fc.nat(),
      fc.nat(3),
      async (list, buffers, at, step) => {
        const item = at % list.length;
        const { result, of } = await trial(list, buffers, { item, step });
        expect(result).toBe(`${["prepare", "order", "work", "finish"][step]} ${item} failed`);
        if (step < 3) expect(of("finish")).toEqual(inOrder("finish", of("finish").length));
        if (step < 3) expect(of("finish").length).toBeLessThanOrEqual(item);
      },
    ),
    { numRuns: 60 },
  );
});

it("passes on what the items fail with, after what was taken has ended", async () => {
  async function* failing() {
    yield 1;
    throw new Error("no more items");
  }
  let finished = false;
  const run = runPipeline(failing(), [0, 1], {
    prepare: () => Promise.resolve(),
    order: () => Promise.resolve(() => Promise.resolve()),
    finish: async () => {
      await turns(20);
      finished = true;
    },
  });
  await expect(run).rejects.toThrow("no more items");
  expect(finished).toBe(true);
});
