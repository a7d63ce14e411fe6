import { HARD_ROUNDING, type AssignmentState } from './state.ts'

/** The best state that a search went through, kept as the way back to it. */
export class BestKept {
  private readonly state: AssignmentState
  private items: Int32Array
  private sources: Int32Array
  private length = 0
  private hard: number
  private value: number
  private displaced: number

  constructor(state: AssignmentState) {
    this.state = state
    this.items = new Int32Array(1024)
    this.sources = new Int32Array(1024)
    this.hard = state.hard
    this.value = state.value
    this.displaced = state.displaced
  }

  /** To be called before each move. */
  before(item: number): void {
    if (this.length === this.items.length) this.grow()
    this.items[this.length] = item
    this.sources[this.length++] = this.state.assignment[item]!
  }

  /** To be called after it: values closer than `rounding` are equal. */
  after(rounding: number): void {
    const { state } = this
    const isBetter = state.hard < this.hard - HARD_ROUNDING || (state.hard <= this.hard + HARD_ROUNDING && (state.value < this.value - rounding || (state.value <= this.value + rounding && state.displaced < this.displaced)))
    if (!isBetter) return
    this.length = 0
    this.hard = state.hard
    this.value = state.value
    this.displaced = state.displaced
  }

  /** Goes back to the best state. */
  restore(): void {
    while (this.length > 0) this.state.apply(this.items[--this.length]!, this.sources[this.length]!)
  }

  /** A long way back visits items more than once: only the first place of each counts. */
  private grow(): void {
    const seen = new Set<number>()
    let kept = 0
    for (let at = 0; at < this.length; at++) {
      const item = this.items[at]!
      if (seen.has(item)) continue
      seen.add(item)
      this.items[kept] = item
      this.sources[kept++] = this.sources[at]!
    }
    this.length = kept
    if (kept < this.items.length / 2) return
    this.items = doubled(this.items)
    this.sources = doubled(this.sources)
  }
}

function doubled(column: Int32Array): Int32Array {
  const longer = new Int32Array(2 * column.length)
  longer.set(column)
  return longer
}
