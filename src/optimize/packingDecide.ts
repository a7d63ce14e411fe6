import { type BinPacking, type Effort, type Filling, copiesInAll } from './packingBins.ts'
import { type ImpossibilityProof, closestBin, extraAtMost, overfullBin, proveImpossible } from './packingBounds.ts'
import { packExactly } from './packingExact.ts'
import { fallingOrder, packGreedily, packWell } from './packingGreedy.ts'

/** Up to this many items the exact search is tried when bounds and heuristics leave a question open. */
export const EXACT_ITEMS_MAX = 40

/** Most effort one exact search may take, in probes. */
const EXACT_PROBES_MAX = 4_000_000

/** What keeps the first item that a heuristic left over out of the bin that comes closest; not a proof by itself. */
export interface Leftover {
  readonly item: number
  readonly dimension: number | null
  readonly bin: number | null
  readonly needed: number
  readonly available: number
}

/** `impossible` has a bound as proof, or (`proof` null) every arrangement was searched and `leftover` shows the nearest miss. */
export type Decision =
  | { readonly kind: 'packed'; readonly binOf: Int32Array }
  | { readonly kind: 'impossible'; readonly proof: ImpossibilityProof }
  | { readonly kind: 'impossible'; readonly proof: null; readonly leftover: Leftover }
  | { readonly kind: 'undecided'; readonly binOf: Int32Array; readonly leftover: Leftover }

/** Whether all items go in: by bounds, then greedily, then by exact search where that is small. */
export function decidePacking(packing: BinPacking, effort: Effort): Decision {
  const overfull = overfullBin(packing)
  if (overfull !== null) return { kind: 'impossible', proof: overfull }
  // The cheapest attempt settles most questions; proofs cost more than it.
  const quick = packGreedily(packing, fallingOrder(packing, 'sum'), 'tight', effort)
  if (quick.unpacked.length === 0) return { kind: 'packed', binOf: quick.filling.binOf }
  const proof = chargedProof(packing, effort)
  if (proof !== null) return { kind: 'impossible', proof }
  const packed = packWell(packing, effort)
  const first = packed.unpacked[0]
  if (first === undefined) return { kind: 'packed', binOf: packed.filling.binOf }
  const leftover = leftoverOf(packing, packed.filling, first)
  if (packing.itemCount > EXACT_ITEMS_MAX) return { kind: 'undecided', binOf: packed.filling.binOf, leftover }
  const exact = withinLimit(effort, (own) => packExactly(packing, null, own))
  if (exact.kind === 'best') return { kind: 'packed', binOf: exact.binOf }
  return exact.kind === 'impossible' ? { kind: 'impossible', proof: null, leftover } : { kind: 'undecided', binOf: packed.filling.binOf, leftover }
}

/** Bounds look at each item and bin about a hundred times. */
const PROOF_PROBES = 100

function chargedProof(packing: BinPacking, effort: Effort): ImpossibilityProof | null {
  effort.left -= PROOF_PROBES * (packing.itemCount + packing.binCount)
  return proveImpossible(packing)
}

function leftoverOf(packing: BinPacking, filling: Filling, item: number): Leftover {
  const lack = closestBin(packing, filling.free, item, (bin) => packing.groups === null || packing.groups[item]!.every((group) => filling.taken[group * packing.binCount + bin] === 0))
  return { item, ...(lack ?? { dimension: null, bin: null, needed: 1, available: 0 }) }
}

function withinLimit<T>(effort: Effort, work: (own: Effort) => T): T {
  const own = { left: Math.min(effort.left, EXACT_PROBES_MAX) }
  const before = own.left
  const outcome = work(own)
  effort.left -= before - own.left
  return outcome
}

/** How many more items of one size fit beside all others. `atLeast` null: no packing of the others was found. */
export interface ExtraRange {
  readonly atLeast: number | null
  readonly atMost: number
}

/**
 * Bounds on how many items of size `extra` fit beside the packing's own, which may be arranged at will. Both hold; where
 * they meet, the number is exact. Looks no further than `enough`.
 */
