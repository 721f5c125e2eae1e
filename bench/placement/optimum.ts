/**
 * The least that a cluster can cost (service/src/placement/score/cost.ts), by HiGHS, as a mixed-integer program: exactly,
 * or a bound that it has proven (at least that of the linear relaxation). For clusters without constraints of their own.
 *
 * Variables: members of each kind on each node; whether a node fetches a version; the squared share of each node; the
 * squared count of each failure domain. The squares are convex and enter by tangents, which are added where the solution
 * undercuts the square, until it hardly does: what is found is never above the true least cost. Amounts are in MiB.
 */
import type { ClusterSpec } from "@dvce/api";
import loadHighs, { type Highs, type Model } from "highs";
import { domainLabels, weights } from "../../service/src/placement/score/cost";
import type { PoolSnapshot } from "../../service/src/placement/snapshot";
import { Board } from "../../service/src/placement/solve/board";

const MiB = 1024 * 1024;
/** Rounds of tangents for the relaxation, which is quick, and with whole numbers, which are not. */
const relaxedRoundsMax = 40;
const wholeRoundsMax = 20;
const boundRoundsMax = 3;
/** Of the objective: what the squares may be undercut by in the end. */
const tolerance = 5e-4;

/** When a bound is near enough to what was found not to be worked on further, and after how long at the latest. */
const boundGap = 0.005;
const boundSecondsMax = 5;

export interface OptimumOptions {
  /** The least itself, but for the tolerance; otherwise what was proven in the time allowed. */
  readonly exact: boolean;
  /** Only the bytes to fetch count, and nothing else that placement weighs. */
  readonly bytesOnly?: boolean;
}

type Entries = [column: number, value: number][];

/** A linear function of the columns. */
interface Base {
  readonly entries: Entries;
  readonly constant: number;
}

/** A convex square that is modelled by its tangents. */
interface Square {
  readonly column: number;
  /** What a unit of the square costs. */
  readonly weight: number;
  /** Each a linear function of the members; the square is that of the largest. */
  readonly bases: readonly Base[];
  /** What the square is without the cluster, which its column leaves out. */
  readonly floor: number;
  /** Squares of whole numbers take tangents that touch two of them. */
  readonly whole: boolean;
}

export class Optimum {
  private constructor(private readonly highs: Highs) {}

  static async load(): Promise<Optimum> {
    return new Optimum(await loadHighs());
  }

  /** Of HiGHS. */
  get version(): string {
    return this.highs.version.string;
  }

  /**
   * A cost, in bytes, that no placement undercuts.
   *
   * @throws Error when there is no placement, or no exact answer in time
   */
  leastCost(pool: PoolSnapshot, spec: ClusterSpec, options: OptimumOptions): number {
    const model = this.highs.createModel();
    try {
      return new Program(this.highs, model, pool, spec, options).leastCost();
    } finally {
      model.dispose();
    }
  }
}

class Program {
  readonly #squares: Square[] = [];
  /** Columns of whole numbers; made such only when the tangents are there. */
  readonly #wholes: number[] = [];
  #columns = 0;

  constructor(
    private readonly highs: Highs,
    private readonly model: Model,
    pool: PoolSnapshot,
    spec: ClusterSpec,
    private readonly options: OptimumOptions,
  ) {
    const [gap, seconds] = options.exact ? [1e-4, 60] : [boundGap, boundSecondsMax];
    model.options.set({ output_flag: false, mip_rel_gap: gap, time_limit: seconds });
    this.#build(new Board(pool, spec.members, spec.constraints));
    this.#solve();
  }

