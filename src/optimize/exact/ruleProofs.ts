import { type GroupRule, UNASSIGNED } from '../problem.ts'
import type { RuleProblem } from './ruleProblem.ts'

/** Items of which it is proven that they can't all have bins, or null. Cheap: no search. */
export const quickProof = (problem: RuleProblem): readonly number[] | null => withoutBin(problem) ?? tooMuchForRow(problem) ?? tooManyForZones(problem)

/** An item that has no bin, or that is too big for each, beside those that stay. */
function withoutBin({ itemCount, binCount, dimensions, demand, base, capacity, rowOf, rows, fixed }: RuleProblem): readonly number[] | null {
  for (let item = 0; item < itemCount; item++) {
    const row = rows[rowOf[item]!]!
    const fits = (bin: number): boolean => {
      if (row[bin] === 0) return false
      for (let d = 0; d < dimensions; d++) if (demand[item * dimensions + d]! > 0 && base[bin * dimensions + d]! + demand[item * dimensions + d]! > capacity[bin * dimensions + d]!) return false
      return true
    }
    if (fixed[item] !== UNASSIGNED) {
      // What stays and is too much already is nobody's fault.
      if (row[fixed[item]!] === 0) return [item]
      continue
    }
    let bin = 0
    while (bin < binCount && !fits(bin)) bin++
    if (bin === binCount) return [item]
  }
  return null
}

/** Rows looked at against each other; beyond, each only for itself. */
const ROWS_MAX = 200

/** Items that may be in no bins but those of some row, and demand more than these have left. */
function tooMuchForRow(problem: RuleProblem): readonly number[] | null {
  const { itemCount, binCount, dimensions, demand, rowOf, rows, fixed } = problem
  const free = roomBeside(problem)
  const isAlone = rows.length > ROWS_MAX
  const itemsOf: number[][] = rows.map(() => [])
  for (let item = 0; item < itemCount; item++) if (fixed[item] === UNASSIGNED) itemsOf[rowOf[item]!]!.push(item)
  for (const row of rows) {
    const items = rows.flatMap((other, number) => (other === row || (!isAlone && other.every((may, bin) => may <= row[bin]!)) ? itemsOf[number]! : [])).sort((a, b) => a - b)
    for (let d = 0; d < dimensions; d++) {
      let room = 0
      for (let bin = 0; bin < binCount; bin++) if (row[bin] === 1) room += free[bin * dimensions + d]!
      if (items.reduce((sum, item) => sum + demand[item * dimensions + d]!, 0) > room) return [...items, ...Array.from({ length: itemCount }, (_, item) => item).filter((item) => fixed[item] !== UNASSIGNED && row[fixed[item]!] === 1)]
    }
  }
  return null
}

/** What each bin has left beside base and items that stay; none where these are too much. */
function roomBeside({ itemCount, dimensions, demand, base, capacity, fixed }: RuleProblem): Float64Array {
  const free = capacity.map((most, at) => most - base[at]!)
  for (let item = 0; item < itemCount; item++) {
    if (fixed[item] !== UNASSIGNED) for (let d = 0; d < dimensions; d++) free[fixed[item]! * dimensions + d]! -= demand[item * dimensions + d]!
  }
  return free.map((room) => Math.max(0, room))
}

/** Members of a rule that may be in too few zones for all of them: a matching of members to places of zones leaves one out (Hall 1935). */
function tooManyForZones(problem: RuleProblem): readonly number[] | null {
  for (const rule of problem.rules) {
    if (rule.kind !== 'perZoneMax' || rule.amount !== null) continue
    const left = unmatched(problem, rule)
    if (left !== null) return left
  }
  return null
}

/** Zones that each member may be in, the same list for the same row; null: it may be where nobody counts, or in so many zones that one is left whoever comes before. */
function zonesOfMembers({ rowOf, rows, fixed, binCount }: RuleProblem, rule: GroupRule & { readonly kind: 'perZoneMax' }): (readonly number[] | null)[] {
  const byRow = new Map<Uint8Array, readonly number[] | null>()
  const zonesOf = (row: Uint8Array): readonly number[] | null => {
    const zones = new Set<number>()
    for (let bin = 0; bin < binCount; bin++) {
      const zone = rule.zoneOf[bin]!
      if (row[bin] === 0 || (zone !== UNASSIGNED && rule.max[zone]! < 1)) continue
      zones.add(zone)
      if (zone === UNASSIGNED || zones.size >= rule.members.length) return null
    }
    return [...zones]
  }
  return Array.from(rule.members, (item) => {
    const bin = fixed[item]!
    if (bin !== UNASSIGNED) return rule.zoneOf[bin] === UNASSIGNED ? null : [rule.zoneOf[bin]!]
    const row = rows[rowOf[item]!]!
    if (!byRow.has(row)) byRow.set(row, zonesOf(row))
    return byRow.get(row)!
  })
}

/** Members that compete for the same zones, one more than these can hold; null when each finds a place. Augmenting paths. */
function unmatched(problem: RuleProblem, rule: GroupRule & { readonly kind: 'perZoneMax' }): readonly number[] | null {
  const zonesOf = zonesOfMembers(problem, rule)
  const held: number[][] = Array.from({ length: rule.zoneCount }, () => [])
  for (const [member, zones] of zonesOf.entries()) {
    if (zones === null) continue
    const seen = new Set<number>()
    const competing = new Set([member])
    if (!findPlace(member)) return [...competing].map((position) => rule.members[position]!).sort((a, b) => a - b)
    function findPlace(who: number): boolean {
      for (const zone of zonesOf[who]!) {
        if (seen.has(zone)) continue
        seen.add(zone)
        const there = held[zone]!
        if (there.length < Math.floor(rule.max[zone]!)) {
          there.push(who)
          return true
        }
        for (const [place, other] of there.entries()) {
          competing.add(other)
          if (!findPlace(other)) continue
          there[place] = who
          return true
        }
      }
      return false
    }
  }
  return null
}
