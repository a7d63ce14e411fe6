import { UNASSIGNED } from '../problem.ts'

/** The items of each bin as doubly linked lists over columns: adding, removing and moving take constant time. */
export class BinLists {
  /** First item of each bin, UNASSIGNED when it is empty. */
  readonly first: Int32Array
  /** The item after each item in its bin, UNASSIGNED for the last. */
  readonly next: Int32Array
  readonly counts: Int32Array
  private readonly previous: Int32Array

  constructor(assignment: Int32Array, binCount: number) {
    this.first = new Int32Array(binCount).fill(UNASSIGNED)
    this.next = new Int32Array(assignment.length).fill(UNASSIGNED)
    this.previous = new Int32Array(assignment.length).fill(UNASSIGNED)
    this.counts = new Int32Array(binCount)
    for (let item = assignment.length - 1; item >= 0; item--) if (assignment[item] !== UNASSIGNED) this.add(item, assignment[item]!)
  }

  add(item: number, bin: number): void {
    const after = this.first[bin]!
    this.next[item] = after
    this.previous[item] = UNASSIGNED
    if (after !== UNASSIGNED) this.previous[after] = item
    this.first[bin] = item
    this.counts[bin]!++
  }

  remove(item: number, bin: number): void {
    const [before, after] = [this.previous[item]!, this.next[item]!]
    if (before === UNASSIGNED) this.first[bin] = after
    else this.next[before] = after
    if (after !== UNASSIGNED) this.previous[after] = before
    this.counts[bin]!--
  }

  /** The items of a bin, ascending: a copy that moves don't disturb. */
  itemsOf(bin: number): number[] {
    const items: number[] = []
    for (let item = this.first[bin]!; item !== UNASSIGNED; item = this.next[item]!) items.push(item)
    return items.sort((a, b) => a - b)
  }
}
