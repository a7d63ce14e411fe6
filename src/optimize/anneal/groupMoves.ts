import { type Term, UNASSIGNED } from '../problem.ts'

/** Moved items of each group, and the cost of the largest number of them: weight x max over groups. */
export class GroupMoves {
  private readonly weight: number
  private readonly groupOf: Int32Array
  private readonly moved: Int32Array
  /** How many groups have each number of moved items. */
  private readonly groupsAt: Int32Array
  private most = 0

  constructor(term: Extract<Term, { kind: 'groupMovesMax' }>, itemCount: number) {
    this.weight = term.weight
    this.groupOf = term.groupOf
    this.moved = new Int32Array(term.groupCount)
    this.groupsAt = new Int32Array(itemCount + 2)
    this.reset()
  }

  get value(): number {
    return this.weight * this.most
  }

  /** All items are at home. */
  reset(): void {
    this.moved.fill(0)
    this.groupsAt.fill(0)
    this.groupsAt[0] = this.moved.length
    this.most = 0
  }

  /** Change of the cost when the item, which is at home, leaves. */
  leaving(item: number): number {
    const group = this.groupOf[item]!
    return group !== UNASSIGNED && this.moved[group] === this.most ? this.weight : 0
  }

  /** Change of the cost when the item, which is away, comes home. */
  returning(item: number): number {
    const group = this.groupOf[item]!
    return group !== UNASSIGNED && this.moved[group] === this.most && this.groupsAt[this.most] === 1 ? -this.weight : 0
  }

  /** Change of the cost by two moves; a step is 1 for leaving home, -1 for coming home, 0 for neither. */
  swapChange(one: number, oneStep: number, other: number, otherStep: number): number {
    if (oneStep === 0 && otherStep === 0) return 0
    const before = this.most
    this.count(one, oneStep)
    this.count(other, otherStep)
    const change = this.weight * (this.most - before)
    this.count(other, -otherStep)
    this.count(one, -oneStep)
    return change
  }

  count(item: number, step: number): void {
    const group = this.groupOf[item]!
    if (group === UNASSIGNED || step === 0) return
    const moved = this.moved[group]!
    this.groupsAt[moved]!--
    this.groupsAt[moved + step]!++
    this.moved[group] = moved + step
    if (step > 0) this.most = Math.max(this.most, moved + 1)
    else if (moved === this.most && this.groupsAt[moved] === 0) this.most = moved - 1
  }
}
