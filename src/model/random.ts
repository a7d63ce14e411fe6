/** A source of randomness that is handed in. The same seed and label give the same numbers everywhere. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number
  /** Standard normal. */
  normal(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  /** An independent source for one purpose: draws from it never shift those of another label. */
  split(label: string): Rng
}
