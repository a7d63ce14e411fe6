/** One event: what `kind`, `a` and `b` mean is the owner's. */
export interface QueuedEvent {
  atMs: number
  kind: number
  a: number
  b: number
}

/**
 * Priority queue of events on typed arrays, ordered by (time, sequence of pushing): equal instants come out in the
 * order they went in. A 4-ary heap: shallower than a binary one, so fewer cache misses on pop.
 */
export class EventQueue {
  #times = new Float64Array(64)
  #sequences = new Float64Array(64)
  #kinds = new Uint8Array(64)
  #a = new Int32Array(64)
  #b = new Int32Array(64)
  #size = 0
  #pushed = 0

  get size(): number {
    return this.#size
  }

  /** Time of the next event; null when empty. */
  nextMs(): number | null {
    return this.#size === 0 ? null : this.#times[0]!
  }

  push(atMs: number, kind: number, a = 0, b = 0): void {
    if (this.#size === this.#times.length) this.#grow()
    let hole = this.#size++
    const sequence = this.#pushed++
    while (hole > 0) {
      const parent = (hole - 1) >> 2
      if (this.#times[parent]! <= atMs) break
      this.#copy(parent, hole)
      hole = parent
    }
    this.#write(hole, atMs, sequence, kind, a, b)
  }

  /** Takes the next event out into `event`; false when empty. */
  pop(event: QueuedEvent): boolean {
    if (this.#size === 0) return false
    event.atMs = this.#times[0]!
    event.kind = this.#kinds[0]!
    event.a = this.#a[0]!
    event.b = this.#b[0]!
    const last = --this.#size
    if (last > 0) this.#sink(last)
    return true
  }

  /** Fills the root's hole with the entry at `last`, moving smaller children up. */
  #sink(last: number): void {
    const atMs = this.#times[last]!
    const sequence = this.#sequences[last]!
    let hole = 0
    for (;;) {
      const first = hole * 4 + 1
      if (first >= last) break
      let child = first
      const end = Math.min(first + 4, last)
      for (let other = first + 1; other < end; other++) if (this.#before(other, child)) child = other
      const earlier = this.#times[child]! < atMs || (this.#times[child] === atMs && this.#sequences[child]! < sequence)
      if (!earlier) break
      this.#copy(child, hole)
      hole = child
    }
    this.#copy(last, hole)
  }

  #before(left: number, right: number): boolean {
    const difference = this.#times[left]! - this.#times[right]!
    return difference < 0 || (difference === 0 && this.#sequences[left]! < this.#sequences[right]!)
  }

  #copy(from: number, to: number): void {
    this.#write(to, this.#times[from]!, this.#sequences[from]!, this.#kinds[from]!, this.#a[from]!, this.#b[from]!)
  }

  #write(at: number, atMs: number, sequence: number, kind: number, a: number, b: number): void {
    this.#times[at] = atMs
    this.#sequences[at] = sequence
    this.#kinds[at] = kind
    this.#a[at] = a
    this.#b[at] = b
  }

  #grow(): void {
    const size = this.#times.length * 2
    this.#times = extended(this.#times, new Float64Array(size))
    this.#sequences = extended(this.#sequences, new Float64Array(size))
    this.#kinds = extended(this.#kinds, new Uint8Array(size))
    this.#a = extended(this.#a, new Int32Array(size))
    this.#b = extended(this.#b, new Int32Array(size))
  }
}

function extended<T extends { set(from: ArrayLike<number>): void }>(from: ArrayLike<number>, to: T): T {
  to.set(from)
  return to
}
