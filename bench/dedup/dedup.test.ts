import { row } from "../harness/result";
import { dedupGoals } from "./dedup";

test("the goals compare stored bytes with casync's at the same level", () => {
  const stored = (subject: string, level: number, bytes: number) =>
    row({ case: `stored bytes, zstd level ${level}`, subject, unit: "B" }, [bytes]);
  const rows = [
    stored("dvce", 1, 96),
    stored("dvce", 3, 90),
    stored("casync 16:64:256K", 1, 100),
    stored("casync 16:64:256K", 3, 100),
    stored("casync 16:64:256K, compressed as ours", 3, 10),
  ];
  expect(dedupGoals(rows)).toMatchObject([
    { target: 0.95, value: 0.96, met: false },
    { target: 0.95, value: 0.9, met: true },
  ]);
});
