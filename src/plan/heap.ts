/** A queue that gives the least key first, and among equal keys the least number. */
export class LeastFirst {
  private readonly keys: number[] = []
  private readonly numbers: number[] = []

  get size(): number {
    return this.keys.length
  }

  /** Key of the first, which must be there. */
  get key(): number {
    return this.keys[0]!
  }

  push(key: number, number: number): void {
    let at = this.keys.length
    this.keys.push(key)
    this.numbers.push(number)
    while (at > 0) {
      const up = (at - 1) >> 1
      if (this.isBefore(up, key, number)) break
      this.put(at, this.keys[up]!, this.numbers[up]!)
      at = up
    }
    this.put(at, key, number)
  }

  /** Takes the first away and returns its number; undefined when nothing is queued. */
  pop(): number | undefined {
    const first = this.numbers[0]
    const key = this.keys.pop()
    const number = this.numbers.pop()
    if (key === undefined || number === undefined || this.keys.length === 0) return first
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      if (down >= this.keys.length) break
      if (down + 1 < this.keys.length && !this.isBefore(down, this.keys[down + 1]!, this.numbers[down + 1]!)) down++
      if (!this.isBefore(down, key, number)) break
      this.put(at, this.keys[down]!, this.numbers[down]!)
      at = down
    }
    this.put(at, key, number)
    return first
  }

  private isBefore(at: number, key: number, number: number): boolean {
    return this.keys[at]! < key || (this.keys[at]! === key && this.numbers[at]! < number)
  }

  private put(at: number, key: number, number: number): void {
    this.keys[at] = key
    this.numbers[at] = number
  }
}
