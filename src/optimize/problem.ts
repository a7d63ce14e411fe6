/** In assignments: the item is in no bin. */
export const UNASSIGNED = -1

/**
 * An assignment problem: items (VMs, processes) in bins (hosts) under capacities and rules, at the least cost. It knows
 * nothing of hosts, power or reasons. All tables are typed columns, item x dimension or bin x dimension, row after row;
 * whatever is not asked for is an empty list or a column of zeros (see `problemOf`). `evaluate` says what it means.
 */
export interface Problem {
  readonly itemCount: number
  readonly binCount: number
  readonly dimensions: number
  /** Item x dimension, at least 0; of any sign only in dimensions that are `factors` of a risk term and nothing else. */
  readonly demand: Float64Array
  /** Bin x dimension: held by something that is not an item. */
  readonly base: Float64Array
  /** Bin x dimension: hard; Infinity where a dimension does not limit. */
  readonly capacity: Float64Array
  /** By dimension: 1 = an item that leaves its initial bin still counts there too. */
  readonly transient: Uint8Array
  /** Where each item is now, UNASSIGNED for items that wait for a place. */
  readonly initial: Int32Array
  /** 0: the item stays where it is; one that waits stays without a place. */
  readonly movable: Uint8Array
  /** 0: the bin takes no item that is not in it initially. */
  readonly receives: Uint8Array
  /** Row of `allowed` for each item, UNASSIGNED = it may be in any bin. */
  readonly allowedRow: Int32Array
  /** Rows of bins: 1 = the bin may hold the item. */
  readonly allowed: readonly Uint8Array[]
  readonly rules: readonly GroupRule[]
  readonly terms: readonly Term[]
  /** By item: cost of ending in another bin than the initial one. */
  readonly moveCost: Float64Array
  /** Further cost of a move by the classes of its two bins, null for none. */
  readonly routeCost: RouteCost | null
}

export interface RouteCost {
  readonly classOf: Int32Array
  readonly classCount: number
  /** Class of the initial bin x class of the bin. */
  readonly cost: Float64Array
}

interface GroupRuleBase {
  readonly name: string
  /** Items, ascending, each once. */
  readonly members: Int32Array
  /** Zone of each bin (the bin itself, its rack, site, licence group ...); UNASSIGNED = in no zone, and then not counted. */
  readonly zoneOf: Int32Array
  readonly zoneCount: number
  /** Cost of one violation; null: the rule is hard. */
  readonly weight: number | null
}

/** A rule over how many members of a group are in each zone. `n(z)` is that number. */
export type GroupRule = GroupRuleBase &
  (
    /** Sum over zones of max(0, n(z) - max[z]), each member counting as its `amount` (null: 1). Anti-affinity, VMs per host, capacity of a host group. */
    | { readonly kind: 'perZoneMax'; readonly max: Float64Array; readonly amount: Float64Array | null }
    /** max(0, min(min, members with a place) - zones in use). Spread over fault domains. */
    | { readonly kind: 'zonesMin'; readonly min: number }
    /** max(0, zones in use - max). Affinity (1 bin), one of several host groups, licences. */
    | { readonly kind: 'zonesMax'; readonly max: number }
    /** Number of zones that hold members and none of `others`. Dependency. */
    | { readonly kind: 'needs'; readonly others: Int32Array }
    /** Sum over zones of min(n(z), n of `others` in z). Groups kept apart from each other. */
    | { readonly kind: 'exclusive'; readonly others: Int32Array }
  )

