import type { AnnealState } from './annealState.ts'
import { Cooling, type ReleaseProfile, bandOf } from './cooling.ts'
import type { Proposals } from './proposals.ts'

/** One annealing from hot to cold. */
export interface AnnealJob {
  /** Where the cooling begins and ends, in the objective's unit. */
  readonly hot: number
  readonly cold: number
  /** Whether limits may be exceeded at a price that rises. */
  readonly isPenalised: boolean
  /** Proposals in all. */
  readonly nodes: number
  readonly seed: number
}

const EPOCHS = 250
/** Share of the run in which what is released is still the start's own disorder, which says nothing of temperatures. */
const SETTLING = 0.08
/** Where limits may be exceeded: shares of the run at which their price begins to rise, and at which the cooling goes on. */
const RISE_FROM = 0.5
const RISE_TO = 0.75
/** Temperature at which the cooling rests meanwhile, as a share of the hottest; by epoch, what it is multiplied with while limits stay exceeded for long. */
const REST = 2e-2
const REHEAT = 1.06
const REHEAT_FROM = 0.65
/** What the price is multiplied with by epoch, and its most in hottest temperatures. */
const RISE = 1.08
const PENALTY_MOST = 1e6
/** Price of one capacity in hottest temperatures, before it rises. */
const PENALTY_TEMPERATURES = 50

/**
 * An annealing that is driven epoch by epoch. Cooling goes by the share of its proposals that are done, never by a clock;
 * whoever drives it may change `nodes` while it runs when it learns that the machine is faster or slower.
 */
export class AnnealRun {
  done = 0
  nodes: number
  /** The best end of an epoch, the start included; of unlike violations the least counts. */
  bestValue: number
  bestViolation: number
  readonly best: Int32Array
  readonly released: ReleaseProfile
  private readonly job: AnnealJob
  private readonly state: AnnealState
  private readonly proposals: Proposals
  private readonly coolings: readonly [Cooling, Cooling]
    private penalty: number
  /** Temperature of the rest in proportion to what it was to be. */
  private warmth = 1
  private before: number

  constructor(job: AnnealJob, state: AnnealState, proposals: Proposals, profile: ReleaseProfile) {
    this.job = job
    this.nodes = job.nodes
    this.state = state
    this.proposals = proposals
    const rest = job.isPenalised ? Math.max(job.cold, REST * job.hot) : job.cold
    this.coolings = [new Cooling(job.hot, rest, profile), new Cooling(rest, job.cold, profile)]
    this.released = new Float64Array(profile.length).fill(-1)
    this.best = state.assignment.slice()
    this.penalty = job.isPenalised ? PENALTY_TEMPERATURES * job.hot : 0
    state.penalty = this.penalty
    state.recomputeValue()
    this.before = this.bestValue = state.value
    this.bestViolation = state.violation
  }

  get isOver(): boolean {
    return this.done >= this.nodes
  }

  /** Tries the next share of the proposals. */
  step(): void {
    const { state } = this
    const count = Math.max(1, Math.min(Math.ceil(this.nodes / EPOCHS), this.nodes - this.done))
    const temperature = this.temperatureAt((this.done + count / 2) / this.nodes)
    this.proposals.run(state, count, temperature)
    this.done += count
    state.recomputeValue()
    if (this.done > SETTLING * this.nodes && (this.penalty === 0 || this.done < RISE_FROM * this.nodes)) {
      const band = bandOf(temperature)
      this.released[band] = Math.max(0, this.released[band]!) + this.before - state.value
    }
    this.before = state.value
    if (this.penalty > 0) this.steer()
    this.keepBest()
  }

  private temperatureAt(progress: number): number {
    const [first, last] = this.coolings
    if (!this.job.isPenalised) return first.at(progress)
    if (progress < RISE_FROM) return first.at(progress / RISE_FROM)
    const cooled = Math.max(0, (progress - RISE_TO) / (1 - RISE_TO))
    // What the rest was warmer by goes with the cooling; while limits are still exceeded, it does not cool.
    return this.penalty > 0 ? last.at(0) * this.warmth : last.at(cooled) * this.warmth ** (1 - cooled)
  }

  /** Raises the price of excess once it is time, until all limits hold; from then on they may not be exceeded. Where the price alone does not help, warmth loosens what is stuck. */
  private steer(): void {
    const { state } = this
    const progress = this.done / this.nodes
    if (progress < RISE_FROM) return
    this.penalty = state.violation === 0 ? 0 : Math.min(this.penalty * RISE, PENALTY_MOST * this.job.hot)
    if (this.penalty > 0 && progress > REHEAT_FROM) this.warmth = Math.min(this.warmth * REHEAT, 1 / REST)
    state.penalty = this.penalty
  }

  private keepBest(): void {
    const { value, violation, assignment } = this.state
    if (violation > this.bestViolation || (violation === this.bestViolation && value >= this.bestValue)) return
    this.bestValue = value
    this.bestViolation = violation
    this.best.set(assignment)
  }
}
