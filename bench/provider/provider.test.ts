import { row, type Row } from "../harness/result";
import { providerGoals } from "./provider";

const rows = (startMs: number, planSeconds: number, applySeconds: number): Row[] => [
  row({ case: "provider's start, until its handshake", subject: "dvce", unit: "ms" }, [startMs]),
  row({ case: "plan of 500 members", subject: "dvce", unit: "s" }, [planSeconds]),
  row({ case: "apply of 500 members", subject: "dvce", unit: "s" }, [applySeconds]),
  row({ case: "plan of 500 members", subject: "terraform_data", unit: "s" }, [1]),
  row({ case: "apply of 500 members", subject: "terraform_data", unit: "s" }, [2]),
];

test.each([
  ["all is met", rows(150, 3, 4), [true, true, true]],
  ["a slow start", rows(151, 3, 4), [false, true, true]],
  ["a slow plan", rows(100, 3.1, 4), [true, false, true]],
  ["a slow apply", rows(100, 3, 4.1), [true, true, false]],
])("%s", (_title, measured, met) => {
  expect(providerGoals(measured).map((goal) => goal.met)).toEqual(met);
});