/** A named part of the cost. `load(b, d)` = base + demand of the items in bin b (+ transients); u = load / size. */
export type Term = { readonly name: string; readonly weight: number } &
  (
    /** Sum over bins of max(0, load - limit) x scale. `limit` and `scale` by bin. */
    | { readonly kind: 'excess'; readonly dimension: number; readonly limit: Float64Array; readonly scale: Float64Array }
    /** Sum over bins of max(0, target x (capacity - load in `free`) - (capacity - load in `wanted`)). */
    | { readonly kind: 'imbalance'; readonly free: number; readonly wanted: number; readonly target: number }
    /** Population standard deviation, or variance, of u over the bins with `over` = 1. `size` by bin. */
    | { readonly kind: 'spread'; readonly measure: 'deviation' | 'variance'; readonly dimension: number; readonly size: Float64Array; readonly over: Uint8Array }
    /** Sum of `cost` over bins that hold at least one item. */
    | { readonly kind: 'inUse'; readonly cost: Float64Array }
    /** Sum over bins of the piecewise-linear curve at u, held level beyond 0 and 1; `curve` has `points` values a bin at u = 0 ... 1. A bin without items costs `empty`. */
    | { readonly kind: 'curve'; readonly dimension: number; readonly size: Float64Array; readonly points: number; readonly curve: Float64Array; readonly empty: Float64Array }
    /** Sum over items of the `cost` of their bin. Items left on hosts that are to be drained or are off. */
    | { readonly kind: 'perItem'; readonly cost: Float64Array }
    /** Sum of `cost` (by item) over items that are not in their `preferred` bin (UNASSIGNED: no wish). */
    | { readonly kind: 'away'; readonly preferred: Int32Array; readonly cost: Float64Array }
    /** The largest number of moved items over groups. `groupOf` by item, UNASSIGNED = none. */
    | { readonly kind: 'groupMovesMax'; readonly groupOf: Int32Array; readonly groupCount: number }
    /**
     * Sum over bins of max(0, mean + z x sqrt(variance + sum of factor loads squared) - limit) x scale: a capacity that
     * may be exceeded with the probability of the normal quantile `z`. `mean`, `variance` and `factors` are dimensions.
     */
    | { readonly kind: 'risk'; readonly mean: number; readonly variance: number; readonly factors: readonly number[]; readonly z: number; readonly limit: Float64Array; readonly scale: Float64Array }
    /** Sum over bins of max(0, share of the `count` dimensions from `first` on whose load exceeds `limit`, - shareMax): aligned demand paths, one dimension an instant. */
    | { readonly kind: 'paths'; readonly first: number; readonly count: number; readonly limit: Float64Array; readonly shareMax: number }
  )

/** Value of an assignment, compared part by part: `unplaced` first, then `hard`, then `value`. */
export interface Cost {
  /** Movable items in no bin. */
  readonly unplaced: number
  /** Violation of hard limits: sum of load above capacity as a ratio of it, of hard rules, and one for each item that was moved to a bin which does not receive or allow it. */
  readonly hard: number
  /** Sum of weighted terms, weighted soft rules and costs of moves. */
  readonly value: number
  /** Parts of `value`: terms and soft rules by name, and `moves`. */
  readonly terms: Readonly<Record<string, number>>
}

/** Limits of one solve. Where a run must repeat, `nodesMax` ends it; `shouldStop` is for a deadline or an interrupt. */
export interface SolveLimits {
  /** Proposals, branch-and-bound nodes or moves tried: whatever the solver counts. */
  readonly nodesMax: number
  readonly seed: number
  /** At most so many items may end elsewhere than they began; null: no limit. Items without a place don't count. */
  readonly movesMax: number | null
  readonly shouldStop: () => boolean
}

export interface Answer {
  readonly assignment: Int32Array
  readonly cost: Cost
  /** No assignment that meets the hard limits has a `value` below this. */
  readonly lowerBound: number
  /** Single moves in the order in which they were found, each an improvement when made; the assignment is their result. Null where the solver does not work by moves. */
  readonly moves: readonly ItemMove[] | null
  readonly ended: 'optimal' | 'localOptimum' | 'nodes' | 'stopped'
  readonly nodes: number
}

export interface ItemMove {
  readonly item: number
  readonly source: number
  readonly target: number
}

/** Whoever turns a problem into an assignment that is never worse than `start`. Same problem, start and limits: same answer (unless stopped). */
export interface ProblemSolver {
  readonly name: string
  solve(problem: Problem, start: Int32Array, limits: SolveLimits): Answer
}

/** A problem in which only what is given is asked for. */
export function problemOf(given: Pick<Problem, 'itemCount' | 'binCount' | 'dimensions' | 'demand' | 'capacity' | 'initial'> & Partial<Problem>): Problem {
  const { itemCount, binCount, dimensions } = given
  return {
    base: new Float64Array(binCount * dimensions), transient: new Uint8Array(dimensions), movable: new Uint8Array(itemCount).fill(1), receives: new Uint8Array(binCount).fill(1),
    allowedRow: new Int32Array(itemCount).fill(UNASSIGNED), allowed: [], rules: [], terms: [], moveCost: new Float64Array(itemCount), routeCost: null, ...given,
  }
}

/** Whether the first cost is better than the second. */
export function isBetter(a: Cost, b: Cost): boolean {
  if (a.unplaced !== b.unplaced) return a.unplaced < b.unplaced
  if (a.hard !== b.hard) return a.hard < b.hard
  return a.value < b.value
}
