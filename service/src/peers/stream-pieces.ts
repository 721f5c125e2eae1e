import type { Readable } from "node:stream";

/** Pieces that wait to be taken; beyond these the stream is paused. */
const waitingMax = 4;

/**
 * A stream's buffers as they came. Iterating a stream itself joins what has come since the last step, which copies
 * every byte once more. Ends the stream when it is left early.
 */
export async function* piecesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer, void, undefined> {
  const readable = stream as Readable;
  const waiting: Buffer[] = [];
  let failure: { readonly error: unknown } | undefined;
  let ended = false;
  let changed = Promise.withResolvers<void>();
  const end = (): void => {
    ended = true;
    changed.resolve();
  };
  readable.on("data", (piece: Buffer) => {
    waiting.push(piece);
    if (waiting.length >= waitingMax) readable.pause();
    changed.resolve();
  });
  readable.once("end", end);
  readable.once("close", end); // without an end before it: whoever parses the bytes finds them cut off
  readable.on("error", (error: unknown) => {
    failure ??= { error };
    end();
  });
  try {
    for (;;) {
      const piece = waiting.shift();
      if (piece !== undefined) {
        if (waiting.length < waitingMax && readable.isPaused()) readable.resume();
        yield piece;
      } else if (failure !== undefined) throw failure.error;
      else if (ended) return;
      else {
        await changed.promise;
        changed = Promise.withResolvers<void>();
      }
    }
  } finally {
    if (!ended) readable.destroy();
  }
}
