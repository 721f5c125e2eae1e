import { isDvceError } from "@dvce/api";
import { MemoryPool } from "../../../test/support/memory-agent";

describe("the history of an image", () => {
  let pool: MemoryPool;
  beforeEach(() => {
    pool = new MemoryPool();
    pool.join("a");
  });
  afterEach(() => pool.close());

  const timeAfter = (milliseconds: number) => new Date(startMs + milliseconds).toISOString();
  const startMs = Date.parse("2026-01-01T00:00:00Z");
  const kindsOf = (image: string, query = {}) => {
    const { events, olderEvents } = pool.controller.imageHistory.get(image, { limit: 100, ...query });
    return [events.map((event) => event.kind), olderEvents];
  };

  it("tells of its versions, newest first, those of its time and no more than asked for", async () => {
    const first = await pool.push("debian", 1, 2);
    pool.pass(1_000);
    await pool.push("other", 7);
    const placed = { version: first, cluster: "web", domain: "web-0", node: "a" };
    pool.controller.history.append("placed", placed);
    pool.pass(1_000);
    await pool.push("debian", 1, 3);
    expect(kindsOf("debian")).toEqual([["imported", "placed", "imported"], 0]);
    expect(kindsOf("debian", { limit: 1 })).toEqual([["imported"], 2]);
    expect(kindsOf("debian", { since: timeAfter(1_000) })).toEqual([["imported", "placed"], 0]);
    expect(kindsOf("debian", { until: timeAfter(2_000) })).toEqual([["placed", "imported"], 0]);
    const [, event] = pool.controller.imageHistory.get("debian", { limit: 9 }).events;
    expect(event).toMatchObject({ ...placed, at: timeAfter(1_000), image: null, detail: {} });
  });

  it("outlives the image, and is refused for one that never was and for a time that is none", async () => {
    await pool.push("debian", 1);
    pool.controller.images.delete("debian");
    expect(kindsOf("debian")).toEqual([["image-deleted", "imported"], 0]);
    expect(kindsOf("debian", { since: timeAfter(9_000) })).toEqual([[], 0]);
    const codeOf = (query: object, image = "debian") => {
      try {
        return kindsOf(image, query);
      } catch (error) {
        return isDvceError(error) ? error.code : error;
      }
    };
    expect(codeOf({}, "nothing")).toBe("DVCE_IMAGE_NOT_FOUND");
    expect(codeOf({ since: timeAfter(1), until: timeAfter(1) })).toBe("DVCE_INPUT_INVALID");
  });
});
