import { costOfBins } from '../bounds/binsOfProblem.ts'
import { loadRange } from '../bounds/convexLoads.ts'
import { type Problem, UNASSIGNED } from '../problem.ts'
import { type ItemFlavour, assignmentOf, binTwins, itemFlavours } from './flavours.ts'
import { type LinearModel, ModelBuilder } from './linear.ts'
import { addRule } from './programRules.ts'
import { addTerm } from './programTerms.ts'

/** A sum of columns and a constant. */
export interface Linear {
  readonly entries: readonly (readonly [column: number, value: number])[]
  readonly constant: number
}

/** A program under construction, with what its parts ask for. */
export interface Program {
  readonly problem: Problem
  readonly builder: ModelBuilder
  readonly flavours: readonly ItemFlavour[]
  /** Column of how many of a flavour stand in a bin, UNASSIGNED where none may. */
  readonly standing: (flavour: number, bin: number) => number
  /** How many of a flavour have left the bin where they began. */
  readonly leaving: (flavour: number, bin: number) => Linear
  /** Load of a bin in a dimension. */
  readonly load: (bin: number, d: number) => Linear
  /** 0-1 column: the bin holds an item; null: it always does. */
  readonly used: (bin: number) => number | null
  /** Adds to the cost, at the weight. */
  readonly charge: (sum: Linear, weight: number) => void
}

/** A program for a whole problem: `valueOf` costs are the model's plus `constant`. */
export interface ExactProgram {
  readonly model: LinearModel
  readonly constant: number
  readonly assignmentOf: (columns: Float64Array) => Int32Array
}

/** What makes a problem no linear program, or null. */
export function notLinear({ terms, transient }: Problem): string | null {
  const asked = terms.filter(({ weight }) => weight !== 0)
  const bad = asked.find((term) => term.kind === 'spread' || (term.kind === 'risk' && term.z !== 0))
  if (bad !== undefined) return `the term ${bad.name} (${bad.kind}) is not linear: use the search, whose bound still holds, or leave the term out`
  // Items of a flavour are counted, not followed: a count can't tell a bin that is better off for having been left.
  const rewarding = asked.find((term) => (term.kind === 'imbalance' && transient[term.free] === 1) || (term.kind === 'curve' && transient[term.dimension] === 1))
  return rewarding === undefined ? null : `the term ${rewarding.name} (${rewarding.kind}) may reward what leaving items still hold: use the search, or measure it in a dimension that is not transient`
}

/**
 * The problem with all items placed and all hard limits kept as a program in whole numbers: how many of each flavour
 * stand in each bin. Alike bins are put in order, so that no packing is looked at twice. Terms must be linear (`notLinear`).
 */
export function exactProgram(problem: Problem, movesMax: number | null, lowerBound: number, incumbent: number | null): ExactProgram {
  const program = startProgram(problem)
  addPlacement(program)
  addMoves(program, movesMax)
  for (const rule of problem.rules) addRule(program, rule)
  for (const term of problem.terms) if (term.weight !== 0) addTerm(program, term)
  orderTwins(program)
  addBinsNeeded(program)
  const { builder, constant } = program
  addCutOff(builder, lowerBound === -Infinity ? -Infinity : lowerBound - constant() - 1e-6 * Math.max(1, Math.abs(lowerBound)), incumbent === null ? Infinity : incumbent - constant() + 1e-6 * Math.max(1, Math.abs(incumbent)))
  const { cost, lower, upper, integer, rows } = builder
  return {
    model: { cost, lower, upper, integer, rows }, constant: constant(),
    assignmentOf: (columns) => assignmentOf(problem, program.flavours, (flavour, bin) => {
      const column = program.standing(flavour, bin)
      return column === UNASSIGNED ? 0 : Math.round(columns[column]!)
    }),
  }
}

