/**
 * Items of several dimensions to be packed into bins, in columns. Sizes and room are whole numbers (in a unit small
 * enough), so that sums are exact and every order of adding up agrees. All are below 2^53 in sum.
 */
export interface BinPacking {
  readonly dimensions: number
  readonly binCount: number
  readonly itemCount: number
  /** Room of bin b in dimension d at `[b * dimensions + d]`; negative when the bin is over-full already. */
  readonly free: Float64Array
  /** Size of item i in dimension d at `[i * dimensions + d]`. */
  readonly size: Float64Array
  /** 1 at `[i * binCount + b]` when item i may go into bin b; null: every item may go anywhere. */
  readonly allowed: Uint8Array | null
  /** Per item, the groups it is in; two members of a group never share a bin. Null: no groups. */
  readonly groups: readonly (readonly number[])[] | null
  /** Members of group g that bin b holds already, at `[g * binCount + b]`. */
  readonly taken: Uint8Array
}

export const NO_BIN = -1

/** Work that may still be done, in probes of one item against one bin: a limit that repeats, unlike time. */
export interface Effort {
  left: number
}

/** A packing while it is being filled: a private copy of what is free and taken. */
export interface Filling {
  readonly free: Float64Array
  readonly taken: Uint8Array
  /** Bin per item, NO_BIN while it is not packed. */
  readonly binOf: Int32Array
}

export const startFilling = (packing: BinPacking): Filling => ({
  free: packing.free.slice(), taken: packing.taken.slice(), binOf: new Int32Array(packing.itemCount).fill(NO_BIN),
})

/** Whether rules let the item into the bin, room aside. */
export function mayEnter(packing: BinPacking, filling: Filling, item: number, bin: number): boolean {
  if (packing.allowed !== null && packing.allowed[item * packing.binCount + bin] === 0) return false
  if (packing.groups === null) return true
  for (const group of packing.groups[item]!) if (filling.taken[group * packing.binCount + bin] !== 0) return false
  return true
}

/** Whether the bin has room for the item in every dimension. */
export function hasRoom(packing: BinPacking, filling: Filling, item: number, bin: number): boolean {
  const { dimensions, size } = packing
  const { free } = filling
  for (let d = 0; d < dimensions; d++) if (size[item * dimensions + d]! > free[bin * dimensions + d]!) return false
  return true
}

export function put(packing: BinPacking, filling: Filling, item: number, bin: number): void {
  const { dimensions, size } = packing
  for (let d = 0; d < dimensions; d++) filling.free[bin * dimensions + d]! -= size[item * dimensions + d]!
  if (packing.groups !== null) for (const group of packing.groups[item]!) filling.taken[group * packing.binCount + bin]!++
  filling.binOf[item] = bin
}

export function takeOut(packing: BinPacking, filling: Filling, item: number): void {
  const { dimensions, size } = packing
  const bin = filling.binOf[item]!
  for (let d = 0; d < dimensions; d++) filling.free[bin * dimensions + d]! += size[item * dimensions + d]!
  if (packing.groups !== null) for (const group of packing.groups[item]!) filling.taken[group * packing.binCount + bin]!--
  filling.binOf[item] = NO_BIN
}

/** How many items of the given size one bin's room holds. The size is positive in at least one dimension. */
export function copiesInBin(free: Float64Array, bin: number, size: Float64Array): number {
  let copies: number | null = null
  for (let d = 0; d < size.length; d++) {
    const room = free[bin * size.length + d]!
    if (room < 0) return 0
    if (size[d] === 0) continue
    const here = Math.floor(room / size[d]!)
    if (copies === null || here < copies) copies = here
  }
  return copies ?? 0
}

/** How many items of the given size all bins' rooms hold, with what is packed staying where it is. */
export function copiesInAll(free: Float64Array, binCount: number, size: Float64Array): number {
  let copies = 0
  for (let bin = 0; bin < binCount; bin++) copies += copiesInBin(free, bin, size)
  return copies
}
