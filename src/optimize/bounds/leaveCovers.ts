import { type GroupRule, type Problem, UNASSIGNED } from '../problem.ts'
import type { Cover } from './covers.ts'

const TOLERANCE = 1e-9

/** Which items must leave their bins so that hard capacities and rules hold; with `soft`, what soft ones would charge for not leaving too. */
export function leaveCovers(problem: Problem, soft: boolean): Cover[] {
  return [...capacityCovers(problem), ...ruleCovers(problem, soft), ...(soft ? excessCovers(problem) : [])]
}

/** Bins over their capacity before anything moves: sizes, and how many items at least (largest first), in every dimension. */
function capacityCovers(problem: Problem): Cover[] {
  const { binCount, dimensions, capacity } = problem
  const present = presentLoads(problem)
  const held = heldItems(problem)
  const covers: Cover[] = []
  for (let bin = 0; bin < binCount; bin++) {
    const own: Cover[] = []
    for (let d = 0; d < dimensions; d++) {
      const limit = capacity[bin * dimensions + d]!
      const need = present[bin * dimensions + d]! - limit
      if (need <= TOLERANCE * Math.max(1, limit)) continue
      own.push(...sizeAndCount(problem, held(bin), d, need, Infinity))
    }
    covers.push(...own.sort((a, b) => weightOf(b) - weightOf(a)))
  }
  return covers
}

/** Covers with equal amounts are the number of items: the stronger, the more of them. */
const weightOf = ({ amounts, need }: Cover): number => need / amounts.reduce((most, amount) => Math.max(most, amount), 0)

function excessCovers(problem: Problem): Cover[] {
  const { binCount, dimensions, terms } = problem
  const present = presentLoads(problem)
  const held = heldItems(problem)
  const covers: Cover[] = []
  for (const term of terms) {
    if (term.kind !== 'excess' || problem.transient[term.dimension] === 1) continue
    for (let bin = 0; bin < binCount; bin++) {
      const need = present[bin * dimensions + term.dimension]! - term.limit[bin]!
      const penalty = term.weight * term.scale[bin]!
      if (need > TOLERANCE * Math.max(1, term.limit[bin]!) && penalty > 0) covers.push(...sizeAndCount(problem, held(bin), term.dimension, need, penalty))
    }
  }
  return covers
}

function sizeAndCount({ demand, dimensions, transient }: Problem, items: readonly number[], d: number, need: number, penalty: number): Cover[] {
  // What leaves a bin in a transient dimension still counts there.
  const able = transient[d] === 1 ? [] : items.filter((item) => demand[item * dimensions + d]! > 0)
  return withCount(able, able.map((item) => demand[item * dimensions + d]!), need, penalty)
}

/** The cover by amount; and, where it is hard, by number: so many items at least, largest first. */
function withCount(items: readonly number[], amounts: readonly number[], need: number, penalty: number): Cover[] {
  const byAmount = { items, amounts, need, penalty }
  if (penalty !== Infinity) return [byAmount]
  let fewest = 0
  let sum = 0
  for (const amount of amounts.toSorted((a, b) => b - a)) {
    if (sum >= need - TOLERANCE * Math.max(1, need)) break
    sum += amount
    fewest++
  }
  return [byAmount, { items, amounts: amounts.map(() => 1), need: fewest, penalty }].filter((cover) => cover === byAmount || fewest > 0)
}

function presentLoads({ binCount, dimensions, itemCount, base, demand, initial }: Problem): Float64Array {
  const loads = base.slice(0, binCount * dimensions)
  for (let item = 0; item < itemCount; item++) {
    const bin = initial[item]!
    if (bin !== UNASSIGNED) for (let d = 0; d < dimensions; d++) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
  }
  return loads
}

