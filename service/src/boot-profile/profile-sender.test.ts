import { DvceError, type BootRecording } from "@dvce/api";
import pino from "pino";
import { ProfileSender } from "./profile-sender";

const logger = pino({ level: "silent" });
const recording: BootRecording = {
  node: "n1",
  recordedAt: "2026-01-01T00:00:00Z",
  seconds: 1,
  chunks: "AA==",
};
const turns = () => new Promise((resolve) => setTimeout(resolve, 5));

describe("telling the controller of a boot", () => {
  it("goes on until the controller is back, with longer and longer pauses", async () => {
    const pausesMs: number[] = [];
    const put = jest.fn(async () => {
      if (put.mock.calls.length < 10) throw new DvceError("DVCE_CONTROLLER_UNREACHABLE", "away");
      return { kept: true };
    });
    const sender = new ProfileSender({ put, sleep: async (ms) => void pausesMs.push(ms), logger });
    sender.send("a", recording);
    sender.send("a", recording); // while the first waits
    await turns();
    expect(put).toHaveBeenCalledTimes(10);
    expect(put).toHaveBeenLastCalledWith("a", recording);
    expect(pausesMs).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
    sender.send("a", recording);
    await turns();
    expect(put).toHaveBeenCalledTimes(11);
  });

  it("is given up when the controller refuses it", async () => {
    const put = jest.fn(async () => Promise.reject(new DvceError("DVCE_VERSION_NOT_FOUND", "dropped")));
    const sender = new ProfileSender({ put, sleep: () => Promise.reject(new Error("paused")), logger });
    sender.send("a", recording);
    await turns();
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("ends with the agent", async () => {
    const put = jest.fn(async () => Promise.reject(new DvceError("DVCE_CONTROLLER_UNREACHABLE", "away")));
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const sender = new ProfileSender({ put, sleep, logger });
    sender.send("a", recording);
    await turns();
    await sender.close();
    sender.send("b", recording);
    await turns();
    expect(put).toHaveBeenCalledTimes(1);
  });
});
