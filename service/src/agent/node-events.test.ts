import { NodeEvents } from "./node-events";

const kindsOf = (events: NodeEvents) =>
  events.take().map(({ number, kind, chunks }) => [number, kind, chunks]);

describe("NodeEvents", () => {
  it("gathers what happened since the last report, and changes nothing that was sent", () => {
    const events = new NodeEvents();
    events.add("scrub-found", 1, 0, ["a"]);
    events.add("repaired", 1, 0, ["a"]);
    events.add("scrub-found", 2, 0, ["b", "c"]);
    expect(events.take()).toEqual([
      { number: 1, kind: "scrub-found", chunks: 3, bytes: 0, digests: ["a", "b", "c"] },
      { number: 2, kind: "repaired", chunks: 1, bytes: 0, digests: ["a"] },
    ]);
    events.add("scrub-found", 1, 0, ["d"]);
    expect(kindsOf(events)).toEqual([
      [1, "scrub-found", 3],
      [2, "repaired", 1],
      [3, "scrub-found", 1],
    ]);
  });

  it("sends again until a report is answered, and then only what came since", () => {
    const events = new NodeEvents();
    events.add("collected", 5, 500);
    const sent = events.take();
    events.add("collected", 1, 100);
    expect(events.changed).toBe(true);
    events.acknowledge(sent);
    expect(kindsOf(events)).toEqual([[2, "collected", 1]]);
    events.acknowledge(events.take());
    expect(events.changed).toBe(false);
    events.acknowledge([]);
  });

  it("stays bounded", () => {
    const events = new NodeEvents();
    for (let i = 0; i < 3_000; i++) {
      events.add("scrub-found", 1, 0, [`${i}`]);
      events.take();
    }
    expect(events.take().length).toBe(1_000);
    events.add("collected", 1, 1, Array.from({ length: 500 }, String));
    expect(events.take().length).toBeLessThanOrEqual(1_000);
  });
});