function startProgram(problem: Problem): Program & { readonly constant: () => number } {
  const builder = new ModelBuilder()
  const flavours = itemFlavours(problem)
  const standing = flavours.map(({ most, first }) => Int32Array.from(most, (count, bin) => (count === 0 ? UNASSIGNED : builder.column(0, Math.min(count, copiesThatFit(problem, first, bin))))))
  const staying = flavours.map(({ initially, first }, flavour) => Int32Array.from(initially, (count, bin) => (count > 0 && countsLeaving(problem, first) ? stayColumn(builder, count, standing[flavour]![bin]!) : UNASSIGNED)))
  const fixed = fixedLoads(problem)
  const usedColumns = new Map<number, number>()
  let constant = 0
  const leaving = (flavour: number, bin: number): Linear => {
    const column = staying[flavour]![bin]!
    return column === UNASSIGNED ? { entries: [], constant: 0 } : { entries: [[column, -1]], constant: flavours[flavour]!.initially[bin]! }
  }
  const load = (bin: number, d: number): Linear => {
    const entries: (readonly [number, number])[] = []
    let held = problem.base[bin * problem.dimensions + d]! + fixed.loads[bin * problem.dimensions + d]!
    flavours.forEach(({ first }, flavour) => {
      const amount = problem.demand[first * problem.dimensions + d]!
      if (amount === 0) return
      if (standing[flavour]![bin] !== UNASSIGNED) entries.push([standing[flavour]![bin]!, amount])
      if (problem.transient[d] === 0) return
      const left = leaving(flavour, bin)
      entries.push(...left.entries.map(([column, value]) => [column, value * amount] as const))
      held += left.constant * amount
    })
    return { entries, constant: held }
  }
  const used = (bin: number): number | null => {
    if (fixed.held[bin] === 1) return null
    const known = usedColumns.get(bin)
    if (known !== undefined) return known
    const column = builder.column(0, 1)
    usedColumns.set(bin, column)
    const own = flavours.flatMap((_, flavour) => (standing[flavour]![bin] === UNASSIGNED ? [] : [standing[flavour]![bin]!]))
    const stay = staying.map((columns) => columns[bin]!).filter((here) => here !== UNASSIGNED)
    for (const here of [...own, ...stay]) builder.row([[here, 1], [column, -builder.upper[here]!]], -Infinity, 0)
    builder.row([[column, 1], ...own.map((here) => [here, -1] as const)], -Infinity, 0)
    addUsedRoom(problem, builder, bin, column, (d) => load(bin, d))
    return column
  }
  const charge = (sum: Linear, weight: number): void => {
    constant += sum.constant * weight
    for (const [column, value] of sum.entries) builder.cost[column]! += value * weight
  }
  return { problem, builder, flavours, standing: (flavour, bin) => standing[flavour]![bin]!, leaving, load, used, charge, constant: () => constant }
}

/** How many of an item a bin has room for, whatever else is in it. */
function copiesThatFit({ base, capacity, demand, dimensions }: Problem, item: number, bin: number): number {
  let copies = Infinity
  for (let d = 0; d < dimensions; d++) {
    const amount = demand[item * dimensions + d]!
    if (amount > 0) copies = Math.min(copies, Math.floor((capacity[bin * dimensions + d]! - base[bin * dimensions + d]!) / amount + 1e-9))
  }
  return Math.max(0, copies)
}

/** Whether anything depends on how many of a flavour left. */
const countsLeaving = (problem: Problem, first: number): boolean =>
  problem.moveCost[first] !== 0 || problem.transient.includes(1) || problem.routeCost !== null || problem.terms.some((term) => term.kind === 'groupMovesMax')

function stayColumn(builder: ModelBuilder, count: number, standing: number): number {
  const column = builder.column(0, count)
  builder.row([[column, 1], [standing, -1]], -Infinity, 0)
  return column
}

/** What items that can't be moved hold. */
function fixedLoads({ binCount, demand, dimensions, initial, itemCount, movable }: Problem): { readonly loads: Float64Array; readonly held: Uint8Array } {
  const loads = new Float64Array(binCount * dimensions)
  const held = new Uint8Array(binCount)
  for (let item = 0; item < itemCount; item++) {
    const bin = initial[item]!
    if (movable[item] === 1 || bin === UNASSIGNED) continue
    held[bin] = 1
    for (let d = 0; d < dimensions; d++) loads[bin * dimensions + d]! += demand[item * dimensions + d]!
  }
  return { loads, held }
}

/** What a bin holds of items is no more than its room, or nothing when it is not used: stronger than for each flavour alone. */
function addUsedRoom({ base, capacity, dimensions, transient }: Problem, builder: ModelBuilder, bin: number, used: number, load: (d: number) => Linear): void {
  for (let d = 0; d < dimensions; d++) {
    const room = capacity[bin * dimensions + d]! - base[bin * dimensions + d]!
    if (room === Infinity || room < 0 || transient[d] === 1) continue
    builder.row([...load(d).entries, [used, -room]], -Infinity, 0)
  }
}

