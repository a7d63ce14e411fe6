import { EventQueue } from '../eventQueue.ts'

/** One virtual time: what is to run later, in the order in which it falls due; of what falls due together, what was asked first. */
export class VirtualTime {
  nowMs: number
  readonly #queue = new EventQueue()
  readonly #runs: (() => void)[] = []
  readonly #free: number[] = []

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  after(delayMs: number, run: () => void): void {
    const slot = this.#free.pop() ?? this.#runs.length
    this.#runs[slot] = run
    this.#queue.push(this.nowMs + Math.max(0, Math.round(delayMs)), 0, slot)
  }

  /** Runs what falls due until then, or until it is to stop. */
  runUntil(untilMs: number, isStopped: () => boolean): void {
    const event = { atMs: 0, kind: 0, a: 0, b: 0 }
    while (!isStopped()) {
      const next = this.#queue.nextMs()
      if (next === null || next > untilMs) break
      this.#queue.pop(event)
      this.nowMs = event.atMs
      const run = this.#runs[event.a]!
      this.#free.push(event.a)
      run()
    }
    this.nowMs = Math.max(this.nowMs, Math.min(untilMs, this.nowMs + 1e9))
  }
}
