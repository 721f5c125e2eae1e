import { Presence } from "./presence";
import { ReadLog } from "./read-log";

describe("the order of first reads", () => {
  let presence: Presence;
  let seen: number[];
  let log: ReadLog;

  beforeEach(() => {
    jest.useFakeTimers();
    presence = Presence.empty(100);
    seen = [];
    // The export's thread has its own view of the same memory.
    log = new ReadLog(Presence.over(presence.memory), (extents) => seen.push(...extents));
  });
  afterEach(() => jest.useRealTimers());

  const saw = (...extents: number[]) => {
    for (const extent of extents) log.saw(extent, extent + 1);
    jest.runAllTimers();
  };

  it("is told while somebody listens, each extent once", () => {
    saw(1);
    presence.beginRecording();
    saw(5, 3, 5, 99);
    log.saw(2, 6);
    jest.runAllTimers();
    expect(seen).toEqual([5, 3, 99, 2, 4]);
    presence.endRecording();
    saw(7);
    expect(seen).toHaveLength(5);
  });

  it("begins anew with each recording, also when nothing was read between two", () => {
    for (let recording = 0; recording < 3; recording++) {
      presence.beginRecording();
      presence.beginRecording(); // a second listener joins
      saw(5, 3);
      presence.endRecording();
      presence.endRecording();
    }
    expect(seen).toEqual([5, 3, 5, 3, 5, 3]);
  });
});
