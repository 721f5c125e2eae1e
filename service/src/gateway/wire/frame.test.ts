import fc from "fast-check";
import { encodeFrame, FrameDecoder, headerSizeBytes, messageSizeBytesMax, type Frame } from "./frame";
import { XdrError } from "./xdr";

const word = fc.nat({ max: 0xffffffff });
const frame: fc.Arbitrary<Frame> = fc.record({
  program: word,
  version: word,
  procedure: word,
  type: word,
  serial: word,
  status: word,
  payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
});

/** Cuts bytes into pieces of the given sizes, over and over. */
function* pieces(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let offset = 0;
  for (let i = 0; offset < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(offset, offset + size);
    offset += size;
  }
}

describe("frames", () => {
  test("come out as they went in, however the stream is cut", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), sizes, (frames, cuts) => {
        const stream = Buffer.concat(frames.flatMap((one) => [...encodeFrame(one)]));
        const decoder = new FrameDecoder();
        const decoded = [...pieces(stream, cuts)].flatMap((piece) => [...decoder.push(piece)]);
        expect(decoded).toEqual(frames);
      }),
    );
  });

  test("fail with a protocol error, and only that, on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          for (const one of new FrameDecoder().push(Buffer.from(bytes))) {
            expect(one.payload.length).toBeLessThanOrEqual(bytes.length);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(XdrError);
        }
      }),
    );
  });

  test.each([0, 4, headerSizeBytes - 1, messageSizeBytesMax + 1, 0xffffffff])(
    "refuse a length of %d bytes as soon as it is read",
    (lengthBytes) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(lengthBytes);
      expect(() => [...new FrameDecoder().push(head)]).toThrow(`a message length of ${lengthBytes} bytes`);
    },
  );

  test("have libvirt's layout", () => {
    const [header] = encodeFrame({
      program: 0x20008086,
      version: 1,
      procedure: 66,
      type: 0,
      serial: 7,
      status: 0,
      payload: Buffer.alloc(8),
    });
    expect(header.toString("hex")).toBe(
      "00000024" + "20008086" + "00000001" + "00000042" + "00000000" + "00000007" + "00000000",
    );
  });
});
