import { isDvceError } from "@dvce/api";
import { indexMessageSizeBytesMax } from "./format";
import { indexMessage } from "./message";

const bytes = Buffer.from("index");
const ofSize = (encodedSizeBytes: number) => ({
  encodedSizeBytes,
  chunkCount: 8_947_848,
  encode: () => bytes,
});

it("gives the index as far as a pool takes it", () => {
  expect(indexMessage(ofSize(indexMessageSizeBytesMax))).toBe(bytes);
});

it("refuses a larger one, with its size, the bound and what to do", () => {
  const encode = (): never => {
    throw new Error("a message that is not sent was made");
  };
  const larger = { ...ofSize(indexMessageSizeBytesMax + 1), encode };
  let refusal: unknown;
  try {
    indexMessage(larger);
  } catch (error) {
    refusal = error;
  }
  expect(isDvceError(refusal, "DVCE_BODY_TOO_LARGE")).toBe(true);
  expect(String(refusal)).toMatch(/536870913 bytes for 8947848 chunks.* at most 536870912 bytes.*fstrim/s);
});
