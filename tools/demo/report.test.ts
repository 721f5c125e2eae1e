import { formatBytes, memberTable, type MemberReport, shortcomings } from "./report";

const member = (changes: Partial<MemberReport>): MemberReport => ({
  name: "site-web-0",
  node: "n1",
  missingBytesPlanned: 0,
  bytesFetchedAtLogin: 0,
  secondsToLogin: 61.25,
  imageBytes: 500_000_000,
  ...changes,
});

describe("what the demo must show", () => {
  const lazy = member({ missingBytesPlanned: 500_000_000, bytesFetchedAtLogin: 40_000_000 });

  test("is shown by one lazily booted member and a second cluster that fetches nothing", () => {
    expect(shortcomings([member({}), member({}), lazy], [member({})])).toEqual([]);
  });

  test("is not shown when every node already had the image", () => {
    expect(shortcomings([member({})], [])).toEqual(["no member landed on a node that lacked chunks"]);
  });

  test.each([125_000_000, 0])(
    "is not shown when the member on a node without it fetched %d bytes",
    (bytes) => {
      expect(shortcomings([{ ...lazy, bytesFetchedAtLogin: bytes }], [])).toEqual([
        "no member booted with less than 25 % of the image fetched",
      ]);
    },
  );

  test("is not shown when the second cluster lacks or fetches bytes", () => {
    const second = member({
      name: "second-app-0",
      missingBytesPlanned: 2_000_000,
      bytesFetchedAtLogin: 1_500,
    });
    expect(shortcomings([lazy], [second])).toEqual([
      "second-app-0 landed on n1, which lacked 2.0 MB",
      "second-app-0 fetched 1.5 kB although its node had the image",
    ]);
  });
});

test("the table lines its columns up", () => {
  expect(memberTable([member({ bytesFetchedAtLogin: 40_000_000 })])).toBe(
    "MEMBER      NODE  MISSING (PLAN)  FETCHED AT LOGIN  OF THE IMAGE  SECONDS TO LOGIN\n" +
      "site-web-0  n1               0 B           40.0 MB         8.0 %              61.3",
  );
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [2_500_000_000, "2.5 GB"],
])("%d bytes read %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
