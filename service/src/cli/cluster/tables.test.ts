import type { ClusterPlan, Placement } from "@dvce/api";
import { explanationTable, movesLine, placementTable } from "./tables";

const placement = (member: string, more: Partial<Placement> = {}): Placement => ({
  member,
  domain: `web-${member}`,
  node: "n1",
  domainType: "kvm",
  missingBytes: 0,
  estimatedSeconds: 0,
  reason: "already has the whole image",
  moved: null,
  warning: null,
  ...more,
});
const moving = placement("b", {
  node: "n2",
  moved: "n1",
  missingBytes: 3 * 1024 ** 2,
  estimatedSeconds: null,
  reason: "moves from n1, which is draining",
});

describe("tables of placements", () => {
  it("show moves, unknown times, and once what several members are warned of", () => {
    const warning = "stays although n1 is unreachable";
    const placements = [placement("a", { warning }), moving, placement("c", { warning })];
    expect(placementTable(placements).split("\n")).toEqual([
      "MEMBER  NODE      TO FETCH  SECONDS  REASON",
      "a       n1        0 B       0.0      already has the whole image",
      "b       n1 -> n2  3.0 MiB   ?        moves from n1, which is draining",
      "c       n1        0 B       0.0      already has the whole image",
      "warning: a, c: stays although n1 is unreachable",
    ]);
    expect(movesLine(placements)).toBe("1 of 3 members move, 3.0 MiB to fetch");
    expect(movesLine([placement("a")])).toBe("no member of 1 moves");
  });

  it("explain each member beside the nodes that it does not go to", () => {
    const { node, missingBytes, estimatedSeconds, reason } = moving;
    const plan: ClusterPlan = {
      cluster: "web",
      planId: "a".repeat(64),
      expiresAt: "2026-01-01T00:00:00Z",
      placements: [moving],
      explanations: [
        {
          member: "b",
          chosen: { node, missingBytes, estimatedSeconds, reason },
          rejected: [
            {
              node: "n3",
              missingBytes: 4096,
              estimatedSeconds: 0.04,
              filter: null,
              reason: "would fetch more",
            },
            { node: "n1", missingBytes: 0, estimatedSeconds: 0, filter: "readiness", reason: "is draining" },
          ],
          furtherNodes: 7,
        },
      ],
    };
    expect(explanationTable(plan).split("\n")).toEqual([
      "MEMBER  NODE          TO FETCH  SECONDS  WHY",
      "b       n2            3.0 MiB   ?        moves from n1, which is draining",
      "          not n3      4.0 KiB   0.0      would fetch more",
      "          not n1      0 B       0.0      readiness: is draining",
      "          and 7 more",
    ]);
  });
});
