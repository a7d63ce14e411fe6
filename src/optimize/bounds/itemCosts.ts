import { type Problem, UNASSIGNED } from '../problem.ts'

/**
 * What each item costs by itself (its move, `perItem` and `away` terms): `stay` where it began, `leave` at the cheapest
 * other bin that may hold it. Infinity where there is no such place. An item that is nowhere and can't be placed costs 0
 * and is not `counted`.
 */
export interface ItemCosts {
  readonly stay: Float64Array
  readonly leave: Float64Array
  readonly counted: Uint8Array
}

/** Costs of items alone, O(items + rows x bins x classes). */
export function itemCosts(problem: Problem): ItemCosts {
  const { itemCount, initial, movable } = problem
  const binCost = binCosts(problem)
  const cheapest = cheapestBins(problem, binCost)
  const stay = new Float64Array(itemCount).fill(Infinity)
  const leave = new Float64Array(itemCount).fill(Infinity)
  const counted = new Uint8Array(itemCount)
  for (let item = 0; item < itemCount; item++) {
    const source = initial[item]!
    if (source !== UNASSIGNED) stay[item] = binCost[source]! + awayCost(problem, item, source)
    if (movable[item] === 1) leave[item] = leaveCost(problem, binCost, cheapest, item)
    counted[item] = source === UNASSIGNED && movable[item] === 0 ? 0 : 1
  }
  return { stay, leave, counted }
}

/** The same with a cost of 1 for leaving and nothing else: for the number of moves instead of their cost. */
export function moveCounts(problem: Problem): ItemCosts {
  const { itemCount, initial, movable } = problem
  const placed = initial.map((bin) => (bin === UNASSIGNED ? 0 : 1))
  return {
    stay: Float64Array.from(placed, (here) => (here === 1 ? 0 : Infinity)),
    leave: Float64Array.from(placed, (here, item) => (movable[item] === 0 ? Infinity : here)),
    counted: Uint8Array.from({ length: itemCount }, (_, item) => placed[item]! | movable[item]!),
  }
}

/** By bin: the weighted sum of `perItem` terms. */
function binCosts({ binCount, terms }: Problem): Float64Array {
  const cost = new Float64Array(binCount)
  for (const term of terms) if (term.kind === 'perItem') for (let bin = 0; bin < binCount; bin++) cost[bin]! += term.weight * term.cost[bin]!
  return cost
}

function awayCost({ terms }: Problem, item: number, bin: number): number {
  let cost = 0
  for (const term of terms) if (term.kind === 'away' && term.preferred[item] !== UNASSIGNED && term.preferred[item] !== bin) cost += term.weight * term.cost[item]!
  return cost
}

/** By row of allowed bins (the last one: any bin) and class of source: the two cheapest bins that receive. */
type CheapestBins = readonly { readonly first: Int32Array; readonly second: Int32Array }[]

function cheapestBins(problem: Problem, binCost: Float64Array): CheapestBins {
  const { allowed, binCount, receives, routeCost } = problem
  const classCount = routeCost?.classCount ?? 1
  return [...allowed, null].map((row) => {
    const first = new Int32Array(classCount).fill(UNASSIGNED)
    const second = new Int32Array(classCount).fill(UNASSIGNED)
    for (let bin = 0; bin < binCount; bin++) {
      if (receives[bin] === 0 || (row !== null && row[bin] === 0)) continue
      for (let source = 0; source < classCount; source++) {
        const cost = binCost[bin]! + routeOf(problem, source, bin)
        if (first[source] === UNASSIGNED || cost < binCost[first[source]!]! + routeOf(problem, source, first[source]!)) {
          second[source] = first[source]!
          first[source] = bin
        } else if (second[source] === UNASSIGNED || cost < binCost[second[source]!]! + routeOf(problem, source, second[source]!)) {
          second[source] = bin
        }
      }
    }
    return { first, second }
  })
}

const routeOf = ({ routeCost }: Problem, sourceClass: number, bin: number): number =>
  routeCost === null ? 0 : routeCost.cost[sourceClass * routeCost.classCount + routeCost.classOf[bin]!]!

function leaveCost(problem: Problem, binCost: Float64Array, cheapest: CheapestBins, item: number): number {
  const { allowedRow, allowed, initial, receives, moveCost, routeCost } = problem
  const source = initial[item]!
  const sourceClass = source === UNASSIGNED || routeCost === null ? 0 : routeCost.classOf[source]!
  const row = allowedRow[item]!
  const { first, second } = cheapest[row === UNASSIGNED ? allowed.length : row]!
  const moveOf = (bin: number): number => binCost[bin]! + (source === UNASSIGNED ? 0 : moveCost[item]! + routeOf(problem, sourceClass, bin))
  // An item that waits moves for nothing, so that the cheapest bin by route need not be its cheapest.
  const bin = source === UNASSIGNED && routeCost !== null ? cheapestOf(problem, binCost, row) : first[sourceClass] === source ? second[sourceClass]! : first[sourceClass]!
  if (bin === UNASSIGNED) return Infinity
  let least = moveOf(bin) + awayAnywhere(problem, item)
  for (const term of problem.terms) {
    if (term.kind !== 'away') continue
    const wished = term.preferred[item]!
    if (wished === UNASSIGNED || wished === source || receives[wished] === 0 || (row !== UNASSIGNED && allowed[row]![wished] === 0)) continue
    least = Math.min(least, moveOf(wished) + awayCost(problem, item, wished))
  }
  return least
}

/** Cost of an item's wishes when none is met. */
const awayAnywhere = (problem: Problem, item: number): number => awayCost(problem, item, problem.binCount)

function cheapestOf({ binCount, receives, allowed }: Problem, binCost: Float64Array, row: number): number {
  let best = UNASSIGNED
  for (let bin = 0; bin < binCount; bin++) {
    if (receives[bin] === 0 || (row !== UNASSIGNED && allowed[row]![bin] === 0)) continue
    if (best === UNASSIGNED || binCost[bin]! < binCost[best]!) best = bin
  }
  return best
}