/** Movable items of each bin. */
function heldItems({ binCount, itemCount, initial, movable }: Problem): (bin: number) => readonly number[] {
  const held: number[][] = Array.from({ length: binCount }, () => [])
  for (let item = 0; item < itemCount; item++) if (initial[item] !== UNASSIGNED && movable[item] === 1) held[initial[item]!]!.push(item)
  return (bin) => held[bin]!
}

function ruleCovers(problem: Problem, soft: boolean): Cover[] {
  return problem.rules.filter((rule) => soft || rule.weight === null).flatMap((rule) => coversOf(problem, rule, rule.weight ?? Infinity))
}

/** What a rule asks of items that are somewhere; leaving the zone takes leaving the bin. */
function coversOf(problem: Problem, rule: GroupRule, penalty: number): Cover[] {
  const { initial, movable } = problem
  const zoneOf = (item: number): number => (initial[item] === UNASSIGNED ? UNASSIGNED : rule.zoneOf[initial[item]!]!)
  const inZone = zonesOf(rule.members, zoneOf, rule.zoneCount)
  const cover = (items: readonly number[], need: number, amounts: readonly number[], price = penalty): Cover[] => {
    const able = items.map((item, at) => ({ item, amount: amounts[at]! })).filter(({ item, amount }) => movable[item] === 1 && amount > 0)
    return need > TOLERANCE ? withCount(able.map(({ item }) => item), able.map(({ amount }) => amount), need, price) : []
  }
  const ones = (items: readonly number[]): number[] => items.map(() => 1)
  switch (rule.kind) {
    case 'perZoneMax': {
      const position = new Map(Array.from(rule.members, (item, at) => [item, at]))
      return inZone.flatMap((items, zone) => {
        const amounts = items.map((item) => (rule.amount === null ? 1 : rule.amount[position.get(item)!]!))
        return cover(items, amounts.reduce((sum, amount) => sum + amount, 0) - rule.max[zone]!, amounts)
      })
    }
    case 'zonesMin': {
      const waiting = rule.members.filter((item) => initial[item] === UNASSIGNED && movable[item] === 1).length
      const placed = rule.members.filter((item) => initial[item] !== UNASSIGNED).length + waiting
      const used = inZone.filter((items) => items.length > 0).length
      // Members in no zone may enter one as well, so that they count as able.
      return cover([...rule.members].filter((item) => initial[item] !== UNASSIGNED), Math.min(rule.min, placed) - used - waiting, ones([...rule.members].filter((item) => initial[item] !== UNASSIGNED)))
    }
    case 'zonesMax': {
      const counts = inZone.map((items) => items.length).sort((a, b) => b - a)
      const next = counts[rule.max] ?? 0
      const members = inZone.flat()
      return next === 0 ? [] : cover(members, counts.slice(rule.max).reduce((sum, count) => sum + count, 0), ones(members), penalty / next)
    }
    case 'needs': {
      const others = zonesOf(rule.others, zoneOf, rule.zoneCount)
      const waits = rule.others.some((item) => initial[item] === UNASSIGNED && movable[item] === 1)
      if (waits) return []
      return inZone.flatMap((items, zone) => (items.length === 0 || others[zone]!.length > 0 ? [] : cover([...new Set([...items, ...rule.others])], 1, ones([...new Set([...items, ...rule.others])]))))
    }
    case 'exclusive': {
      const others = zonesOf(rule.others, zoneOf, rule.zoneCount)
      return inZone.flatMap((items, zone) => {
        const both = [...new Set([...items, ...others[zone]!])]
        return both.length < items.length + others[zone]!.length ? [] : cover(both, Math.min(items.length, others[zone]!.length), ones(both))
      })
    }
  }
}

function zonesOf(items: Int32Array, zoneOf: (item: number) => number, zoneCount: number): number[][] {
  const zones: number[][] = Array.from({ length: zoneCount }, () => [])
  for (const item of items) {
    const zone = zoneOf(item)
    if (zone !== UNASSIGNED) zones[zone]!.push(item)
  }
  return zones
}
