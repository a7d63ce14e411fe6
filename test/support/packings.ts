import fc from 'fast-check'
import { expect } from 'vitest'
import type { Move, Packed, Packing } from '../../src/optimize/packing.ts'

export interface Item {
  readonly cpu: number
  readonly memory: number
  readonly at: number | null
  readonly movable: boolean
  readonly resting: boolean
  readonly home: number | null
}

export interface Bin {
  readonly cpu: number
  readonly memory: number
  readonly receives: boolean
  readonly drain: boolean
  readonly relieve: boolean
  readonly cost: number
}

/** A small packing as a test writes it. */
export interface SmallPacking {
  readonly items: readonly Item[]
  readonly bins: readonly Bin[]
  readonly empty: readonly number[]
  readonly emptyMax: number
  readonly spreadMax: number | null
  readonly fit: 'pack' | 'spread'
  readonly movesMax: number
  /** Of these, for anything but relief; all of them without it. */
  readonly othersMax?: number
  readonly fill: number
  readonly relieveTo: number
  /** Pairs of items that may not share a bin. */
  readonly apart: readonly (readonly [number, number])[]
  /** Pairs of items that must share a bin once both have settled. */
  readonly together: readonly (readonly [number, number])[]
}

const bin = fc.record({ cpu: fc.integer({ min: 4, max: 12 }), memory: fc.integer({ min: 4, max: 12 }), receives: fc.constantFrom(true, true, true, false), drain: fc.constantFrom(false, false, false, true), relieve: fc.constantFrom(false, false, true), cost: fc.integer({ min: 0, max: 5 }) })
const item = fc.record({ cpu: fc.integer({ min: 0, max: 6 }), memory: fc.integer({ min: 1, max: 6 }), at: fc.option(fc.nat({ max: 3 }), { freq: 4 }), movable: fc.constantFrom(true, true, true, true, false), resting: fc.constantFrom(false, false, false, true), home: fc.option(fc.nat({ max: 3 }), { freq: 1 }) })

/** Small random packings, in tight and ample memory, with every kind of wish. */
export const packingArbitrary: fc.Arbitrary<SmallPacking> = fc.noBias(fc.record({
  items: fc.array(item, { maxLength: 6, size: 'max' }), bins: fc.array(bin, { minLength: 1, maxLength: 4, size: 'max' }), empty: fc.array(fc.nat({ max: 3 }), { maxLength: 3 }), emptyMax: fc.nat({ max: 2 }), spreadMax: fc.constantFrom(null, null, 0.3, 0.05), fit: fc.constantFrom('pack', 'spread'),
  movesMax: fc.constantFrom(0, 1, 3, 100), othersMax: fc.constantFrom(0, 1, 2, 100, 100), fill: fc.constantFrom(0.65, 0.9), relieveTo: fc.constantFrom(0.4, 0.65), apart: fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })), { maxLength: 2 }), together: fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5 })), { maxLength: 2 }),
})).map(possible)

/** Items stand only where memory has room for them and those before; bins to drain take nothing and are not emptied. */
function possible(problem: SmallPacking): SmallPacking {
  const count = problem.bins.length
  const left = problem.bins.map(({ memory }) => memory)
  const items = problem.items.map((entry, number): Item => {
    const at = entry.at === null ? null : entry.at % count
    const clash = at !== null && problem.apart.some(([a, b]) => (a === number && b < number && problem.items[b]!.at === entry.at) || (b === number && a < number && problem.items[a]!.at === entry.at))
    const fits = at !== null && !clash && (left[at]! -= entry.memory) >= 0
    if (at !== null && !clash && !fits) left[at]! += entry.memory
    return { ...entry, at: fits ? at : null, home: entry.home === null ? null : entry.home % count }
  })
  const bins = problem.bins.map((entry) => ({ ...entry, receives: entry.receives && !entry.drain, relieve: entry.relieve && !entry.drain }))
  const empty = [...new Set(problem.empty.map((number) => number % count))].filter((number) => !bins[number]!.drain && !bins[number]!.relieve)
  const pairs = (list: SmallPacking['apart']): SmallPacking['apart'] => list.filter(([a, b]) => a !== b && a < items.length && b < items.length)
  const apart = pairs(problem.apart)
  const together = pairs(problem.together).filter(([a, b]) => !apart.some((pair) => pair.includes(a) && pair.includes(b)))
  return { ...problem, items, bins, empty, apart, together }
}

