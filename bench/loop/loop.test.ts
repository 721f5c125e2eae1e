import { row } from "../harness/result";
import { loopGoals } from "./loop";

const time = "cdktf apply to the last login prompt";
const bytes = "bytes received by the hosts until then";
const peer = "terraform-provider-libvirt alone";

test("the goals compare medians with the peer's", () => {
  const rows = [
    row({ case: time, subject: "dvce", unit: "s" }, [60, 70, 80]),
    row({ case: time, subject: peer, unit: "s" }, [140, 100, 200]),
    row({ case: bytes, subject: "dvce", unit: "B" }, [900]),
    row({ case: bytes, subject: peer, unit: "B" }, [1000]),
  ];
  expect(loopGoals(rows)).toMatchObject([
    { target: 1, value: 0.5, met: true },
    { target: 0.8, value: 0.9, met: false },
  ]);
});
