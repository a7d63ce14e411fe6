import { type BinPacking, type Effort, type Filling, copiesInBin, hasRoom, mayEnter, put, startFilling, takeOut } from './packingBins.ts'
import { fallingOrder } from './packingGreedy.ts'

/**
 * `best`: all items are packed and no packing leaves room for more copies of the extra item (0 where none was asked
 * for). `impossible`: every arrangement was ruled out. `limit`: the effort ran out first; what was found so far.
 */
export type ExactOutcome =
  | { readonly kind: 'best'; readonly binOf: Int32Array; readonly copies: number }
  | { readonly kind: 'impossible' }
  | { readonly kind: 'limit'; readonly binOf: Int32Array | null; readonly copies: number }

/**
 * Packs all items by depth-first branch and bound: largest item first, each into every bin that differs from those tried
 * before it. With `extra` (a size, positive somewhere) it finds the packing beside which the most copies of it fit;
 * without, it stops at the first complete packing. `enough` copies end the search too.
 */
export function packExactly(packing: BinPacking, extra: Float64Array | null, effort: Effort, enough: number | null = null): ExactOutcome {
  const search = startSearch(packing, extra, enough, effort)
  descend(search, 0)
  const { best, bestCopies, ranOut } = search
  if (ranOut) return { kind: 'limit', binOf: best, copies: bestCopies }
  return best === null ? { kind: 'impossible' } : { kind: 'best', binOf: best, copies: bestCopies }
}

interface Search {
  readonly packing: BinPacking
  readonly extra: Float64Array | null
  readonly enough: number | null
  readonly effort: Effort
  readonly order: Int32Array
  /** Whether the item at this depth is interchangeable with the one before: then it need not go into an earlier bin. */
  readonly sameAsBefore: Uint8Array
  /** What items from this depth on need, at [depth * dimensions + d]. */
  readonly rest: Float64Array
  readonly filling: Filling
  /** Free in all bins, per dimension. */
  readonly totalFree: Float64Array
  best: Int32Array | null
  bestCopies: number
  ranOut: boolean
}

function startSearch(packing: BinPacking, extra: Float64Array | null, enough: number | null, effort: Effort): Search {
  const { binCount, dimensions, itemCount, size, free } = packing
  const order = groupedOrder(packing)
  const rest = new Float64Array((itemCount + 1) * dimensions)
  for (let depth = itemCount - 1; depth >= 0; depth--) {
    for (let d = 0; d < dimensions; d++) rest[depth * dimensions + d] = rest[(depth + 1) * dimensions + d]! + size[order[depth]! * dimensions + d]!
  }
  const totalFree = new Float64Array(dimensions)
  for (let bin = 0; bin < binCount; bin++) for (let d = 0; d < dimensions; d++) totalFree[d]! += free[bin * dimensions + d]!
  const sameAsBefore = Uint8Array.from(order, (item, depth) => (depth > 0 && compareItems(packing, order[depth - 1]!, item) === 0 ? 1 : 0))
  return { packing, extra, enough, effort, order, sameAsBefore, rest, filling: startFilling(packing), totalFree, best: null, bestCopies: 0, ranOut: false }
}

/** Returns true when the search is over: nothing better can be found, or the effort ran out. */
function descend(search: Search, depth: number): boolean {
  const { packing, filling, effort } = search
  effort.left -= packing.binCount
  if (effort.left <= 0) {
    search.ranOut = true
    return true
  }
  const copiesMax = copiesAtMost(search, depth)
  if (copiesMax === null || (search.best !== null && copiesMax <= search.bestCopies)) return false
  if (depth === packing.itemCount) {
    search.best = filling.binOf.slice()
    search.bestCopies = copiesMax
    return search.extra === null || (search.enough !== null && copiesMax >= search.enough)
  }
  const item = search.order[depth]!
  const from = search.sameAsBefore[depth] === 1 ? filling.binOf[search.order[depth - 1]!]! : 0
  for (let bin = from; bin < packing.binCount; bin++) {
    if (!hasRoom(packing, filling, item, bin) || !mayEnter(packing, filling, item, bin) || looksTheSame(search, from, bin)) continue
    enter(search, item, bin)
    const over = descend(search, depth + 1)
    leave(search, item)
    if (over) return true
  }
  return false
}