export function packingOf(problem: SmallPacking): Packing {
  const { items, bins, empty, emptyMax, spreadMax, fit, movesMax, fill, relieveTo, together } = problem
  const bound = new Set(together.flat())
  const flags = (values: readonly boolean[]): Uint8Array => Uint8Array.from(values, Number)
  return {
    dimensions: 2, itemCount: items.length, binCount: bins.length, loadDimension: 0,
    demand: Float64Array.from(items.flatMap(({ cpu, memory }) => [cpu, memory])), capacity: Float64Array.from(bins.flatMap(({ memory }) => [Infinity, memory])),
    fillLimit: Float64Array.from(bins.flatMap(({ cpu, memory }) => [fill * cpu, memory])), size: Float64Array.from(bins.flatMap(({ cpu, memory }) => [cpu, memory])), base: new Float64Array(bins.length * 2),
    assignment: Int32Array.from(items, ({ at }) => at ?? -1), movable: flags(items.map(({ movable, at }) => movable && at !== null)), resting: flags(items.map(({ resting }, number) => resting || bound.has(number))), moveCost: Float64Array.from(items, ({ memory }) => memory),
    receives: flags(bins.map(({ receives }) => receives)), drain: flags(bins.map(({ drain }) => drain)), relieve: flags(bins.map(({ relieve }) => relieve)), relieveLimit: Float64Array.from(bins, ({ cpu }) => relieveTo * cpu),
    preferred: Int32Array.from(items, ({ home }) => home ?? -1), emptyCandidates: Int32Array.from(empty), emptyMax, spreadMax, fit, binCost: Float64Array.from(bins, ({ cost }) => cost), optionalMovesMax: movesMax, otherMovesMax: Math.min(movesMax, problem.othersMax ?? movesMax),
    allowedRow: new Int32Array(items.length).fill(-1), allowed: [],
    rules: [...problem.apart.map(([a, b], number) => ({ ...pair(a, b, bins.length), name: `apart ${number}`, kind: 'perZoneMax' as const, max: new Float64Array(bins.length).fill(1), amount: null })), ...together.map(([a, b], number) => ({ ...pair(a, b, bins.length), name: `together ${number}`, kind: 'zonesMax' as const, max: 1 }))],
  } satisfies Partial<Packing>
}

const pair = (a: number, b: number, bins: number) => ({ members: Int32Array.of(Math.min(a, b), Math.max(a, b)), zoneOf: Int32Array.from({ length: bins }, (_, number) => number), zoneCount: bins, weight: null })

/** Rules as the pool's are: together binds to where the others are, unless they still stand where the item comes from. */
export const allowed = ({ apart, together }: SmallPacking, number: number, target: number, assignment: ArrayLike<number>): boolean =>
  apart.every(([a, b]) => (a !== number || assignment[b] !== target) && (b !== number || assignment[a] !== target)) &&
  together.filter((pair) => pair.includes(number)).every(([a, b]) => [-1, target, assignment[number]].includes(assignment[a === number ? b : a]))

/** The objective as the packing's documentation states it, on plain lists. */
export function valueOf(problem: SmallPacking, places: readonly (number | null)[]): number {
  const { items, bins, relieveTo, fill, empty } = problem
  const cpuOf = (where: readonly (number | null)[]): number[] => bins.map((_, number) => items.reduce((sum, entry, index) => sum + (where[index] === number ? entry.cpu : 0), 0))
  const cpu = cpuOf(places)
  const before = cpuOf(items.map(({ at }) => at))
  let value = 0
  items.forEach((entry, index) => {
    const place = places[index] ?? null
    if (place === null) value += 1e8
    else if (bins[place]!.drain && (entry.movable || entry.at === null)) value += 1e6
    if (entry.home !== null && place !== entry.home) value += 100
    if (entry.at !== null && place !== entry.at) value += 0.0025 + (0.0075 * entry.memory) / Math.max(...items.map(({ memory }) => memory))
  })
  bins.forEach((entry, number) => {
    if (places.includes(number)) value += entry.cost + (empty.includes(number) ? 10 : 0)
    if (entry.relieve) value += (1e5 * Math.max(0, cpu[number]! - relieveTo * entry.cpu)) / entry.cpu
    value += (1e5 * Math.max(0, cpu[number]! - Math.max(fill * entry.cpu, before[number]!))) / entry.cpu
  })
  return value + 1e3 * unevenness(problem, cpu)
}

