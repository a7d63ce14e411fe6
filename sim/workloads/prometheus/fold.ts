/** The stretch of time that is imported, cut into steps. */
export interface RecordedRange {
  /** Unix ms of the run's time 0. */
  readonly fromMs: number
  readonly stepMs: number
  readonly stepCount: number
  /** Two samples of a series that are further apart have a gap between them. */
  readonly gapMaxMs: number
}

/** From the first to the last sample of an unbroken stretch, Unix ms. */
export interface Stretch {
  readonly startMs: number
  readonly endMs: number
}

/** A stretch, and between which samples of it the value grew; null when it stood still. */
export interface CounterStretch extends Stretch {
  readonly grew: Stretch | null
}

interface MutableStretch {
  readonly startMs: number
  endMs: number
  grew: { readonly startMs: number; endMs: number } | null
}

/** What adding a sample came to. */
export type Added = 'added' | 'repeated' | 'conflicting' | 'outOfOrder'

/**
 * Condenses the samples of one series into steps while they come: per step the amount (growth of a counter, level x
 * seconds of a gauge) and how much of the step it covers. Samples must come in order of time. What lies between two
 * samples is spread evenly over the steps that it touches, so that scrapes need not fall on step ends.
 */
export class SeriesFold {
  readonly #range: RecordedRange
  readonly #shape: 'counter' | 'gauge' | 'changes'
  #lastMs = Number.NEGATIVE_INFINITY
  #lastValue = 0
  #firstStep = 0
  #amounts = new Float32Array(0)
  #coveredMs = new Float32Array(0)
  #used = 0
  readonly #stretches: MutableStretch[] = []

  /** Of `changes` only the stretches are kept. */
  constructor(range: RecordedRange, shape: 'counter' | 'gauge' | 'changes') {
    this.#range = range
    this.#shape = shape
  }

  add(atMs: number, value: number): Added {
    if (atMs === this.#lastMs) return value === this.#lastValue ? 'repeated' : 'conflicting'
    if (atMs < this.#lastMs) return 'outOfOrder'
    const durationMs = atMs - this.#lastMs
    if (durationMs > this.#range.gapMaxMs) this.#stretches.push({ startMs: atMs, endMs: atMs, grew: null })
    else this.#follow(atMs, value, durationMs)
    this.#lastMs = atMs
    this.#lastValue = value
    return 'added'
  }

  get stretches(): readonly CounterStretch[] {
    return this.#stretches
  }

  /** Ms of a step that samples cover. */
  coveredMs(step: number): number {
    return this.#coveredMs[step - this.#firstStep] ?? 0
  }

  amount(step: number): number {
    return this.#amounts[step - this.#firstStep] ?? 0
  }

  #follow(atMs: number, value: number, durationMs: number): void {
    const stretch = this.#stretches[this.#stretches.length - 1]!
    stretch.endMs = atMs
    if (this.#shape === 'changes') return
    if (this.#shape === 'gauge') this.#spread(atMs, durationMs, ((value + this.#lastValue) / 2) * (durationMs / 1000))
    // A counter that goes back began anew, at a time and with a loss that nobody knows: this interval says nothing.
    if (this.#shape === 'gauge' || value < this.#lastValue) return
    if (value > this.#lastValue) {
      stretch.grew ??= { startMs: this.#lastMs, endMs: atMs }
      stretch.grew.endMs = atMs
    }
    this.#spread(atMs, durationMs, value - this.#lastValue)
  }

  #spread(endMs: number, durationMs: number, amount: number): void {
    const { fromMs, stepMs, stepCount } = this.#range
    const start = endMs - durationMs - fromMs
    const end = Math.min(endMs - fromMs, stepCount * stepMs)
    for (let at = Math.max(0, start); at < end; ) {
      const step = Math.floor(at / stepMs)
      const until = Math.min(end, (step + 1) * stepMs)
      this.#put(step, (amount * (until - at)) / durationMs, until - at)
      at = until
    }
  }

  #put(step: number, amount: number, coveredMs: number): void {
    if (this.#used === 0) this.#firstStep = step
    const slot = step - this.#firstStep
    if (slot >= this.#amounts.length) this.#grow(slot + 1)
    this.#used = slot + 1
    this.#amounts[slot]! += amount
    this.#coveredMs[slot]! += coveredMs
  }

  #grow(slots: number): void {
    const size = Math.min(Math.max(slots, this.#amounts.length * 2, 16), this.#range.stepCount - this.#firstStep)
    const amounts = new Float32Array(size)
    const coveredMs = new Float32Array(size)
    amounts.set(this.#amounts)
    coveredMs.set(this.#coveredMs)
    this.#amounts = amounts
    this.#coveredMs = coveredMs
  }
}
