import type { BinPacking } from './packingBins.ts'

/**
 * Why a packing can't exist. `overfull`: a bin holds too much already. `item`: an item has no bin that could take it.
 * `sum`: the items together are larger than the bins. `whole`: they are not, but items can't be cut, and the whole ones
 * don't go in. `group`: more members that must be apart than bins. Needed and available are in the dimension's unit
 * (for `group` in items and bins); `dimension` null: rules alone forbid it.
 */
export interface ImpossibilityProof {
  readonly kind: 'overfull' | 'item' | 'sum' | 'whole' | 'group'
  readonly dimension: number | null
  readonly bin: number | null
  readonly item: number | null
  readonly needed: number
  readonly available: number
}

const THRESHOLDS_MAX = 48

/** A proof that not all items go in, or null when the bounds do not show it. Never claims it wrongly. */
export function proveImpossible(packing: BinPacking): ImpossibilityProof | null {
  return overfullBin(packing) ?? homelessItem(packing) ?? sumTooLarge(packing) ?? groupTooLarge(packing) ?? wholeTooLarge(packing)
}

/** The proof that a bin holds too much already, or null. Cheap; the greedy packings rely on it having been asked. */
export function overfullBin({ free, binCount, dimensions }: BinPacking): ImpossibilityProof | null {
  for (let bin = 0; bin < binCount; bin++) {
    for (let d = 0; d < dimensions; d++) {
      const room = free[bin * dimensions + d]!
      if (room < 0) return { kind: 'overfull', dimension: d, bin, item: null, needed: -room, available: 0 }
    }
  }
  return null
}

function sumTooLarge(packing: BinPacking): ImpossibilityProof | null {
  let worst: ImpossibilityProof | null = null
  for (let d = 0; d < packing.dimensions; d++) {
    const needed = sum(column(packing.size, packing.itemCount, packing.dimensions, d))
    const available = sum(column(packing.free, packing.binCount, packing.dimensions, d))
    if (needed <= available) continue
    if (worst === null || needed * worst.available > worst.needed * available) worst = { kind: 'sum', dimension: d, bin: null, item: null, needed, available }
  }
  return worst
}

function homelessItem(packing: BinPacking): ImpossibilityProof | null {
  for (let item = 0; item < packing.itemCount; item++) {
    const lack = closestBin(packing, packing.free, item, (bin) => packing.groups === null || packing.groups[item]!.every((group) => packing.taken[group * packing.binCount + bin] === 0))
    if (lack !== null) return { kind: 'item', item, ...lack }
  }
  return null
}

/**
 * What keeps an item out of the bin that comes closest to taking it: the dimension that is most short there. Null when
 * some bin takes it. Bins that `mayEnter` or the packing's `allowed` exclude don't count; with none left the dimension is null.
 */
export function closestBin(packing: BinPacking, free: Float64Array, item: number, mayEnter: (bin: number) => boolean): { dimension: number | null; bin: number | null; needed: number; available: number } | null {
  const { binCount, dimensions, size, allowed } = packing
  let closest: { dimension: number | null; bin: number | null; needed: number; available: number } = { dimension: null, bin: null, needed: 1, available: 0 }
  let least: number | null = null
  for (let bin = 0; bin < binCount; bin++) {
    if ((allowed !== null && allowed[item * binCount + bin] === 0) || !mayEnter(bin)) continue
    let ratio = 0
    let short: number | null = null
    for (let d = 0; d < dimensions; d++) {
      const needed = size[item * dimensions + d]!
      const lack = (needed - free[bin * dimensions + d]!) / needed
      if (needed > free[bin * dimensions + d]! && lack > ratio) {
        ratio = lack
        short = d
      }
    }
    if (short === null) return null
    if (least === null || ratio < least) {
      least = ratio
      closest = { dimension: short, bin, needed: size[item * dimensions + short]!, available: Math.max(0, free[bin * dimensions + short]!) }
    }
  }
  return closest
}

function groupTooLarge(packing: BinPacking): ImpossibilityProof | null {
  if (packing.groups === null || packing.binCount === 0) return null
  const groupCount = packing.taken.length / packing.binCount
  const members = new Int32Array(groupCount)
  for (const groups of packing.groups) for (const group of groups) members[group]!++
  for (let group = 0; group < groupCount; group++) {
    let open = 0
    for (let bin = 0; bin < packing.binCount; bin++) if (packing.taken[group * packing.binCount + bin] === 0) open++
    if (members[group]! > open) return { kind: 'group', dimension: null, bin: null, item: packing.groups.findIndex((groups) => groups.includes(group)), needed: members[group]!, available: open }
  }
  return null
}

function wholeTooLarge(packing: BinPacking): ImpossibilityProof | null {
  for (let d = 0; d < packing.dimensions; d++) {
    const lack = wholeLack(column(packing.free, packing.binCount, packing.dimensions, d), column(packing.size, packing.itemCount, packing.dimensions, d))
    if (lack !== null) return { kind: 'whole', dimension: d, bin: null, item: null, ...lack }
  }
  return null
}