/** How far receiving bins are outside the band around their mean, its lower mark taken up to the next hundredth; it counts what is there, waits, or must come. */
function unevenness({ items, bins, spreadMax }: SmallPacking, cpu: readonly number[]): number {
  if (spreadMax === null || !bins.some(({ receives }) => receives)) return 0
  const coming = items.reduce((sum, { cpu: amount, at }) => sum + (at === null || bins[at]!.receives || bins[at]!.drain ? amount : 0), 0)
  const mean = coming / bins.reduce((sum, entry) => sum + (entry.receives ? entry.cpu : 0), 0)
  const low = Math.ceil((mean - spreadMax / 2) * 100) / 100
  return bins.reduce((sum, entry, number) => {
    const utilization = cpu[number]! / entry.cpu
    return entry.receives ? sum + Math.max(0, utilization - (mean + spreadMax / 2)) + Math.max(0, low - Math.min(1, utilization)) : sum
  }, 0)
}

/** The best value over every placement that keeps memory, rules, what receives and what may move. */
export function bestValue(problem: SmallPacking): number {
  const { items, bins } = problem
  const places: (number | null)[] = items.map(({ at }) => at)
  let best = Infinity
  const walk = (index: number): void => {
    if (index === items.length) {
      if (isPossible(problem, places)) best = Math.min(best, valueOf(problem, places))
      return
    }
    const { at, movable } = items[index]!
    const choices = at !== null && !movable ? [at] : [at, ...bins.flatMap((entry, number) => (entry.receives && number !== at ? [number] : []))]
    for (const choice of choices) {
      places[index] = choice
      walk(index + 1)
    }
    places[index] = at
  }
  walk(0)
  return best
}

function isPossible({ items, bins, apart, together }: SmallPacking, places: readonly (number | null)[]): boolean {
  const moved = (index: number): boolean => places[index] !== items[index]!.at
  if (apart.some(([a, b]) => places[a] !== null && places[a] === places[b] && (moved(a) || moved(b)))) return false
  // A pair that is apart already is no farther apart elsewhere.
  const wasApart = (a: number, b: number): boolean => items[a]!.at !== null && items[b]!.at !== null && items[a]!.at !== items[b]!.at
  if (together.some(([a, b]) => places[a] !== null && places[b] !== null && places[a] !== places[b] && !wasApart(a, b) && (moved(a) || moved(b)))) return false
  return bins.every((entry, number) => {
    const held = items.reduce((sum, { memory }, index) => sum + (places[index] === number ? memory : 0), 0)
    const entered = items.some((_, index) => places[index] === number && moved(index))
    return !entered || held <= entry.memory
  })
}

export const OPTIONAL = new Set(['relieve', 'preferred', 'empty', 'spread'])

/** Walks the moves one by one. */
export function replay(problem: SmallPacking, moves: readonly Move[]): (number | null)[] {
  const places: (number | null)[] = problem.items.map(({ at }) => at)
  for (const { item: index, source, target, cause } of moves) {
    const entry = problem.items[index]!
    expect(places[index] ?? -1).toBe(source)
    expect(problem.bins[target]!.receives, `bin ${target} receives`).toBe(true)
    expect(entry.movable || source === -1, `item ${index} may move`).toBe(true)
    if (OPTIONAL.has(cause)) expect(cause === 'preferred' || !(entry.resting || problem.together.some((pair) => pair.includes(index))), `item ${index} rests`).toBe(true)
    expect(allowed(problem, index, target, places.map((place) => place ?? -1)), 'rules').toBe(true)
    places[index] = target
    const held = problem.items.reduce((sum, { memory }, other) => sum + (places[other] === target ? memory : 0), 0)
    expect(held, `memory of bin ${target}`).toBeLessThanOrEqual(problem.bins[target]!.memory)
    const cpu = problem.items.reduce((sum, other, number) => sum + (places[number] === target ? other.cpu : 0), 0)
    if (OPTIONAL.has(cause)) expect(cpu, `fill limit of bin ${target}`).toBeLessThanOrEqual(problem.fill * problem.bins[target]!.cpu + 1e-9)
  }
  return places
}

