/** Which nodes a placement may still count on; asked once for many resources of one refresh. */
import type { ControllerClient } from "@dvce/api";

const rememberedForMs = 2000;

interface Remembered {
  readonly atMs: number;
  readonly answer: Promise<(node: string) => boolean>;
}

const remembered = new WeakMap<ControllerClient, Remembered>();

/** Tells whether a node is in the pool and not fenced. Throws `DvceError`. */
export function findNodesThatCount(client: ControllerClient): Promise<(node: string) => boolean> {
  const last = remembered.get(client);
  if (last !== undefined && Date.now() - last.atMs < rememberedForMs) return last.answer;
  const answer = client.listNodes().then((nodes) => {
    const names = new Set(nodes.filter(({ state }) => state !== "fenced").map(({ name }) => name));
    return (node: string): boolean => names.has(node);
  });
  remembered.set(client, { atMs: Date.now(), answer });
  answer.catch(() => remembered.delete(client));
  return answer;
}
