import type { AgentCreateVolume, AgentVolume } from "@dvce/api";
import { Restores, type MakeVolume } from "./restores";

const order: AgentCreateVolume = {
  domain: "web-0",
  version: "a".repeat(64),
  sizeBytes: 1,
  seed: { hostname: "web-0", userData: "", sshAuthorizedKeys: [] },
  contents: { node: "n1", agentUrl: "http://n1.example:7801" },
};
const volume: AgentVolume = {
  domain: "web-0",
  version: order.version,
  sizeBytes: 1,
  path: "/p",
  seedPath: "/s",
  seedDigest: "b".repeat(64),
  createdAt: "2026-01-01T00:00:00Z",
  fetchedBytes: 0,
  hydration: { state: "waiting", presentBytes: 0, totalBytes: 1 },
};

/** Work that ends when the test says so. */
function work() {
  const ends: { readonly resolve: (made: AgentVolume) => void; readonly reject: (error: Error) => void }[] =
    [];
  const make: MakeVolume = (onBytes, signal) => {
    onBytes(5_000_000);
    return new Promise((resolve, reject) => {
      ends.push({ resolve, reject });
      signal.addEventListener("abort", () => reject(signal.reason as Error));
    });
  };
  return { make, ends };
}

const copying = { code: "DVCE_VOLUME_COPYING", message: expect.stringContaining("from n1: 5 MB") as string };

test("says how far it is until it is done, and begins once", async () => {
  const restores = new Restores(1);
  const { make, ends } = work();
  await expect(restores.join(order, make)).rejects.toMatchObject(copying);
  await expect(restores.join(order, make)).rejects.toMatchObject(copying);
  expect(ends).toHaveLength(1);
  ends[0]?.resolve(volume);
  expect(await restores.join(order, make)).toBe(volume);
  expect(ends).toHaveLength(1);
});

test("tells a failure to the next who asks, and begins again for the one after", async () => {
  const restores = new Restores(1);
  const { make, ends } = work();
  await expect(restores.join(order, make)).rejects.toMatchObject(copying);
  ends[0]?.reject(new Error("the disk is full"));
  await expect(restores.join(order, make)).rejects.toThrow("the disk is full");
  await expect(restores.join(order, make)).rejects.toMatchObject(copying);
  expect(ends).toHaveLength(2);
});

test("takes no other order of the volume meanwhile, and can be given up", async () => {
  const restores = new Restores(1);
  const { make } = work();
  await expect(restores.join(order, make)).rejects.toMatchObject(copying);
  await expect(restores.join({ ...order, sizeBytes: 2 }, make)).rejects.toMatchObject({
    code: "DVCE_VOLUME_EXISTS",
  });
  await restores.stop("web-1");
  await restores.stop("web-0");
  await expect(restores.join({ ...order, sizeBytes: 2 }, make)).rejects.toMatchObject(copying);
});