/** What a packing's answer breaks of what every solver must keep, judged on plain lists and the places alone. */
export function faultsOfAnswer(problem: SmallPacking, { assignment, moves, emptied }: Pick<Packed, 'assignment' | 'moves' | 'emptied'>): string[] {
  const { items, bins, empty, emptyMax, movesMax, fill, together, apart, spreadMax } = problem
  const faults: string[] = []
  const places = [...assignment].map((bin) => (bin < 0 ? null : bin))
  const hasMoved = (index: number): boolean => places[index] !== items[index]!.at
  const isMandatory = (index: number): boolean => items[index]!.at === null || bins[items[index]!.at]!.drain
  const isBound = (index: number): boolean => together.some((pair) => pair.includes(index))
  const fault = (text: string): void => void faults.push(text)
  items.forEach(({ at, movable, resting, home, cpu }, index) => {
    if (!hasMoved(index)) return
    const target = places[index] ?? null
    if (target === null) { fault(`item ${index} lost its place`); return; }
    if (!bins[target]!.receives) fault(`bin ${target} does not receive`)
    if (at !== null && !movable) fault(`item ${index} may not move`)
    if (isMandatory(index)) return
    if (target !== home && (resting || isBound(index))) fault(`item ${index} rests`)
    if (target !== home && !bins[at!]!.relieve && !emptied.includes(at!) && spreadMax === null) fault(`nobody wants item ${index} moved`)
    const held = items.reduce((sum, other, number) => sum + (places[number] === target ? other.cpu : 0), 0)
    if (cpu >= 0 && held > fill * bins[target]!.cpu + 1e-9) fault(`bin ${target} is filled beyond its limit`)
  })
  bins.forEach(({ memory }, number) => {
    const held = items.reduce((sum, other, index) => sum + (places[index] === number ? other.memory : 0), 0)
    if (held > memory && items.some((_, index) => places[index] === number && hasMoved(index))) fault(`bin ${number} has no memory for what it holds`)
  })
  for (const [a, b] of apart) if (places[a] !== null && places[a] === places[b] && (hasMoved(a) || hasMoved(b))) fault(`${a} and ${b} share a bin`)
  for (const [a, b] of together) if (items[a]!.at !== null && items[a]!.at === items[b]!.at && places[a] !== places[b]) fault(`${a} and ${b} are torn apart`)
  const optional = items.filter((_, index) => hasMoved(index) && !isMandatory(index)).length
  if (optional > movesMax) fault(`${optional} optional moves`)
  const others = items.filter(({ at, home }, index) => hasMoved(index) && !isMandatory(index) && (places[index] === home || !bins[at!]!.relieve)).length
  if (others > (problem.othersMax ?? movesMax)) fault(`${others} optional moves for anything but relief`)
  if (emptied.length > emptyMax || emptied.some((bin) => !empty.includes(bin) || places.includes(bin))) fault(`emptied ${emptied.join(', ')}`)
  const inUseBefore = new Set(items.map(({ at }) => at))
  items.forEach(({ at, home }, index) => {
    const target = places[index] ?? null
    if (at === null || target === null || !emptied.includes(at) || isMandatory(index) || target === home || spreadMax !== null || inUseBefore.has(target)) return
    if (!items.some((_, other) => other !== index && places[other] === target && !(items[other]!.at !== null && emptied.includes(items[other]!.at)))) fault(`item ${index} fills an empty bin so that another is empty`)
  })
  const last = new Map(moves.map(({ item, target }) => [item, target]))
  items.forEach((_, index) => {
    if (hasMoved(index) !== (last.has(index) && last.get(index) !== (items[index]!.at ?? -1)) || (hasMoved(index) && last.get(index) !== places[index])) fault(`the moves of item ${index} don't lead to its place`)
  })
  return faults
}
