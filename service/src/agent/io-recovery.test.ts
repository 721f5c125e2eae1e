import pino from "pino";
import { IoRecovery } from "./io-recovery";
import type { Hypervisor } from "./libvirt/hypervisor";

describe("IoRecovery", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it("looks often at first and after a failed read, and seldom for good", async () => {
    let looks = 0;
    const hypervisor = {
      resumeAfterIoError: async () => {
        looks++;
        return [];
      },
    } as Partial<Hypervisor> as Hypervisor;
    const recovery = new IoRecovery(hypervisor, () => Date.now(), pino({ level: "silent" }));
    const looksWithin = async (ms: number): Promise<number> => {
      const before = looks;
      await jest.advanceTimersByTimeAsync(ms);
      return looks - before;
    };
    recovery.start();
    expect(await looksWithin(60_000)).toBe(12);
    // A guest that read nothing for hours notices the lost connection only then.
    await looksWithin(6 * 3_600_000);
    expect(await looksWithin(60_000)).toBe(2);
    recovery.readFailed();
    expect(await looksWithin(60_000)).toBe(12);
    await recovery.stop();
  });
});
