import { type Problem, UNASSIGNED } from '../problem.ts'
import { AssignmentState } from '../search/state.ts'
import { Xorshift } from '../search/xorshift.ts'
import type { AnnealState } from './annealState.ts'
import type { ReleaseProfile } from './cooling.ts'
import { GeneralState } from './generalState.ts'
import { hingeColumns } from './hingeColumns.ts'
import { HingeState } from './hingeState.ts'
import { LikeItems } from './likeItems.ts'
import { Proposals, type Scope, scopeOf } from './proposals.ts'
import { type AnnealJob, AnnealRun } from './run.ts'

/** Temperatures between which a problem can freeze, in the objective's unit. */
export interface Temperatures {
  /** What placing a usual item is worth: above, all is chaos. */
  readonly hot: number
  /** Where costs of moves alone decide. */
  readonly moves: number
  /** Below, nothing changes any more. */
  readonly cold: number
}

/** What is compared when like items are sought: rows of item x column with a weight by column. */
interface Likeness {
  readonly rows: Float64Array
  readonly width: number
  readonly weights: Float64Array
}

const SAMPLES = 500
/** Random mixes of columns are the same for all runs. */
const LIKENESS_SEED = 1
/** With no cost of moves, the coldest temperature as a share of the hottest. */
const COLDEST = 1e-6
const COLD_MOVES = 0.01

/** A problem made ready for annealing: one state that all its runs use one after the other, and temperatures. */
export class AnnealEngine {
  readonly temperatures: Temperatures
  /** Whether limits can be priced, and there are any. */
  readonly hasPenalty: boolean
  private readonly problem: Problem
  private readonly start: Int32Array
  private readonly state: AnnealState
  private readonly scope: Scope
  private readonly like: LikeItems

  /** The quick state where the problem is made of hinges and the start keeps all limits, else the general one. */
  constructor(problem: Problem, start: Int32Array, movesMax: number | null) {
    this.problem = problem
    this.start = start
    this.scope = scopeOf(problem)
    const columns = movesMax === null ? hingeColumns(problem, start) : null
    this.hasPenalty = columns !== null && columns.held > 0
    let likeness: Likeness
    if (columns === null) {
      this.state = new GeneralState(problem, start, movesMax)
      likeness = demandLikeness(problem)
      this.temperatures = temperaturesOf(problem, this.scope, sampledWorth(problem, start, this.scope))
    } else {
      this.state = new HingeState(problem, columns, start)
      likeness = { rows: columns.items, width: columns.priced + columns.held, weights: columns.weights.subarray(0, columns.priced) }
      this.temperatures = temperaturesOf(problem, this.scope, meanWorth(likeness, this.scope.items))
    }
    this.like = new LikeItems(this.scope.items, problem.itemCount, likeness.rows, likeness.width, likeness.weights, new Xorshift(LIKENESS_SEED))
  }

  /** Whether anything can be moved. */
  get isIdle(): boolean {
    return this.scope.items.length === 0 || this.scope.bins.length === 0
  }

  /** A run of the job, from the start or from another assignment that is no worse; it ends every run before it. */
  begin(job: AnnealJob, profile: ReleaseProfile, from: Int32Array | null): AnnealRun {
    this.state.restart(from ?? this.start)
    return new AnnealRun(job, this.state, new Proposals(this.problem, this.scope, this.like, new Xorshift(job.seed)), profile)
  }
}

function temperaturesOf(problem: Problem, { items, bins }: Scope, worth: number): Temperatures {
  const prices = movePrices(problem, items, bins)
  const hot = worth > 0 ? worth : prices > 0 ? prices : 1
  return prices > 0 && prices < hot ? { hot, moves: prices, cold: prices * COLD_MOVES } : { hot, moves: hot * COLDEST * 100, cold: hot * COLDEST }
}

/** Mean cost of moving an item to another bin, over evenly spaced items and bins. */
function movePrices({ initial, moveCost, routeCost }: Problem, items: Int32Array, bins: Int32Array): number {
  let sum = 0
  let count = 0
  for (let sample = 0; sample < SAMPLES && items.length > 0 && bins.length > 0; sample++) {
    const item = items[Math.floor((sample * items.length) / SAMPLES)]!
    const bin = bins[(sample * 7919) % bins.length]!
    const home = initial[item]!
    if (home === UNASSIGNED || home === bin) continue
    sum += moveCost[item]! + (routeCost === null ? 0 : routeCost.cost[routeCost.classOf[home]! * routeCost.classCount + routeCost.classOf[bin]!]!)
    count++
  }
  return count === 0 ? 0 : sum / count
}

function meanWorth({ rows, width, weights }: Likeness, items: Int32Array): number {
  let sum = 0
  for (const item of items) for (let at = 0; at < weights.length; at++) sum += weights[at]! * Math.abs(rows[item * width + at]!)
  return items.length === 0 ? 0 : sum / items.length
}

/** Mean size of what a move changes, over random moves from the start. */
function sampledWorth(problem: Problem, start: Int32Array, { items, bins }: Scope): number {
  const state = new AssignmentState(problem, start)
  const random = new Xorshift(1)
  let sum = 0
  for (let sample = 0; sample < SAMPLES && items.length > 0 && bins.length > 0; sample++) {
    state.priceMove(items[random.below(items.length)]!, bins[random.below(bins.length)]!)
    sum += Math.abs(state.valueChange)
  }
  return sum / SAMPLES
}

/** Items are alike whose demands are, each dimension taken relative to its sum. */
function demandLikeness({ demand, dimensions, itemCount }: Problem): Likeness {
  const weights = new Float64Array(dimensions)
  for (let item = 0; item < itemCount; item++) for (let d = 0; d < dimensions; d++) weights[d]! += Math.abs(demand[item * dimensions + d]!)
  return { rows: demand, width: dimensions, weights: weights.map((sum) => (sum > 0 ? 1 / sum : 0)) }
}