/**
 * Whether whole items of one dimension can't go into bins although their sum does. Tries two families of superadditive
 * functions f (the sum of f over what shares a bin never passes f of the bin, so the totals must compare too):
 * floor(x / q), and Martello and Toth's L2 form (1990, section 8.3): items above C - e count as a whole bin, those
 * below e as nothing; a bin above C - e holds at most C of it, a smaller one its size.
 */
export function wholeLack(rooms: Float64Array, sizes: Float64Array): { needed: number; available: number } | null {
  const largest = rooms.reduce((max, room) => Math.max(max, room), 0)
  for (const q of thresholds(sizes, largest)) {
    const needed = sumBy(sizes, (size) => Math.floor(size / q)) * q
    const available = sumBy(rooms, (room) => Math.floor(room / q)) * q
    if (needed > available) return { needed, available }
    if (q * 2 > largest) continue
    const neededWide = sumBy(sizes, (size) => widened(size, q, largest))
    const availableWide = sumBy(rooms, (room) => widenedRoom(room, q, largest))
    if (neededWide > availableWide) return { needed: neededWide, available: availableWide }
  }
  return null
}

const widened = (size: number, threshold: number, largest: number): number => (size > largest - threshold ? largest : size < threshold ? 0 : size)
const widenedRoom = (room: number, threshold: number, largest: number): number => (room > largest - threshold ? largest : room)

/** Values at which the bounds can change: sizes that occur, and just above the largest bin's parts. */
function thresholds(sizes: Float64Array, largest: number): number[] {
  const distinct = [...new Set(sizes)].filter((size) => size > 0).sort((a, b) => a - b)
  const stride = Math.max(1, Math.ceil(distinct.length / THRESHOLDS_MAX))
  const parts = [1, 2, 3, 4, 5, 6].map((part) => Math.floor(largest / (part + 1)) + 1)
  return [...distinct.filter((_, index) => index % stride === 0 || index === distinct.length - 1), ...parts]
}

/**
 * An upper bound on how many items of size `extra` go in beside all items of the packing; rules are left out, so it
 * holds with them too. The best of: whole copies a bin, sums a dimension, and the superadditive functions of `wholeLack`.
 */
export function extraAtMost(packing: BinPacking, extra: Float64Array): number {
  const { binCount, dimensions, free, itemCount, size } = packing
  const bounds = [copiesWholeBins(packing, extra)]
  for (let d = 0; d < dimensions; d++) {
    const width = extra[d]!
    if (width === 0) continue
    const rooms = column(free, binCount, dimensions, d)
    const sizes = column(size, itemCount, dimensions, d)
    bounds.push(Math.floor((sum(rooms) - sum(sizes)) / width), ...wholeBounds(rooms, sizes, width), ...wideBounds(rooms, sizes, width))
  }
  return Math.max(0, bounds.reduce((least, bound) => Math.min(least, bound)))
}

function wholeBounds(rooms: Float64Array, sizes: Float64Array, width: number): number[] {
  const parts = [1, 2, 3, 4, 5, 6, 7, 8].map((part) => Math.floor(width / part)).filter((q) => q > 0)
  return parts.map((q) => Math.floor((sumBy(rooms, (room) => Math.floor(room / q)) - sumBy(sizes, (item) => Math.floor(item / q))) / Math.floor(width / q)))
}

function wideBounds(rooms: Float64Array, sizes: Float64Array, width: number): number[] {
  const largest = rooms.reduce((max, room) => Math.max(max, room), 0)
  const usable = [...new Set([...thresholds(sizes, largest), width])].filter((threshold) => threshold <= width && threshold * 2 <= largest)
  return usable.map((threshold) => {
    const left = sumBy(rooms, (room) => widenedRoom(room, threshold, largest)) - sumBy(sizes, (size) => widened(size, threshold, largest))
    return Math.floor(left / widened(width, threshold, largest))
  })
}

/** Copies that empty bins would hold: what the packing's own items take is left out. */
function copiesWholeBins({ binCount, dimensions, free }: BinPacking, extra: Float64Array): number {
  let copies = 0
  for (let bin = 0; bin < binCount; bin++) {
    let here: number | null = null
    for (let d = 0; d < dimensions; d++) {
      if (extra[d] === 0) continue
      const whole = Math.floor(Math.max(0, free[bin * dimensions + d]!) / extra[d]!)
      here = here === null ? whole : Math.min(here, whole)
    }
    copies += here ?? 0
  }
  return copies
}

function column(values: Float64Array, rows: number, width: number, at: number): Float64Array {
  const picked = new Float64Array(rows)
  for (let row = 0; row < rows; row++) picked[row] = values[row * width + at]!
  return picked
}

const sum = (values: Float64Array): number => sumBy(values, (value) => value)

function sumBy(values: Float64Array, amount: (value: number) => number): number {
  let total = 0
  for (const value of values) total += amount(value)
  return total
}
