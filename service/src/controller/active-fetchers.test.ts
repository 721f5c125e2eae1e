import { ActiveFetchers, activeMs } from "./active-fetchers";

describe("ActiveFetchers", () => {
  let nowMs = 0;
  const fetchers = new ActiveFetchers(() => nowMs);

  it("knows who asked lately, for each version", () => {
    fetchers.asked("v", "b");
    nowMs += activeMs;
    fetchers.asked("v", "a");
    fetchers.asked("w", "c");
    expect(fetchers.of("v")).toEqual(["a", "b"]);
    nowMs += 1;
    expect(fetchers.of("v")).toEqual(["a"]);
    expect(fetchers.of("w")).toEqual(["c"]);
    expect(fetchers.of("x")).toEqual([]);
  });

  it("forgets who has stopped asking", () => {
    nowMs += activeMs;
    fetchers.prune();
    expect(fetchers.of("v")).toEqual([]);
    fetchers.asked("v", "b");
    expect(fetchers.of("v")).toEqual(["b"]);
  });
});