function addPlacement({ problem, builder, flavours, load, standing }: Program): void {
  const { binCount, capacity, dimensions } = problem
  flavours.forEach(({ items }, flavour) => {
    const columns = Array.from({ length: binCount }, (_, bin) => standing(flavour, bin)).filter((column) => column !== UNASSIGNED)
    builder.row(columns.map((column) => [column, 1] as const), items.length, items.length)
  })
  for (let bin = 0; bin < binCount; bin++) {
    for (let d = 0; d < dimensions; d++) {
      const limit = capacity[bin * dimensions + d]!
      const { entries, constant } = load(bin, d)
      if (limit < Infinity) builder.row(entries, -Infinity, limit - constant + 1e-9 * Math.max(1, limit))
    }
  }
}

function addMoves(program: Program, movesMax: number | null): void {
  const { problem: { binCount, initial, moveCost, routeCost }, builder, charge, flavours, leaving, standing } = program
  const all: (readonly [number, number])[] = []
  let constant = 0
  flavours.forEach(({ first }, flavour) => {
    const source = initial[first]!
    for (let bin = 0; bin < binCount; bin++) {
      const left = leaving(flavour, bin)
      charge(left, moveCost[first]!)
      all.push(...left.entries)
      constant += left.constant
      // With route costs a flavour has one source.
      if (routeCost === null || source === UNASSIGNED || source === bin || standing(flavour, bin) === UNASSIGNED) continue
      charge({ entries: [[standing(flavour, bin), 1]], constant: 0 }, routeCost.cost[routeCost.classOf[source]! * routeCost.classCount + routeCost.classOf[bin]!]!)
    }
  })
  if (movesMax !== null) builder.row(all, -Infinity, movesMax - constant)
}

/** Of bins that nothing tells apart, the earlier holds no fewer of what differs most, and is in use first. */
function orderTwins({ problem, builder, flavours, standing, used }: Program): void {
  const twins = binTwins(problem, flavours)
  const latest = new Map<number, number>()
  const asksUse = problem.terms.some(({ kind, weight }) => weight !== 0 && (kind === 'inUse' || kind === 'curve'))
  for (let bin = 0; bin < problem.binCount; bin++) {
    const before = latest.get(twins[bin]!)
    latest.set(twins[bin]!, bin)
    if (before === undefined) continue
    const sum = (here: number, sign: number): (readonly [number, number])[] =>
      flavours.flatMap(({ first }, flavour) => (standing(flavour, here) === UNASSIGNED ? [] : [[standing(flavour, here), sign * (problem.dimensions === 0 ? 1 : problem.demand[first * problem.dimensions]!)] as const]))
    builder.row([...sum(bin, 1), ...sum(before, -1)], -Infinity, 0)
    const [one, other] = asksUse ? [used(before), used(bin)] : [null, null]
    if (one !== null && other !== null) builder.row([[other, 1], [one, -1]], -Infinity, 0)
  }
}

/** The bins in use cost at least what dual-feasible functions say, which the relaxation doesn't know. */
function addBinsNeeded({ problem, builder, used }: Program): void {
  for (const term of problem.terms) {
    if (term.kind !== 'inUse' || term.weight === 0 || term.cost.some((cost) => cost < 0)) continue
    const least = costOfBins(problem, loadRange(problem), term.cost, () => false)
    if (least === null || least === 0) continue
    let fixed = 0
    const entries: (readonly [number, number])[] = []
    term.cost.forEach((cost, bin) => {
      const column = cost === 0 ? null : used(bin)
      if (column === null) fixed += cost
      else entries.push([column, cost])
    })
    if (entries.length > 0) builder.row(entries, least - fixed - 1e-6 * least, Infinity)
  }
}

/** The cost is between the bound and what is known to be possible. */
function addCutOff(builder: ModelBuilder, lower: number, upper: number): void {
  const entries = builder.cost.flatMap((cost, column) => (cost === 0 ? [] : [[column, cost] as const]))
  if (entries.length > 0 && (lower > -Infinity || upper < Infinity)) builder.row(entries, lower, upper)
}
