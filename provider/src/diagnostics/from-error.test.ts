import { DvceError } from "@dvce/api";
import { z } from "zod";
import { ValueError } from "../codec/value-error";
import { attributeAt, DiagnosticError } from "./diagnostic";
import { diagnose, type Attempt } from "./from-error";

const unexpected = jest.fn();
const attempt: Attempt = {
  action: "plan",
  thing: 'cluster "web"',
  translatePath: ([first]) => (first === undefined ? undefined : attributeAt(String(first))),
  onUnexpected: unexpected,
};

test("a refusal shows every reason once, and its code", () => {
  const details = [{ message: "n1 is fenced" }, { message: "n2 is full" }, { message: "n1 is fenced" }];
  const [diagnostic, ...others] = diagnose(
    new DvceError("DVCE_PLACEMENT_INFEASIBLE", "fits nowhere", { details }),
    { ...attempt, path: attributeAt("members") },
  );
  expect(others).toEqual([]);
  expect(diagnostic).toEqual({
    severity: "error",
    summary: 'Unable to plan cluster "web"',
    detail: "fits nowhere\n\n  - n1 is fenced\n  - n2 is full\n\n(DVCE_PLACEMENT_INFEASIBLE)",
    path: attributeAt("members"),
  });
});

test("several mistakes in the input are told one by one, each at its attribute", () => {
  const details = [
    { path: ["a"], message: "a is wrong" },
    { path: ["b"], message: "b is wrong" },
  ];
  const found = diagnose(new DvceError("DVCE_INPUT_INVALID", "wrong", { details }), attempt);
  expect(found.map(({ detail, path }) => [detail, path])).toEqual([
    ["a is wrong (DVCE_INPUT_INVALID)", attributeAt("a")],
    ["b is wrong (DVCE_INPUT_INVALID)", attributeAt("b")],
  ]);
});

test("one place for details that agree, none for those that do not", () => {
  const error = (...paths: string[]): DvceError =>
    new DvceError("DVCE_PLAN_STALE", "stale", {
      details: paths.map((path) => ({ path: [path], message: path })),
    });
  expect(diagnose(error("a", "a"), attempt)[0]?.path).toEqual(attributeAt("a"));
  expect(diagnose(error("a", "b"), attempt)[0]?.path).toBeUndefined();
});

test("a stored value that is not allowed is named as such", () => {
  const { error } = z.enum(["x86_64"]).safeParse("z80");
  const [diagnostic] = diagnose(error, attempt);
  expect(diagnostic?.detail).toMatch(/^A stored value .* expected "x86_64"/s);
  expect(unexpected).not.toHaveBeenCalled();
});

test("diagnostics and bad values pass through, and what nobody expected goes to the log", () => {
  const own = { severity: "error", summary: "Unable to x", detail: "y" } as const;
  expect(diagnose(new DiagnosticError(own), attempt)).toEqual([own]);
  expect(diagnose(new ValueError(attributeAt("name"), "must be a string"), attempt)[0]).toMatchObject({
    detail: "name: must be a string.",
    path: attributeAt("name"),
  });
  expect(unexpected).not.toHaveBeenCalled();
  expect(diagnose(new TypeError("oops"), attempt)[0]?.detail).toContain("oops");
  expect(unexpected).toHaveBeenCalledTimes(1);
});
