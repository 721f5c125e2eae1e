import { Remembered } from "./remembered";

let nowMs = 0;
let asked = 0;
const ask = (): Promise<number> => Promise.resolve((asked += 1));
beforeEach(() => {
  nowMs = 0;
  asked = 0;
});

test("asks once for many who ask within moments, for each key", async () => {
  const remembered = new Remembered(() => nowMs);
  const answers = await Promise.all([
    remembered.get("a", ask),
    remembered.get("a", ask),
    remembered.get("b", ask),
  ]);
  expect(answers).toEqual([1, 1, 2]);
});

test("asks again when the answer is old, or forgotten", async () => {
  const remembered = new Remembered(() => nowMs);
  expect(await remembered.get("a", ask)).toBe(1);
  nowMs = 1_999;
  expect(await remembered.get("a", ask)).toBe(1);
  nowMs = 2_000;
  expect(await remembered.get("a", ask)).toBe(2);
  remembered.forget("b");
  expect(await remembered.get("a", ask)).toBe(2);
  remembered.forget("a");
  expect(await remembered.get("a", ask)).toBe(3);
  remembered.forget();
  expect(await remembered.get("a", ask)).toBe(4);
});

test("asks again after a failure", async () => {
  const remembered = new Remembered(() => nowMs);
  await expect(remembered.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await remembered.get("a", ask)).toBe(1);
});
