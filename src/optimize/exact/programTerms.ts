import { type Term, UNASSIGNED } from '../problem.ts'
import type { Linear, Program } from './program.ts'

type TermOf<Kind extends Term['kind']> = Extract<Term, { readonly kind: Kind }>

/** Rows and costs of a linear term. */
export function addTerm(program: Program, term: Term): void {
  const { problem, charge, load, used } = program
  const bins = Array.from({ length: problem.binCount }, (_, bin) => bin)
  switch (term.kind) {
    case 'excess':
      for (const bin of bins) addAbove(program, load(bin, term.dimension), term.limit[bin]!, term.weight * term.scale[bin]!)
      return
    case 'risk':
      for (const bin of bins) addAbove(program, load(bin, term.mean), term.limit[bin]!, term.weight * term.scale[bin]!)
      return
    case 'imbalance':
      for (const bin of bins) {
        const free = (d: number, sign: number): Linear => {
          const { entries, constant } = load(bin, d)
          return { entries: entries.map(([column, value]) => [column, -sign * value] as const), constant: sign * (problem.capacity[bin * problem.dimensions + d]! - constant) }
        }
        const one = free(term.free, term.target)
        const other = free(term.wanted, -1)
        addAbove(program, { entries: [...one.entries, ...other.entries], constant: one.constant + other.constant }, 0, term.weight)
      }
      return
    case 'inUse':
      for (const bin of bins) {
        if (term.cost[bin] === 0) continue
        const column = used(bin)
        charge(column === null ? { entries: [], constant: 1 } : { entries: [[column, 1]], constant: 0 }, term.weight * term.cost[bin]!)
      }
      return
    case 'curve':
      for (const bin of bins) addCurve(program, term, bin)
      return
    case 'perItem':
    case 'away':
      addItemCosts(program, term)
      return
    case 'groupMovesMax':
      addGroupMoves(program, term)
      return
    case 'paths':
      for (const bin of bins) addPaths(program, term, bin)
      return
    case 'spread':
      throw new Error(`the term ${term.name} is not linear`)
  }
}

/** Charges what the sum is above the limit. */
function addAbove({ builder, charge }: Program, { entries, constant }: Linear, limit: number, weight: number): void {
  if (limit === Infinity || weight === 0) return
  const above = builder.column(0, Infinity, 0, false)
  builder.row([...entries, [above, -1]], -Infinity, limit - constant)
  charge({ entries: [[above, 1]], constant: 0 }, weight)
}

function addItemCosts({ problem, charge, flavours, standing }: Program, term: TermOf<'perItem' | 'away'>): void {
  const costOf = (item: number, bin: number): number => {
    if (term.kind === 'perItem') return bin === UNASSIGNED ? 0 : term.cost[bin]!
    return term.preferred[item] === UNASSIGNED || term.preferred[item] === bin ? 0 : term.cost[item]!
  }
  problem.initial.forEach((bin, item) => {
    if (problem.movable[item] === 0) charge({ entries: [], constant: costOf(item, bin) }, term.weight)
  })
  flavours.forEach(({ first }, flavour) => {
    for (let bin = 0; bin < problem.binCount; bin++) if (standing(flavour, bin) !== UNASSIGNED) charge({ entries: [[standing(flavour, bin), costOf(first, bin)]], constant: 0 }, term.weight)
  })
}

/** One column above the moves of every group; an item that waited has moved wherever it goes. */
function addGroupMoves({ problem, builder, charge, flavours, leaving }: Program, term: TermOf<'groupMovesMax'>): void {
  const most = builder.column(0, Infinity, 0, false)
  charge({ entries: [[most, 1]], constant: 0 }, term.weight)
  for (let group = 0; group < term.groupCount; group++) {
    const own = flavours.flatMap(({ first, items }, flavour) => (term.groupOf[first] === group ? [{ flavour, items }] : []))
    const waiting = own.reduce((sum, { items }) => sum + items.filter((item) => problem.initial[item] === UNASSIGNED).length, 0)
    const moved = own.flatMap(({ flavour }) => Array.from({ length: problem.binCount }, (_, bin) => leaving(flavour, bin)))
    builder.row([...moved.flatMap(({ entries }) => entries), [most, -1]], -Infinity, -waiting - moved.reduce((sum, { constant }) => sum + constant, 0))
  }
}

