/** What the items of a bin need together: the number that a promise compares with the bin's limit. */
export interface Need {
  /** With this further item; bins that nothing was added to are empty. */
  with(bin: number, item: number): number
  add(bin: number, item: number): void
}

/**
 * Bins are opened one after another until every item has a place: the largest item first, each in the open bin whose need
 * grows least, the fullest among equals. One rule for all ways of measuring the need, so that plans differ by these alone.
 */
export function packByNeed(itemCount: number, limit: number, need: Need): Int32Array {
  const alone = Float64Array.from({ length: itemCount }, (_, item) => need.with(0, item))
  const order = Array.from({ length: itemCount }, (_, item) => item).sort((a, b) => alone[b]! - alone[a]! || a - b)
  const held: number[] = []
  const assignment = new Int32Array(itemCount)
  for (const item of order) {
    const bin = bestOpen(need, item, held, limit) ?? held.length
    held[bin] = need.with(bin, item)
    need.add(bin, item)
    assignment[item] = bin
  }
  return assignment
}

const SAME = 1e-9

function bestOpen(need: Need, item: number, held: readonly number[], limit: number): number | null {
  let best: { readonly bin: number; readonly growth: number; readonly total: number } | null = null
  held.forEach((now, bin) => {
    const total = need.with(bin, item)
    const growth = total - now
    if (total > limit) return
    if (best === null || growth < best.growth - SAME || (growth < best.growth + SAME && total > best.total)) best = { bin, growth, total }
  })
  return (best as { readonly bin: number } | null)?.bin ?? null
}
