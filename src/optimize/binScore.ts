/** One way to score a bin for an item, 0 ... 1, with what it counts for beside others. */
export type BinScorer =
  | { readonly kind: 'free' | 'full'; readonly dimension: number; readonly weight: number }
  | { readonly kind: 'fewItems'; readonly weight: number }

/** A bin as it would be with the item in it. */
export interface BinLook {
  /** By dimension: what is left for others, as a ratio of the bin's size; outside 0 ... 1 it counts as the nearer end. */
  readonly free: ArrayLike<number>
  /** Items in it before. */
  readonly items: number
}

const clamped = (ratio: number): number => (ratio > 0 ? Math.min(1, ratio) : 0)

/** What one scorer says, without its weight. */
export function partOf(scorer: BinScorer, { free, items }: BinLook): number {
  switch (scorer.kind) {
    case 'free':
      return clamped(free[scorer.dimension]!)
    case 'full':
      return 1 - clamped(free[scorer.dimension]!)
    case 'fewItems':
      return 1 / (1 + items)
  }
}

/** The weighted mean of all scorers; 0 where none counts. */
export function binScore(scorers: readonly BinScorer[], look: BinLook): number {
  let sum = 0
  let whole = 0
  for (const scorer of scorers) {
    if (scorer.weight <= 0) continue
    sum += scorer.weight * partOf(scorer, look)
    whole += scorer.weight
  }
  return whole === 0 ? 0 : sum / whole
}
