import { BusyPoll } from "./busy-poll";

describe("a thread that polls", () => {
  let nowMs: number;
  let tasks: (() => void)[];
  let poll: BusyPoll;
  beforeEach(() => {
    nowMs = 1000;
    tasks = [];
    poll = new BusyPoll(
      () => nowMs,
      (task) => tasks.push(task),
    );
  });

  /** Lets time pass in steps of 16 µs; answers how often the thread looked for something. */
  function looks(steps: number): number {
    let count = 0;
    for (let i = 0; i < steps; i++) {
      nowMs += 1 / 64;
      for (const task of tasks.splice(0)) {
        task();
        count++;
      }
    }
    return count;
  }
  const serve = () => {
    poll.asked();
    poll.answered();
  };

  it("stays awake for 60 µs after it answered a client that asked soon after its last answer", () => {
    serve();
    expect(looks(10)).toBe(0); // nobody knows yet that it goes on
    serve();
    expect(looks(100)).toBe(4);
    expect(tasks).toEqual([]);
  });

  it("stays awake as long as answers follow each other, once at a time", () => {
    serve();
    for (let i = 0; i < 20; i++) {
      serve();
      serve();
      expect(looks(3)).toBe(3);
    }
    expect(looks(100)).toBe(1);
  });

  it("sleeps at once when clients take their time", () => {
    for (let i = 0; i < 20; i++) {
      serve();
      expect(looks(30)).toBe(0);
    }
  });
});
