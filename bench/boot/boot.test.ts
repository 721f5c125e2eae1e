import { row } from "../harness/result";
import { bootGoals, cases, subjects } from "./boot";

test("the goals compare medians with the local boot and with the image", () => {
  const seconds = (subject: string, runs: number[]) => row({ case: cases.toLogin, subject, unit: "s" }, runs);
  const bytes = (subject: string, runs: number[]) => row({ case: cases.linkBytes, subject, unit: "B" }, runs);
  const rows = [
    seconds(subjects.local, [40, 50, 60]),
    seconds(subjects.withProfile, [55, 50, 90]),
    seconds(subjects.withoutProfile, [80]),
    bytes(subjects.withProfile, [90]),
    bytes(subjects.withoutProfile, [110]),
  ];
  expect(bootGoals(rows, 1000, { compressedBytes: 85 })).toMatchObject([
    { target: 1.2, value: 1.1, met: true },
    { target: 0.1, value: 0.09, met: true, floor: { value: 0.085 } },
    { target: 0.1, value: 0.11, met: false, floor: { value: 0.085 } },
  ]);
});