export function rangeOfExtra(packing: BinPacking, extra: Float64Array, enough: number, effort: Effort): ExtraRange {
  if (overfullBin(packing) !== null) return { atLeast: null, atMost: 0 }
  effort.left -= PROOF_PROBES * (packing.itemCount + packing.binCount)
  const atMost = extraAtMost(packing, extra)
  const wanted = Math.min(atMost, enough)
  const greedy = greedyExtra(packing, extra, wanted, effort)
  if (greedy !== null && greedy >= wanted) return { atLeast: greedy, atMost }
  if (greedy === null && chargedProof(packing, effort) !== null) return { atLeast: null, atMost: 0 }
  if (packing.itemCount <= EXACT_ITEMS_MAX) {
    const exact = withinLimit(effort, (own) => packExactly(packing, extra, own))
    if (exact.kind === 'best') return { atLeast: exact.copies, atMost: exact.copies }
    if (exact.kind === 'impossible') return { atLeast: null, atMost: 0 }
    return { atLeast: exact.binOf === null ? greedy : Math.max(greedy ?? 0, exact.copies), atMost }
  }
  return { atLeast: extraAsItems(packing, extra, greedy, wanted, effort), atMost }
}

/** Whether at least `wanted` items of size `extra` fit beside the packing's own; null when that is not decided. */
export function holdsExtra(packing: BinPacking, extra: Float64Array, wanted: number, effort: Effort): boolean | null {
  if (overfullBin(packing) !== null) return false
  const greedy = greedyExtra(packing, extra, wanted, effort)
  if (greedy !== null && greedy >= wanted) return true
  if (extraAtMost(packing, extra) < wanted || chargedProof(packing, effort) !== null) return false
  if (packing.itemCount > EXACT_ITEMS_MAX) return null
  const exact = withinLimit(effort, (own) => packExactly(packing, extra, own, wanted))
  if (exact.kind === 'impossible') return false
  return exact.copies >= wanted && exact.binOf !== null ? true : exact.kind === 'best' ? false : null
}

/** Packs the others, then counts copies in the room that is left. */
function greedyExtra(packing: BinPacking, extra: Float64Array, wanted: number, effort: Effort): number | null {
  let most: number | null = null
  for (const [by, rule] of [['sum', 'tight'], ['largest', 'tight'], ['largest', 'spread']] as const) {
    if (effort.left <= 0 && by !== 'sum') break
    const packed = packGreedily(packing, fallingOrder(packing, by), rule, effort)
    if (packed.unpacked.length === 0) most = Math.max(most ?? 0, copiesInAll(packed.filling.free, packing.binCount, extra))
    if (most !== null && most >= wanted) return most
  }
  if (most !== null || effort.left <= 0) return most
  const packed = packWell(packing, effort)
  return packed.unpacked.length === 0 ? copiesInAll(packed.filling.free, packing.binCount, extra) : null
}

const EXTRA_ITEMS_MAX = 4_000

/** Packs copies among the others, large first, for the largest number that a bisection finds to go in. */
function extraAsItems(packing: BinPacking, extra: Float64Array, known: number | null, wanted: number, effort: Effort): number | null {
  let low = known ?? 0
  let high = Math.min(wanted, low + EXTRA_ITEMS_MAX) + 1
  let found = known
  // Where another packing has set what is wanted, that number is often just reached.
  let middle = high - 1
  for (; high - low > 1 && effort.left > 0; middle = Math.floor((low + high) / 2)) {
    if (packWell(withCopies(packing, extra, middle), effort).unpacked.length === 0) {
      low = middle
      found = middle
    } else {
      high = middle
    }
  }
  return found
}

/** The packing with that many more items of one size, which no rule concerns. */
export function withCopies(packing: BinPacking, extra: Float64Array, copies: number): BinPacking {
  const { binCount, dimensions, itemCount } = packing
  const size = new Float64Array((itemCount + copies) * dimensions)
  size.set(packing.size)
  for (let copy = 0; copy < copies; copy++) size.set(extra, (itemCount + copy) * dimensions)
  let allowed: Uint8Array | null = null
  if (packing.allowed !== null) {
    allowed = new Uint8Array((itemCount + copies) * binCount).fill(1)
    allowed.set(packing.allowed)
  }
  const groups = packing.groups === null ? null : [...packing.groups, ...Array.from({ length: copies }, () => [])]
  return { ...packing, itemCount: itemCount + copies, size, allowed, groups }
}
