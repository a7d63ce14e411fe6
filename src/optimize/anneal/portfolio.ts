import type { Temperatures } from './engine.ts'
import { type ReleaseProfile, emptyProfile } from './cooling.ts'

/** A run to be made: `share` of the whole effort of all threads. */
export interface PlannedRun {
  readonly kind: 'hot' | 'priced' | 'cold'
  readonly hot: number
  readonly cold: number
  readonly isPenalised: boolean
  readonly share: number
  readonly seed: number
  readonly fromBest: boolean
}

/** What came of a planned run; `kept` false: it found no assignment that keeps the limits and is better than its start. */
export interface RunOutcome {
  readonly run: PlannedRun
  readonly value: number
  readonly kept: boolean
  readonly released: ReleaseProfile
}

/** Kinds of schedule that suit unlike problems; each keeps its best until the semi-final. */
const KINDS = ['hot', 'priced', 'cold'] as const
type Kind = (typeof KINDS)[number]

/** First runs: hot ones by the worth of an item, with limits held or priced, and cold ones by the cost of moves. */
const HOT = [1, 0.1] as const
const PRICED = [3, 0.7] as const
const COLD = [5, 0.3] as const

const FIRST_SHARE = 0.1
const SECOND_SHARE = 0.24
const MAIN_SHARE = 0.36
/** Short runs at the end, each from the best so far and with limits held: rounds, share of all, and first temperatures from a share of the worth of an item down to the cost of moves. */
const CYCLES = 6
const CYCLES_SHARE = 0.3
const CYCLES_HOT = 0.02
const CYCLE_TEMPERATURES = 4

/**
 * Finds the schedule by trying: short runs of every kind, then longer ones of the best of each kind, because short runs
 * favour the cold, then the best schedule with most of the effort, and at
 * last a few short runs from the best assignment. What runs release by temperature shapes the
 * cooling of later ones.
 */
export class Portfolio {
  private readonly profiles: Record<Kind, ReleaseProfile> = { hot: emptyProfile(), priced: emptyProfile(), cold: emptyProfile() }
  private readonly temperatures: Temperatures
  private readonly hasPenalty: boolean
  private readonly threads: number
  private readonly seed: number
  private round = 0
  private winner: PlannedRun | null = null
  private cycled = 0
  /** What runs from the best so far gained, by their first temperature; and the best value before the last of them. */
  private readonly gains = new Map<number, number>()
  private reached = Infinity
  private made = 0

  constructor(temperatures: Temperatures, hasPenalty: boolean, threads: number, seed: number) {
    this.temperatures = temperatures
    this.hasPenalty = hasPenalty
    this.threads = threads
    this.seed = seed
  }

  /** Runs of the next round, which may be made in any order or at once; none when all is done. `outcomes`: of the round before. */
  next(outcomes: readonly RunOutcome[]): PlannedRun[] {
    const sorted = outcomes.toSorted(byValue)
    const ranked = sorted.map(({ run }) => run)
    for (const { run, released } of sorted.toReversed()) this.profiles[run.kind] = released
    switch (this.round++) {
      case 0:
        return this.first()
      case 1:
        return this.semifinal(ranked)
      case 2:
        this.winner = ranked[0]!
        return Array.from({ length: this.threads }, () => ({ ...this.again(ranked[0]!, MAIN_SHARE / this.threads), fromBest: true }))
      default:
        return this.winner === null || this.cycled === CYCLES ? [] : this.cycle(this.winner, outcomes)
    }
  }

  /** What the best of the runs of that kind released, for the cooling of others. */
  profileOf({ kind }: PlannedRun): ReleaseProfile {
    return this.profiles[kind]
  }

  private first(): PlannedRun[] {
    const { hot, moves } = this.temperatures
    const of = (kind: Kind, temperatures: readonly number[]): PlannedRun[] => temperatures.map((from) => this.run(kind, from, FIRST_SHARE / 6))
    return [...of('hot', HOT.map((share) => share * hot)), ...(this.hasPenalty ? of('priced', PRICED.map((share) => share * hot)) : []), ...of('cold', COLD.map((share) => share * moves))]
  }

  /** The best of each kind, and the best of the others. */
  private semifinal(ranked: readonly PlannedRun[]): PlannedRun[] {
    const winners = KINDS.flatMap((kind) => ranked.find((run) => run.kind === kind) ?? [])
    const other = ranked.find((run) => !winners.includes(run))
    const runs = other === undefined ? winners : [...winners, other]
    return runs.map((run) => this.again(run, SECOND_SHARE / runs.length))
  }

  /** Every temperature in turn; once all were tried, those that gave the most last time. */
  private cycle(winner: PlannedRun, outcomes: readonly RunOutcome[]): PlannedRun[] {
    for (const { run, value } of this.cycled > 0 ? outcomes : []) this.gains.set(run.hot, this.reached - value)
    this.reached = Math.min(this.reached, ...outcomes.filter(({ kept }) => kept).map(({ value }) => value))
    const untried = this.cycleTemperatures().filter((hot) => !this.gains.has(hot))
    const ranked = [...this.gains.keys()].toSorted((a, b) => this.gains.get(b)! - this.gains.get(a)! || b - a)
    const temperatures = [...untried, ...ranked].slice(0, this.threads)
    this.cycled++
    return Array.from({ length: this.threads }, (_, thread) => ({ ...this.run(winner.kind, temperatures[thread % temperatures.length]!, CYCLES_SHARE / CYCLES / this.threads), isPenalised: false, fromBest: true }))
  }

  private cycleTemperatures(): number[] {
    const hot = Math.max(CYCLES_HOT * this.temperatures.hot, this.temperatures.moves)
    return Array.from({ length: CYCLE_TEMPERATURES }, (_, at) => hot * (this.temperatures.moves / hot) ** (at / (CYCLE_TEMPERATURES - 1)))
  }

  private again({ kind, hot }: PlannedRun, share: number): PlannedRun {
    return this.run(kind, hot, share)
  }

  private run(kind: Kind, hot: number, share: number): PlannedRun {
    return { kind, hot, cold: Math.min(hot, this.temperatures.cold), isPenalised: kind === 'priced', share, seed: this.seed * 1000 + this.made++, fromBest: false }
  }
}

/** Runs that found something first, then by value. */
const byValue = (a: RunOutcome, b: RunOutcome): number => Number(b.kept) - Number(a.kept) || a.value - b.value
