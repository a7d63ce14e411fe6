import { UNASSIGNED } from '../problem.ts'
import type { Draft } from './draft.ts'
import { BestKept } from './bestKept.ts'
import { HARD_ROUNDING } from './state.ts'
import { Xorshift } from './xorshift.ts'

/** Proposals from which the first temperature is taken. */
const SAMPLES = 400
/** Proposals at one temperature. */
const LEVEL = 200
/** A gain below this share of the value is rounding. */
const GAIN_ROUNDING = 1e-12

export interface AnnealSettings {
  readonly seed: number
  /** Prices to spend. */
  readonly nodes: number
  /** First and last temperature as shares of the median loss that a proposal brings. */
  readonly warmth: number
  readonly coolness: number
}

/**
 * Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983) by moves, exchanges of places, and exchanges of who is displaced,
 * with geometric cooling over the prices to spend and temperatures from a sample of proposals. Nothing violates more
 * than before, and no more items are displaced than may be. Ends on the best assignment it saw; of equal ones that
 * with fewer items displaced.
 */
export function anneal(draft: Draft, settings: AnnealSettings): void {
  if (draft.problem.itemCount === 0 || draft.problem.binCount < 2) return
  const search = new Annealing(draft, settings)
  if (search.isIdle) return
  search.run()
}

class Annealing {
  private readonly draft: Draft
  private readonly settings: AnnealSettings
  private readonly random: Xorshift
  /** Items that may move and have a place. */
  private readonly items: Int32Array
  /** Bins that receive. */
  private readonly bins: Int32Array
  /** Displaced items, in any order, and where each is in that list. */
  private readonly away: Int32Array
  private readonly placeInAway: Int32Array
  private awayCount = 0
  private readonly best: BestKept
  private temperature = 0
  /** What the last proposal that was priced to the end changed. */
  private lastChange = 0

  constructor(draft: Draft, settings: AnnealSettings) {
    const { problem, state } = draft
    this.draft = draft
    this.settings = settings
    this.random = new Xorshift(settings.seed)
    this.items = Int32Array.from(Array.from({ length: problem.itemCount }, (_, item) => item).filter((item) => problem.movable[item] === 1 && state.assignment[item] !== UNASSIGNED))
    this.bins = Int32Array.from(Array.from({ length: problem.binCount }, (_, bin) => bin).filter((bin) => problem.receives[bin] === 1))
    this.away = new Int32Array(problem.itemCount)
    this.placeInAway = new Int32Array(problem.itemCount).fill(UNASSIGNED)
    for (const item of this.items) if (state.assignment[item] !== problem.initial[item]) this.list(item)
    this.best = new BestKept(state)
  }

  get isIdle(): boolean {
    return this.items.length === 0 || this.bins.length === 0
  }

  run(): void {
    const { draft, settings } = this
    const { effort } = draft
    const begin = effort.nodes
    const typical = this.typicalLoss()
    const ratio = settings.coolness / settings.warmth
    while (effort.hasMore() && effort.nodes - begin < settings.nodes) {
      this.temperature = typical * settings.warmth * ratio ** ((effort.nodes - begin) / settings.nodes)
      for (let proposal = 0; proposal < LEVEL; proposal++) this.propose()
      effort.spend(LEVEL)
    }
    this.best.restore()
  }

  /** Median loss of proposals that lose; none is made. */
  private typicalLoss(): number {
    const losses: number[] = []
    this.temperature = SAMPLING
    for (let proposal = 0; proposal < SAMPLES; proposal++) {
      this.lastChange = 0
      this.propose()
      if (this.lastChange > 0) losses.push(this.lastChange)
    }
    this.draft.effort.spend(SAMPLES)
    losses.sort((a, b) => a - b)
    return losses[losses.length >> 1] ?? 1
  }

