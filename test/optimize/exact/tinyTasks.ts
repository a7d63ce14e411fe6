import fc from 'fast-check'
import type { BinTask } from '../../../src/optimize/exact/binTask.ts'

/** Tasks of at most six items in up to three classes, with and without limits. */
export const tinyTask = (): fc.Arbitrary<BinTask> => fc.integer({ min: 1, max: 2 }).chain((dimensions) => {
  const amounts = (min: number, max: number): fc.Arbitrary<Float64Array> => fc.array(fc.integer({ min, max }), { minLength: dimensions, maxLength: dimensions }).map((values) => Float64Array.from(values))
  return fc.record({
    dimensions: fc.constant(dimensions),
    flavours: fc.array(fc.record({ size: amounts(0, 7).filter((size) => size.some((amount) => amount > 0)), count: fc.integer({ min: 0, max: 3 }) }), { maxLength: 4 }).filter((flavours) => flavours.reduce((sum, { count }) => sum + count, 0) <= 6),
    classes: fc.array(fc.record({ room: amounts(3, 12), cost: fc.constantFrom(1, 1, 2, 3, 2.5), count: fc.constantFrom(null, null, 1, 2) }), { minLength: 1, maxLength: 3 }),
  })
})

/** Least cost by putting each item into every bin opened so far or a new one; null when none holds them all. */
export function leastCost({ dimensions, flavours, classes }: BinTask): number | null {
  const items = flavours.flatMap(({ size, count }) => Array.from({ length: count }, () => size))
  const bins: { room: Float64Array; cost: number }[] = []
  const used = classes.map(() => 0)
  let best: number | null = null
  const fits = (size: Float64Array, room: Float64Array): boolean => size.every((amount, d) => amount <= room[d]!)
  const visit = (item: number, cost: number): void => {
    if (best !== null && cost >= best) return
    if (item === items.length) {
      best = cost
      return
    }
    const size = items[item]!
    for (const bin of bins) {
      if (!fits(size, bin.room)) continue
      for (let d = 0; d < dimensions; d++) bin.room[d]! -= size[d]!
      visit(item + 1, cost)
      for (let d = 0; d < dimensions; d++) bin.room[d]! += size[d]!
    }
    classes.forEach((one, binClass) => {
      if (!fits(size, one.room) || (one.count !== null && used[binClass]! >= one.count)) return
      used[binClass]!++
      bins.push({ room: one.room.map((room, d) => room - size[d]!), cost: one.cost })
      visit(item + 1, cost + one.cost)
      bins.pop()
      used[binClass]!--
    })
  }
  visit(0, 0)
  return best
}
