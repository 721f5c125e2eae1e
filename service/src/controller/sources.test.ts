import { imageOf, MemoryPool } from "../../../test/support/memory-agent";

describe("who has and who fetches a version", () => {
  const pool = new MemoryPool({ settings: { replicas: 1 } });
  afterAll(() => pool.close());

  it("names the nodes that asked lately, and only nodes that can answer", async () => {
    for (const name of ["a", "b", "c"]) pool.join(name);
    const { index } = imageOf(1, 2, 3);
    await pool.controller.images.announce("sample", index.encode());
    const fetchersFor = (asking?: string) =>
      pool.controller.images.getSources(index.version, asking).fetchers.map(({ node }) => node);
    expect(fetchersFor()).toEqual([]);
    expect(fetchersFor("a")).toEqual(["a"]);
    expect(fetchersFor("b")).toEqual(["a", "b"]);
    expect(fetchersFor("stranger")).toEqual(["a", "b"]);
    pool.pass(8_000);
    expect(fetchersFor("c")).toEqual(["a", "b", "c"]);
    pool.pass(4_000);
    expect(fetchersFor()).toEqual(["c"]);
    pool.agent("c").down = true;
    pool.pass(120_000);
    expect(fetchersFor("c")).toEqual([]);
  });
});