  leastCost(): number {
    const { highs, model } = this;
    for (let round = 0; round < relaxedRoundsMax; round++) {
      if (this.#undercut() <= tolerance * model.getObjectiveValue()) break;
      this.#solve();
    }
    for (const column of this.#wholes)
      model.changeColIntegrality(column, highs.constants.variableType.integer);
    let best = 0;
    const roundsMax = this.options.exact ? wholeRoundsMax : boundRoundsMax;
    for (let round = 0; round < roundsMax; round++) {
      const inTime = this.#solve();
      const bound = Number(model.info.get("mip_dual_bound"));
      best = Math.max(best, bound);
      if (this.#undercut() <= tolerance * bound) return best * MiB;
      if (!inTime) break;
    }
    if (this.options.exact) throw new Error(`no exact answer after ${roundsMax} rounds`);
    return best * MiB;
  }

  /** Answers false when time was up; what was proven by then is a bound all the same. */
  #solve(): boolean {
    const { optimal, timeLimit } = this.highs.constants.modelStatus;
    this.model.run();
    const status = this.model.getModelStatus();
    if (status === optimal) return true;
    if (status === timeLimit && !this.options.exact) return false;
    throw new Error(`HiGHS ended with model status ${String(status)}`);
  }

  #build(board: Board): void {
    const { kinds, nodeCount } = board;
    const counts = kinds.map(
      (_kind, kind) => board.members.filter((_m, at) => board.kindOf(at) === kind).length,
    );
    const ofKind = kinds.map((): Entries => []);
    const domains = new Map<string, Entries>();
    for (let node = 0; node < nodeCount; node++) {
      const here: Entries = [];
      const byVersion = new Map<number, { entries: Entries; room: number; fetch: number }>();
      const snapshot = board.node(node);
      const risk = this.options.bytesOnly === true ? 0 : board.priceParts(0, node).history / MiB;
      const demands: { column: number; vcpus: number; memoryMiB: number; diskBytes: number }[] = [];
      kinds.forEach(({ version, demand }, kind) => {
        if (!board.takes(kind, node)) return;
        const room = Math.min(counts[kind] ?? 0, board.roomFor(kind, node));
        const column = this.#column(risk, 0, room, true);
        here.push([column, 1]);
        ofKind[kind]?.push([column, 1]);
        demands.push({ column, ...demand });
        const fetch = board.fetchPrice(version, node) / MiB;
        if (fetch === 0) return;
        const known = byVersion.get(version) ?? { entries: [], room: 0, fetch };
        known.entries.push([column, 1]);
        known.room += room;
        byVersion.set(version, known);
      });
      if (here.length === 0) continue;
      for (const { entries, room, fetch } of byVersion.values()) {
        const fetched = this.#column(fetch, 0, 1, true);
        this.#row(Number.NEGATIVE_INFINITY, 0, [...entries, [fetched, -room]]);
      }
      const bases = (["vcpus", "memoryMiB", "diskBytes"] as const).map((resource) => {
        const capacity = snapshot.capacity[resource];
        const used = snapshot.allocated[resource];
        const entries = demands.map((demand): [number, number] => [
          demand.column,
          demand[resource] / capacity,
        ]);
        this.#row(Number.NEGATIVE_INFINITY, (capacity - used) / capacity, entries);
        return { entries, constant: used / capacity };
      });
      const share = Math.max(...bases.map(({ constant }) => constant));
      const balance = this.options.bytesOnly === true ? 0 : weights.balanceBytes / MiB;
      const column = this.#column(balance, 0, Number.POSITIVE_INFINITY, false);
      const square: Square = { column, weight: balance, bases, floor: share ** 2, whole: false };
      this.#squares.push(square);
      // As the node is, and with one member: where most nodes end.
      for (const base of bases) {
        this.#tangent(square, base, base.constant);
        for (const [, one] of base.entries) this.#tangent(square, base, base.constant + one);
      }
      const labels = domainLabels.map((key) => `${key}=${snapshot.labels[key] ?? ""}`);
      for (const domain of [`node=${snapshot.name}`, ...labels])
        domains.set(domain, [...(domains.get(domain) ?? []), ...here]);
    }
    const spread =
      this.options.bytesOnly === true ? 0 : weights.spreadBytes / MiB / board.members.length ** 2;
    for (const entries of domains.values()) {
      const column = this.#column(spread, 0, Number.POSITIVE_INFINITY, false);
      const square: Square = {
        column,
        weight: spread,
        bases: [{ entries, constant: 0 }],
        floor: 0,
        whole: true,
      };
      this.#squares.push(square);
      for (const base of square.bases) this.#tangent(square, base, 0);
    }
    ofKind.forEach((entries, kind) => this.#row(counts[kind] ?? 0, counts[kind] ?? 0, entries));
  }

  /** Adds a tangent where a square is undercut by the solution; answers by how much all are. */
  #undercut(): number {
    const values = this.model.getSolution().colValue;
    let undercut = 0;
    for (const square of this.#squares) {
      for (const base of square.bases) {
        const at = base.entries.reduce(
          (sum, [index, value]) => sum + value * (values[index] ?? 0),
          base.constant,
        );
        const { slope, shift } = tangentAt(square, at);
        const below = (slope * at - shift - (values[square.column] ?? 0)) * square.weight;
        if (below <= 1e-6) continue;
        undercut += below;
        this.#tangent(square, base, at);
      }
    }
    return undercut;
  }

  #tangent(square: Square, { entries, constant }: Base, at: number): void {
    const { slope, shift } = tangentAt(square, at);
    this.#row(slope * constant - shift, Number.POSITIVE_INFINITY, [
      [square.column, 1],
      ...entries.map(([column, value]): [number, number] => [column, -slope * value]),
    ]);
  }

  #column(cost: number, lower: number, upper: number, whole: boolean): number {
    this.model.addCol(cost, lower, upper, { indices: [], values: [] });
    if (whole) this.#wholes.push(this.#columns);
    return this.#columns++;
  }

  #row(lower: number, upper: number, entries: Entries): void {
    this.model.addRow(lower, upper, {
      indices: entries.map(([column]) => column),
      values: entries.map(([, value]) => value),
    });
  }
}

/** The line slope·x − shift that touches the square, less its floor, at `at`. */
function tangentAt({ whole, floor }: Square, at: number): { slope: number; shift: number } {
  if (!whole) return { slope: 2 * at, shift: at * at + floor };
  // Between two whole numbers the chord is what counts.
  const low = Math.floor(at + 1e-6);
  return { slope: 2 * low + 1, shift: low * (low + 1) + floor };
}
