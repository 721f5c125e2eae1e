import { measure, type Subject } from "./benchmark";

const counting = (name: string, order: string[]): Subject => {
  let count = 0;
  return {
    name,
    run: () => {
      order.push(name);
      count += 1;
      return Promise.resolve({ time: count });
    },
  };
};

describe("measure", () => {
  test("runs the subjects in turn, and leaves the warm-up out", async () => {
    const order: string[] = [];
    const subjects = [counting("dvce", order), counting("peer", order)];
    const rows = await measure(
      { subjects, units: { time: "s" } },
      { runs: 2, warmUp: true, say: () => undefined },
    );
    expect(order).toEqual(["dvce", "peer", "dvce", "peer", "dvce", "peer"]);
    expect(rows).toEqual([
      { case: "time", subject: "dvce", unit: "s", runs: [2, 3], median: 2.5 },
      { case: "time", subject: "peer", unit: "s", runs: [2, 3], median: 2.5 },
    ]);
  });

  test("runs a subject less often that asks for it", async () => {
    const rows = await measure(
      { subjects: [counting("dvce", []), { ...counting("peer", []), runs: 1 }], units: { time: "s" } },
      { runs: 3, warmUp: false, say: () => undefined },
    );
    expect(rows.map(({ runs }) => runs.length)).toEqual([3, 1]);
  });

  test("refuses a subject that did not measure a case", async () => {
    const subject: Subject = { name: "peer", run: () => Promise.resolve({}) };
    await expect(
      measure(
        { subjects: [subject], units: { time: "s" } },
        { runs: 1, warmUp: false, say: () => undefined },
      ),
    ).rejects.toThrow('peer did not measure "time": got undefined');
  });

  test("leaves out the cases that a subject does not take part in", async () => {
    const slow: Subject = { name: "slow", skips: ["other"], run: () => Promise.resolve({ time: 7 }) };
    const ours: Subject = { name: "dvce", run: () => Promise.resolve({ time: 1, other: 2 }) };
    const rows = await measure(
      { subjects: [ours, slow], units: { time: "s", other: "s" } },
      { runs: 1, warmUp: false, say: () => undefined },
    );
    expect(rows.map((one) => [one.case, one.subject, one.median])).toEqual([
      ["time", "dvce", 1],
      ["time", "slow", 7],
      ["other", "dvce", 2],
    ]);
  });
});