  private propose(): void {
    const { random, draft } = this
    const isFull = draft.state.displaced >= draft.movesMax
    const kind = random.next()
    if (this.awayCount > 0 && (isFull || kind < 0.8)) {
      const item = this.away[random.below(this.awayCount)]!
      if (kind < 0.4) this.tryMove(item, this.bins[random.below(this.bins.length)]!)
      else if (kind < 0.6) this.tryRoles(item)
      else if (kind < 0.8) this.trySwap(item, this.away[random.below(this.awayCount)]!)
      else this.tryRelay(item)
    } else {
      const item = this.items[random.below(this.items.length)]!
      if (kind < 0.9) this.tryMove(item, this.bins[random.below(this.bins.length)]!)
      else this.trySwap(item, this.items[random.below(this.items.length)]!)
    }
  }

  private tryMove(item: number, bin: number): void {
    const { state } = this.draft
    if (bin === state.assignment[item] || !this.draft.mayMove(item, bin) || !state.fits(item, bin)) return
    state.priceMove(item, bin)
    if (this.accepts()) this.move(item, bin)
  }

  private trySwap(one: number, other: number): void {
    const { state } = this.draft
    const a = state.assignment[one]!
    const b = state.assignment[other]!
    if (a === b || !this.draft.mayExchange(one, other) || !state.swapFits(one, other)) return
    state.priceSwap(one, other)
    if (!this.accepts()) return
    this.move(one, b)
    this.move(other, a)
  }

  /** The item goes home, and one that is there goes where the item was: who is displaced changes. */
  private tryRoles(item: number): void {
    const { state, problem } = this.draft
    const home = problem.initial[item]!
    if (home === UNASSIGNED) return
    const other = this.anyOf(home)
    if (other !== UNASSIGNED && problem.movable[other] === 1) this.trySwap(item, other)
    else if (other === UNASSIGNED && state.fits(item, home)) this.tryMove(item, home)
  }

  /** The item goes home, and any other goes anywhere. */
  private tryRelay(item: number): void {
    const { state, problem } = this.draft
    const home = problem.initial[item]!
    const bin = state.assignment[item]!
    if (home === UNASSIGNED || !state.fits(item, home)) return
    const other = this.items[this.random.below(this.items.length)]!
    const target = this.random.next() < 0.5 ? bin : this.bins[this.random.below(this.bins.length)]!
    if (other === item || target === state.assignment[other]) return
    state.priceMove(item, home)
    if (state.hardChange > HARD_ROUNDING || state.worsens) return
    const value = state.valueChange
    const hard = state.hardChange
    state.apply(item, home)
    if (this.draft.mayMove(other, target) && state.fits(other, target)) {
      state.priceMove(other, target)
      state.valueChange += value
      state.hardChange += hard
      if (this.accepts()) {
        state.apply(item, bin)
        this.move(item, home)
        this.move(other, target)
        return
      }
    }
    state.apply(item, bin)
  }

  /** Any item of the bin, UNASSIGNED if it is empty. */
  private anyOf(bin: number): number {
    const { lists } = this.draft.state
    let item = lists.first[bin]!
    for (let skip = lists.counts[bin]! === 0 ? 0 : this.random.below(lists.counts[bin]!); skip > 0; skip--) item = lists.next[item]!
    return item
  }

  /** Whether the move that was priced is made at this temperature. */
  private accepts(): boolean {
    const { state } = this.draft
    if (state.hardChange > HARD_ROUNDING || state.worsens) return false
    this.lastChange = state.valueChange
    if (this.temperature === SAMPLING) return false
    return state.valueChange <= 0 || state.valueChange < -this.temperature * Math.log(this.random.next())
  }

  private move(item: number, target: number): void {
    const { state, problem } = this.draft
    this.best.before(item)
    state.apply(item, target)
    const isAway = target !== problem.initial[item]
    if (isAway !== (this.placeInAway[item] !== UNASSIGNED)) this.list(item)
    this.best.after(GAIN_ROUNDING * Math.max(1, Math.abs(state.value)))
  }

  /** Enters the item in the list of displaced ones, or takes it out. */
  private list(item: number): void {
    const at = this.placeInAway[item]!
    if (at === UNASSIGNED) {
      this.placeInAway[item] = this.awayCount
      this.away[this.awayCount++] = item
      return
    }
    const last = this.away[--this.awayCount]!
    this.away[at] = last
    this.placeInAway[last] = at
    this.placeInAway[item] = UNASSIGNED
  }
}

/** No temperature: proposals are priced, none is accepted. */
const SAMPLING = -1