/**
 * The curve as a mean of its knots: weights of knots sum to 1 (0 for a bin not in use) and their loads to the bin's load.
 * Where the curve is not convex over the loads that can be, 0-1 columns let only neighbouring knots have weights.
 */
function addCurve(program: Program, term: TermOf<'curve'>, bin: number): void {
  const { builder, charge, load, used } = program
  const here = load(bin, term.dimension)
  const most = here.constant + here.entries.reduce((sum, [column, value]) => sum + (value > 0 ? builder.upper[column]! * value : 0), 0)
  const knots = knotsOf(term, bin, here.constant, most)
  const isUsed = used(bin)
  // The bin holds something; or an empty one costs what it costs, whatever is left in it.
  const one = (sign: number): (readonly [number, number])[] => (isUsed === null ? [] : [[isUsed, sign]])
  charge(isUsed === null ? { entries: [], constant: 0 } : { entries: [[isUsed, -1]], constant: 1 }, term.weight * term.empty[bin]!)
  const weights = knots.map(({ cost }) => {
    const column = builder.column(0, 1, 0, false)
    charge({ entries: [[column, 1]], constant: 0 }, term.weight * cost)
    return column
  })
  builder.row([...weights.map((column) => [column, 1] as const), ...one(-1)], isUsed === null ? 1 : 0, isUsed === null ? 1 : 0)
  // Sum of weight x load = load of items + what is there anyhow, the latter only where the bin is used.
  builder.row([...weights.map((column, at) => [column, knots[at]!.load - (isUsed === null ? 0 : here.constant)] as const), ...here.entries.map(([column, value]) => [column, -value] as const)], isUsed === null ? here.constant : 0, isUsed === null ? here.constant : 0)
  if (!isConvex(knots)) addNeighbours(program, weights, isUsed)
}

interface Knot {
  readonly load: number
  readonly cost: number
}

/** The curve's knots, and its ends, over the loads from `least` to `most`. */
function knotsOf(term: TermOf<'curve'>, bin: number, least: number, most: number): Knot[] {
  const at = (load: number): number => {
    const position = Math.min(Math.max(load / term.size[bin]!, 0), 1) * (term.points - 1)
    const left = Math.min(Math.floor(position), term.points - 2)
    const from = term.curve[bin * term.points + left]!
    return from + (position - left) * (term.curve[bin * term.points + left + 1]! - from)
  }
  const inner = Array.from({ length: term.points }, (_, point) => (point / (term.points - 1)) * term.size[bin]!).filter((load) => load > least && load < most)
  return [least, ...inner, ...(most > least ? [most] : [])].map((load) => ({ load, cost: at(load) }))
}

function isConvex(knots: readonly Knot[]): boolean {
  const slopes = knots.slice(1).map(({ load, cost }, at) => (cost - knots[at]!.cost) / (load - knots[at]!.load))
  return slopes.every((slope, at) => at === 0 || slope >= slopes[at - 1]! - 1e-12)
}

function addNeighbours({ builder }: Program, weights: readonly number[], isUsed: number | null): void {
  const pieces = weights.slice(1).map(() => builder.column(0, 1))
  builder.row([...pieces.map((column) => [column, 1] as const), ...(isUsed === null ? [] : [[isUsed, -1] as const])], isUsed === null ? 1 : 0, isUsed === null ? 1 : 0)
  weights.forEach((weight, at) => {
    const beside = [pieces[at - 1], pieces[at]].filter((piece) => piece !== undefined)
    builder.row([[weight, 1], ...beside.map((piece) => [piece, -1] as const)], -Infinity, 0)
  })
}

/** Instants over the limit are counted by 0-1 columns. */
function addPaths({ builder, charge, load }: Program, term: TermOf<'paths'>, bin: number): void {
  const limit = term.limit[bin]!
  if (limit === Infinity) return
  const over: (readonly [number, number])[] = []
  for (let d = term.first; d < term.first + term.count; d++) {
    const { entries, constant } = load(bin, d)
    const most = constant + entries.reduce((sum, [column, value]) => sum + (value > 0 ? builder.upper[column]! * value : 0), 0)
    if (most <= limit) continue
    const column = builder.column(0, 1)
    builder.row([...entries, [column, limit - most]], -Infinity, limit - constant)
    over.push([column, 1 / term.count])
  }
  const above = builder.column(0, Infinity, 0, false)
  builder.row([...over, [above, -1]], -Infinity, term.shareMax)
  charge({ entries: [[above, 1]], constant: 0 }, term.weight)
}
