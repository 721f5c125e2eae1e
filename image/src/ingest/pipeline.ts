/** What happens to each item, with a buffer of its own from the first step to the end of the last. */
export interface PipelineSteps<Item, Buffer, Prepared, Worked> {
  /** For several items at once. */
  prepare(item: Item, buffer: Buffer): Promise<Prepared>;
  /** For one item after the other, in order; answers what to do for several at once again. */
  order(item: Item, buffer: Buffer, prepared: Prepared): Promise<() => Promise<Worked>>;
  /** Started in the order of the items; an item does not wait for the end of the one before. */
  finish(item: Item, buffer: Buffer, worked: Worked): Promise<void>;
}

/**
 * Takes items through the steps, as many at once as there are buffers. Throws the first error of any step or of `items`; then
 * and otherwise nothing is under way any more when it settles, so buffers and sources may be given up.
 */
export async function runPipeline<Item, Buffer, Prepared, Worked>(
  items: AsyncIterable<Item> | Iterable<Item>,
  buffers: readonly Buffer[],
  steps: PipelineSteps<Item, Buffer, Prepared, Worked>,
): Promise<void> {
  const free = [...buffers];
  const underWay = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let ordered: Promise<unknown> = Promise.resolve();
  let finishing: Promise<unknown> = Promise.resolve();

  const take = async (item: Item, buffer: Buffer): Promise<void> => {
    const prepared = steps.prepare(item, buffer);
    const turn = ordered.then(async () => {
      const input = await prepared;
      if (failure !== undefined) throw failure.error;
      return steps.order(item, buffer, input);
    });
    const worked = turn.then((work) => work());
    const started = finishing.then(() => worked);
    ordered = turn;
    finishing = started;
    // Waits for its own work also where something before it failed, and leaves no failure unnoticed.
    await Promise.allSettled([prepared, worked, started]);
    await steps.finish(item, buffer, await started);
  };

  try {
    for await (const item of items) {
      while (free.length === 0 && failure === undefined) await Promise.race(underWay);
      const buffer = free.pop();
      if (buffer === undefined || failure !== undefined) break;
      const task: Promise<void> = take(item, buffer).then(
        () => {
          free.push(buffer);
          underWay.delete(task);
        },
        (error: unknown) => {
          failure ??= { error };
          underWay.delete(task);
        },
      );
      underWay.add(task);
    }
  } finally {
    await Promise.all(underWay);
  }
  if (failure !== undefined) throw failure.error;
}
