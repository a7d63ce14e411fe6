import { type Effort, type Filling, type BinPacking, NO_BIN, hasRoom, mayEnter, put, startFilling, takeOut } from './packingBins.ts'

/** `tight` fills the fullest bin that takes the item (best fit), `spread` the emptiest. */
export type GreedyRule = 'tight' | 'spread'

export interface GreedyPacking {
  readonly filling: Filling
  /** Items that found no bin, in the order they were tried. */
  readonly unpacked: readonly number[]
}

const REPAIR_PROBES_MAX = 400_000

/** Items by falling size; `largest` compares their scarcest dimension, `sum` all dimensions together. Ties by index. */
export function fallingOrder(packing: BinPacking, by: 'largest' | 'sum'): Int32Array {
  const weight = scarcity(packing)
  const key = new Float64Array(packing.itemCount)
  for (let item = 0; item < packing.itemCount; item++) {
    for (let d = 0; d < packing.dimensions; d++) {
      const part = packing.size[item * packing.dimensions + d]! * weight[d]!
      key[item] = by === 'sum' ? key[item]! + part : Math.max(key[item]!, part)
    }
  }
  return Int32Array.from(key.keys()).sort((a, b) => key[b]! - key[a]! || a - b)
}

/** Per dimension, what one unit weighs: items' total over (bins' total)^2, so that a scarce dimension counts for more. */
function scarcity(packing: BinPacking): Float64Array {
  const weight = new Float64Array(packing.dimensions)
  for (let d = 0; d < packing.dimensions; d++) {
    let room = 0
    let need = 0
    for (let bin = 0; bin < packing.binCount; bin++) room += Math.max(0, packing.free[bin * packing.dimensions + d]!)
    for (let item = 0; item < packing.itemCount; item++) need += packing.size[item * packing.dimensions + d]!
    weight[d] = room === 0 ? 0 : Math.max(need, room * 1e-3) / (room * room)
  }
  return weight
}

/** Packs the items in the given order, each into the bin that the rule likes best. O(items x bins). */
export function packGreedily(packing: BinPacking, order: Int32Array, rule: GreedyRule, effort: Effort): GreedyPacking {
  const filling = startFilling(packing)
  const weight = scarcity(packing)
  const unpacked: number[] = []
  effort.left -= packing.itemCount * packing.binCount
  for (const item of order) {
    const bin = likedBin(packing, filling, item, rule, weight)
    if (bin === NO_BIN) unpacked.push(item)
    else put(packing, filling, item, bin)
  }
  return { filling, unpacked }
}

function likedBin(packing: BinPacking, filling: Filling, item: number, rule: GreedyRule, weight: Float64Array): number {
  const { binCount, dimensions, size } = packing
  const { free } = filling
  const sign = rule === 'tight' ? 1 : -1
  let best = NO_BIN
  let bestLeft = 0
  for (let bin = 0; bin < binCount; bin++) {
    let left = 0
    let fits = true
    for (let d = 0; d < dimensions && fits; d++) {
      const room = free[bin * dimensions + d]!
      fits = size[item * dimensions + d]! <= room
      left += sign * room * weight[d]!
    }
    if (!fits || (best !== NO_BIN && left >= bestLeft) || !mayEnter(packing, filling, item, bin)) continue
    best = bin
    bestLeft = left
  }
  return best
}

/**
 * The best of several greedy packings, the last one repaired by moving one item out of the way at a time. Complete when
 * `unpacked` is empty; an incomplete one proves nothing.
 */
export function packWell(packing: BinPacking, effort: Effort): GreedyPacking {
  let best: GreedyPacking | null = null
  for (const [by, rule] of [['sum', 'tight'], ['largest', 'tight'], ['largest', 'spread']] as const) {
    if (best !== null && effort.left <= 0) break
    const packed = packGreedily(packing, fallingOrder(packing, by), rule, effort)
    if (packed.unpacked.length === 0) return packed
    if (best === null || packed.unpacked.length < best.unpacked.length) best = packed
  }
  return repair(packing, best!, effort)
}

/** For each item left over, looks for a bin in which moving one other item elsewhere makes room. */
function repair(packing: BinPacking, packed: GreedyPacking, effort: Effort): GreedyPacking {
  const probes: Effort = { left: Math.min(REPAIR_PROBES_MAX, effort.left) }
  const before = probes.left
  const unpacked = packed.unpacked.filter((item) => !makeRoom(packing, packed.filling, item, probes))
  effort.left -= before - probes.left
  return { filling: packed.filling, unpacked }
}

function makeRoom(packing: BinPacking, filling: Filling, item: number, probes: Effort): boolean {
  for (let other = 0; other < packing.itemCount && probes.left > 0; other++) {
    const bin = filling.binOf[other]!
    if (bin === NO_BIN) continue
    probes.left--
    takeOut(packing, filling, other)
    if (hasRoom(packing, filling, item, bin) && mayEnter(packing, filling, item, bin)) {
      put(packing, filling, item, bin)
      const elsewhere = firstBin(packing, filling, other, probes)
      if (elsewhere !== NO_BIN) {
        put(packing, filling, other, elsewhere)
        return true
      }
      takeOut(packing, filling, item)
    }
    put(packing, filling, other, bin)
  }
  return false
}

function firstBin(packing: BinPacking, filling: Filling, item: number, probes: Effort): number {
  for (let bin = 0; bin < packing.binCount; bin++) {
    probes.left--
    if (hasRoom(packing, filling, item, bin) && mayEnter(packing, filling, item, bin)) return bin
  }
  return NO_BIN
}
