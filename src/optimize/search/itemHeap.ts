/** Items by a key, the least first and ties by index; an item is in it once, and pushing it again changes its key. */
export class ItemHeap {
  size = 0
  private readonly items: Int32Array
  private readonly place: Int32Array
  private readonly keys: Float64Array

  constructor(itemCount: number) {
    this.items = new Int32Array(itemCount)
    this.place = new Int32Array(itemCount).fill(ABSENT)
    this.keys = new Float64Array(itemCount)
  }

  clear(): void {
    for (let at = 0; at < this.size; at++) this.place[this.items[at]!] = ABSENT
    this.size = 0
  }

  /** Key of the first; there must be one. */
  leastKey(): number {
    return this.keys[this.items[0]!]!
  }

  push(item: number, key: number): void {
    let at = this.place[item]!
    this.keys[item] = key
    if (at === ABSENT) {
      at = this.size++
      this.put(item, at)
    }
    this.rise(at)
    this.sink(this.place[item]!)
  }

  /** Takes the first out; there must be one. */
  pop(): number {
    const first = this.items[0]!
    this.place[first] = ABSENT
    const last = this.items[--this.size]!
    if (this.size > 0) {
      this.put(last, 0)
      this.sink(0)
    }
    return first
  }

  private rise(from: number): void {
    let at = from
    const item = this.items[at]!
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!this.isBefore(item, this.items[above]!)) break
      this.put(this.items[above]!, at)
      at = above
    }
    this.put(item, at)
  }

  private sink(from: number): void {
    let at = from
    const item = this.items[at]!
    for (;;) {
      let below = 2 * at + 1
      if (below >= this.size) break
      if (below + 1 < this.size && this.isBefore(this.items[below + 1]!, this.items[below]!)) below++
      if (!this.isBefore(this.items[below]!, item)) break
      this.put(this.items[below]!, at)
      at = below
    }
    this.put(item, at)
  }

  private isBefore(one: number, other: number): boolean {
    return this.keys[one]! < this.keys[other]! || (this.keys[one] === this.keys[other] && one < other)
  }

  private put(item: number, at: number): void {
    this.items[at] = item
    this.place[item] = at
  }
}

const ABSENT = -1
