/** What becomes of disks of members that move, in every order in which Terraform may do things. */
import { clusterSpecSchema, DvceError, type OnMove } from "@dvce/api";
import { MemoryPool } from "../../../test/support/memory-agent";

const GiB = 1024 ** 3;
const seed = { hostname: "h", userData: "", sshAuthorizedKeys: [] };

describe("the disk of a member that moves", () => {
  let pool: MemoryPool;
  let version: string;
  beforeEach(async () => {
    pool = new MemoryPool();
    for (const name of ["a", "b"]) pool.join(name);
    version = await pool.push("debian", 1, 2, 3);
  });
  afterEach(() => pool.close());

  interface Shape {
    readonly onMove?: OnMove;
    readonly memberVersion?: string;
    readonly members?: readonly string[];
  }
  const commit = ({ onMove = "restore", memberVersion = version, members = ["0"] }: Shape = {}) => {
    const { clusters } = pool.controller;
    const spec = clusterSpecSchema.parse({
      name: "web",
      onMove,
      members: members.map((name) => ({
        name,
        version: memberVersion,
        vcpus: 1,
        memoryMiB: 512,
        diskBytes: GiB,
      })),
    });
    const { placements } = clusters.plan(spec);
    clusters.commit({ spec, placements });
    return placements[0]?.node ?? "";
  };
  const make = (node: string, changes: Partial<typeof seed> = {}) =>
    pool.controller.volumes.create({ cluster: "web", member: "0", node, seed: { ...seed, ...changes } });
  const drop = () => pool.controller.volumes.delete("web-0");
  /** Drains the node; the next commit moves the member. */
  const leave = (node: string) => void pool.controller.decisions.drain(node);
  const retiredOn = (node: string) => [...pool.agent(node).retired.keys()];
  const contentsOn = (node: string) => pool.agent(node).orders[0]?.contents;

  it.each(["before", "after"])("is copied when the volume is deleted %s the commit", async (order) => {
    const from = commit();
    await make(from);
    leave(from);
    if (order === "before") await drop();
    const to = commit();
    if (order === "after") await drop();
    expect(to).not.toBe(from);
    expect(retiredOn(from)).toEqual(["web-0"]);
    await make(to);
    expect(contentsOn(to)).toEqual({ node: from, agentUrl: `http://${from}` });
    expect(retiredOn(from)).toEqual([]);
  });

  it("is copied also when on_move is set in the same apply, and not when it is taken back", async () => {
    const from = commit({ onMove: "recreate" });
    await make(from);
    leave(from);
    await drop();
    const to = commit({ onMove: "restore" });
    await make(to);
    expect(contentsOn(to)).toMatchObject({ node: from });
    pool.controller.decisions.undrain(from);
    leave(to);
    await drop();
    const back = commit({ onMove: "recreate" });
    await make(back);
    expect(contentsOn(back)).toBeUndefined();
    expect(retiredOn(to)).toEqual([]);
  });

  it("is a new one for another seed, another image, and for a user who replaces it where it is", async () => {
    const on = commit();
    await make(on);
    await drop();
    await make(on);
    expect(contentsOn(on)).toBeUndefined();
    await drop();
    await make(on, { hostname: "other" });
    expect(contentsOn(on)).toBeUndefined();
    const other = await pool.push("debian", 4, 5);
    leave(on);
    await drop();
    const to = commit({ memberVersion: other });
    await make(to);
    expect(contentsOn(to)).toBeUndefined();
    expect(retiredOn(on)).toEqual([]);
  });

  it("comes home when the other node could not take it", async () => {
    const from = commit();
    await make(from);
    leave(from);
    const to = commit();
    await drop();
    pool.agent(to).down = true;
    await expect(make(to)).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
    pool.controller.decisions.undrain(from);
    pool.controller.decisions.fence(to);
    expect(commit()).toBe(from);
    await make(from);
    expect(contentsOn(from)).toMatchObject({ node: from });
  });

  it("is not replaced by an empty one when its node is fenced, unless the user says so", async () => {
    const from = commit();
    await make(from);
    pool.controller.decisions.fence(from);
    const to = commit();
    const refusal = await make(to).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DvceError);
    expect(refusal).toMatchObject({
      code: "DVCE_VOLUME_SOURCE_LOST",
      message: expect.stringContaining('set on_move = "recreate"') as string,
    });
    commit({ onMove: "recreate" });
    await make(to);
    expect(contentsOn(to)).toBeUndefined();
  });

  it("is waited for while its node does not answer", async () => {
    const from = commit();
    await make(from);
    leave(from);
    const to = commit();
    await drop();
    pool.controller.decisions.fence(from);
    await expect(make(to)).rejects.toMatchObject({ code: "DVCE_VOLUME_SOURCE_LOST" });
    pool.controller.decisions.unfence(from);
    pool.join(from);
    await make(to);
    expect(contentsOn(to)).toMatchObject({ node: from });
  });

  it("goes with the member, and with the cluster; from a silent node when it is back", async () => {
    const on = commit({ members: ["0", "1"] });
    await make(on);
    await drop();
    expect(retiredOn(on)).toEqual(["web-0"]);
    pool.agent(on).down = true;
    commit({ members: ["1"] });
    await pool.controller.retiredDisks.sweep();
    expect(retiredOn(on)).toEqual(["web-0"]);
    pool.agent(on).down = false;
    await pool.controller.retiredDisks.sweep();
    expect(retiredOn(on)).toEqual([]);
  });

  it("goes at once where its member has left the cluster already", async () => {
    const on = commit({ members: ["0", "1"] });
    await make(on);
    commit({ members: ["1"] });
    await drop();
    expect(retiredOn(on)).toEqual([]);
    expect([...pool.agent(on).volumes.keys()]).toEqual([]);
  });
});
