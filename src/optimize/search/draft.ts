import { type ItemMove, type Problem, type SolveLimits, UNASSIGNED } from '../problem.ts'
import { Effort } from './effort.ts'
import { AssignmentState } from './state.ts'

/** A solve under way: the state, what it may still spend, and the moves made, which can be taken back. */
export class Draft {
  readonly problem: Problem
  readonly state: AssignmentState
  readonly effort: Effort
  /** Most items that may end displaced. */
  movesMax: number
  private readonly items: number[] = []
  private readonly sources: number[] = []

  constructor(problem: Problem, start: Int32Array, limits: SolveLimits) {
    this.problem = problem
    this.state = new AssignmentState(problem, start)
    this.effort = new Effort(limits)
    this.movesMax = limits.movesMax ?? Number.MAX_SAFE_INTEGER
  }

  /** Point to which `undoTo` returns. */
  get mark(): number {
    return this.items.length
  }

  move(item: number, target: number): void {
    this.items.push(item)
    this.sources.push(this.state.assignment[item]!)
    this.state.apply(item, target)
  }

  undoTo(mark: number): void {
    while (this.items.length > mark) this.state.apply(this.items.pop()!, this.sources.pop()!)
  }

  /** Puts the moves since the mark, each of another item, in the opposite order: in a chain, who makes room comes first. */
  reverse(mark: number): void {
    const made = this.items.slice(mark).map((item) => [item, this.state.assignment[item]!] as const)
    this.undoTo(mark)
    for (const [item, target] of made.reverse()) this.move(item, target)
  }

  /** Whether the item may leave where it is within the number of items that may end displaced. */
  mayLeave(item: number): boolean {
    const { assignment, displaced } = this.state
    const home = this.problem.initial[item]!
    return displaced < this.movesMax || home === UNASSIGNED || assignment[item] !== home
  }

  /** Whether the item may go to the bin within that number: home it may always go. */
  mayMove(item: number, target: number): boolean {
    return this.mayLeave(item) || target === this.problem.initial[item]
  }

  /** Whether both, with places in different bins, may change place within that number. */
  mayExchange(one: number, other: number): boolean {
    const { displaced, assignment } = this.state
    if (displaced + 2 <= this.movesMax) return true
    const a = assignment[one]!
    const b = assignment[other]!
    const change = this.step(one, a, b) + this.step(other, b, a)
    return change <= 0 || displaced + change <= this.movesMax
  }

  /** How many more items are displaced by a move. */
  private step(item: number, source: number, target: number): number {
    const home = this.problem.initial[item]!
    return home === UNASSIGNED ? 0 : (target === home ? 0 : 1) - (source === home ? 0 : 1)
  }

  /** The moves made, each item once: where several took it, the last counts, from where it was at first. */
  moves(start: Int32Array): ItemMove[] {
    const last = new Map<number, number>()
    this.items.forEach((item, position) => last.set(item, position))
    return [...last]
      .sort((a, b) => a[1] - b[1])
      .map(([item]) => ({ item, source: start[item]!, target: this.state.assignment[item]! }))
      .filter(({ source, target }) => source !== target)
  }
}