/** Null when what is left to pack can't go in; else a bound on the copies of the extra item (exact once all is packed). */
function copiesAtMost(search: Search, depth: number): number | null {
  const { packing, extra, filling, totalFree, rest } = search
  const { binCount, dimensions } = packing
  for (let bin = 0; bin < binCount; bin++) for (let d = 0; d < dimensions; d++) if (filling.free[bin * dimensions + d]! < 0) return null
  for (let d = 0; d < dimensions; d++) if (rest[depth * dimensions + d]! > totalFree[d]!) return null
  if (extra === null) return 0
  let copies = 0
  for (let bin = 0; bin < binCount; bin++) copies += copiesInBin(filling.free, bin, extra)
  for (let d = 0; d < dimensions; d++) if (extra[d]! > 0) copies = Math.min(copies, Math.floor((totalFree[d]! - rest[depth * dimensions + d]!) / extra[d]!))
  return copies
}

/**
 * Whether a bin tried just before leads to the same packings: as much room, the same rules. Only bins from `from` on
 * were tried; comparing with earlier ones would lose packings, since interchangeable items go in bin order.
 */
function looksTheSame({ packing, filling }: Search, from: number, bin: number): boolean {
  for (let other = from; other < bin; other++) if (sameBin(packing, filling, other, bin)) return true
  return false
}

function sameBin(packing: BinPacking, filling: Filling, a: number, b: number): boolean {
  const { binCount, dimensions, itemCount, allowed } = packing
  for (let d = 0; d < dimensions; d++) if (filling.free[a * dimensions + d] !== filling.free[b * dimensions + d]) return false
  for (let at = 0; at < filling.taken.length; at += binCount) if (filling.taken[at + a] !== filling.taken[at + b]) return false
  if (allowed === null) return true
  for (let item = 0; item < itemCount; item++) if (allowed[item * binCount + a] !== allowed[item * binCount + b]) return false
  return true
}

function enter({ packing, filling, totalFree }: Search, item: number, bin: number): void {
  put(packing, filling, item, bin)
  for (let d = 0; d < packing.dimensions; d++) totalFree[d]! -= packing.size[item * packing.dimensions + d]!
}

function leave({ packing, filling, totalFree }: Search, item: number): void {
  takeOut(packing, filling, item)
  for (let d = 0; d < packing.dimensions; d++) totalFree[d]! += packing.size[item * packing.dimensions + d]!
}

/** Falling size, with interchangeable items side by side. */
function groupedOrder(packing: BinPacking): Int32Array {
  const rank = new Int32Array(packing.itemCount)
  const falling = fallingOrder(packing, 'largest')
  falling.forEach((item, position) => {
    const before = falling[position - 1]
    rank[item] = before !== undefined && sameSize(packing, before, item) ? rank[before]! : position
  })
  return Int32Array.from(rank.keys()).sort((a, b) => rank[a]! - rank[b]! || compareItems(packing, a, b) || a - b)
}

const sameSize = (packing: BinPacking, a: number, b: number): boolean => {
  for (let d = 0; d < packing.dimensions; d++) if (packing.size[a * packing.dimensions + d] !== packing.size[b * packing.dimensions + d]) return false
  return true
}

/** 0 when two items are interchangeable: same size, same allowed bins, in no group. */
function compareItems(packing: BinPacking, a: number, b: number): number {
  const { binCount, dimensions, size, allowed, groups } = packing
  for (let d = 0; d < dimensions; d++) if (size[a * dimensions + d] !== size[b * dimensions + d]) return size[a * dimensions + d]! - size[b * dimensions + d]!
  if (groups !== null && (groups[a]!.length > 0 || groups[b]!.length > 0)) return Math.sign(groups[a]!.length) - Math.sign(groups[b]!.length) || a - b
  if (allowed === null) return 0
  for (let bin = 0; bin < binCount; bin++) if (allowed[a * binCount + bin] !== allowed[b * binCount + bin]) return allowed[a * binCount + bin]! - allowed[b * binCount + bin]!
  return 0
}
