import { type Cost, type GroupRule, type Problem, type Term, UNASSIGNED } from './problem.ts'

/**
 * Cost of a whole assignment by the definitions in problem.ts, from nothing: O(items x dimensions + bins). Searches keep
 * running sums instead and are checked against this.
 */
export function evaluate(problem: Problem, assignment: Int32Array): Cost {
  const loads = loadsOf(problem, assignment)
  let unplaced = 0
  let hard = excessOf(problem, loads)
  for (let item = 0; item < problem.itemCount; item++) {
    if (assignment[item] === UNASSIGNED) unplaced += problem.movable[item]!
    else if (!mayStand(problem, item, assignment[item]!)) hard++
  }
  const terms: Record<string, number> = {}
  const add = (name: string, value: number): void => void (terms[name] = (terms[name] ?? 0) + value)
  for (const rule of problem.rules) {
    const violation = violationOf(problem, rule, assignment)
    if (rule.weight === null) hard += violation
    else add(rule.name, rule.weight * violation)
  }
  for (const term of problem.terms) add(term.name, term.weight * termValue(problem, term, assignment, loads))
  add('moves', movesCost(problem, assignment))
  return { unplaced, hard, value: Object.values(terms).reduce((sum, part) => sum + part, 0), terms }
}

/** Whether the bin may hold the item, apart from capacity and rules: where it began it may always stand. */
export function mayStand(problem: Problem, item: number, bin: number): boolean {
  if (bin === problem.initial[item]) return true
  const row = problem.allowedRow[item]!
  return problem.movable[item] === 1 && problem.receives[bin] === 1 && (row === UNASSIGNED || problem.allowed[row]![bin] === 1)
}

/** Load of every bin, bin x dimension: base, items, and in transient dimensions items that left it. */
export function loadsOf(problem: Problem, assignment: Int32Array): Float64Array {
  const { dimensions, itemCount, demand, transient, initial } = problem
  const loads = problem.base.slice()
  for (let item = 0; item < itemCount; item++) {
    const bin = assignment[item]!
    const left = initial[item] === bin ? UNASSIGNED : initial[item]!
    for (let d = 0; d < dimensions; d++) {
      const amount = demand[item * dimensions + d]!
      if (bin !== UNASSIGNED) loads[bin * dimensions + d]! += amount
      if (left !== UNASSIGNED && transient[d] === 1) loads[left * dimensions + d]! += amount
    }
  }
  return loads
}

/** Load above capacity as a ratio of the capacity (of 1 where that is less). */
function excessOf(problem: Problem, loads: Float64Array): number {
  let sum = 0
  for (let at = 0; at < loads.length; at++) {
    const over = loads[at]! - problem.capacity[at]!
    if (over > 0) sum += over / Math.max(1, problem.capacity[at]!)
  }
  return sum
}

/** How far an assignment is from a rule, 0 when it holds. */
export function violationOf(problem: Problem, rule: GroupRule, assignment: Int32Array): number {
  const inZone = countByZone(rule, rule.members, assignment, rule.kind === 'perZoneMax' ? rule.amount : null)
  const inUse = inZone.filter((count) => count > 0).length
  switch (rule.kind) {
    case 'perZoneMax':
      return inZone.reduce((sum, count, zone) => sum + Math.max(0, count - rule.max[zone]!), 0)
    case 'zonesMin':
      return Math.max(0, Math.min(rule.min, rule.members.filter((item) => assignment[item] !== UNASSIGNED).length) - inUse)
    case 'zonesMax':
      return Math.max(0, inUse - rule.max)
    case 'needs': {
      const others = countByZone(rule, rule.others, assignment, null)
      return inZone.filter((count, zone) => count > 0 && others[zone] === 0).length
    }
    case 'exclusive': {
      const others = countByZone(rule, rule.others, assignment, null)
      return inZone.reduce((sum, count, zone) => sum + Math.min(count, others[zone]!), 0)
    }
  }
}

function countByZone(rule: GroupRule, items: Int32Array, assignment: Int32Array, amount: Float64Array | null): Float64Array {
  const counts = new Float64Array(rule.zoneCount)
  items.forEach((item, position) => {
    const bin = assignment[item]!
    const zone = bin === UNASSIGNED ? UNASSIGNED : rule.zoneOf[bin]!
    if (zone !== UNASSIGNED) counts[zone]! += amount === null ? 1 : amount[position]!
  })
  return counts
}

/** Value of a term before its weight. */
export function termValue(problem: Problem, term: Term, assignment: Int32Array, loads: Float64Array): number {
  const { dimensions, binCount } = problem
  const load = (bin: number, d: number): number => loads[bin * dimensions + d]!
  const overBins = (valueOf: (bin: number) => number): number => {
    let sum = 0
    for (let bin = 0; bin < binCount; bin++) sum += valueOf(bin)
    return sum
  }
  const overItems = (valueOf: (item: number, bin: number) => number): number => assignment.reduce((sum, bin, item) => sum + valueOf(item, bin), 0)
  switch (term.kind) {
    case 'excess':
      return overBins((bin) => Math.max(0, load(bin, term.dimension) - term.limit[bin]!) * term.scale[bin]!)
    case 'imbalance': {
      const free = (bin: number, d: number): number => problem.capacity[bin * dimensions + d]! - load(bin, d)
      return overBins((bin) => Math.max(0, term.target * free(bin, term.free) - free(bin, term.wanted)))
    }
    case 'spread':
      return spreadOf(Array.from({ length: binCount }, (_, bin) => bin).filter((bin) => term.over[bin] === 1).map((bin) => load(bin, term.dimension) / term.size[bin]!), term.measure)
    case 'inUse': {
      const used = usedBins(problem, assignment)
      return overBins((bin) => (used[bin] === 1 ? term.cost[bin]! : 0))
    }
    case 'curve': {
      const used = usedBins(problem, assignment)
      return overBins((bin) => (used[bin] === 1 ? curveAt(term.curve, bin * term.points, term.points, load(bin, term.dimension) / term.size[bin]!) : term.empty[bin]!))
    }
    case 'perItem':
      return overItems((_, bin) => (bin === UNASSIGNED ? 0 : term.cost[bin]!))
    case 'away':
      return overItems((item, bin) => (term.preferred[item] === UNASSIGNED || term.preferred[item] === bin ? 0 : term.cost[item]!))
    case 'groupMovesMax': {
      const moved = new Float64Array(term.groupCount)
      overItems((item, bin) => (term.groupOf[item] === UNASSIGNED || bin === problem.initial[item] ? 0 : ++moved[term.groupOf[item]!]!))
      return moved.reduce((most, count) => Math.max(most, count), 0)
    }
    case 'risk':
      return overBins((bin) => {
        const squares = term.factors.reduce((sum, d) => sum + load(bin, d) ** 2, load(bin, term.variance))
        return Math.max(0, load(bin, term.mean) + term.z * Math.sqrt(Math.max(0, squares)) - term.limit[bin]!) * term.scale[bin]!
      })
    case 'paths':
      return overBins((bin) => {
        let over = 0
        for (let d = term.first; d < term.first + term.count; d++) if (load(bin, d) > term.limit[bin]!) over++
        return Math.max(0, over / term.count - term.shareMax)
      })
  }
}

function spreadOf(values: readonly number[], measure: 'deviation' | 'variance'): number {
  if (values.length === 0) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return measure === 'variance' ? variance : Math.sqrt(variance)
}

function usedBins(problem: Problem, assignment: Int32Array): Uint8Array {
  const used = new Uint8Array(problem.binCount)
  for (const bin of assignment) if (bin !== UNASSIGNED) used[bin] = 1
  return used
}

/** Piecewise-linear curve of `points` values from `offset` on, at ratio 0 ... 1. */
export function curveAt(curve: Float64Array, offset: number, points: number, ratio: number): number {
  const at = Math.min(Math.max(ratio, 0), 1) * (points - 1)
  const left = Math.min(Math.floor(at), points - 2)
  return curve[offset + left]! + (at - left) * (curve[offset + left + 1]! - curve[offset + left]!)
}

/** Cost of every item that stands elsewhere than it began; items that had no place move for nothing. */
export function movesCost(problem: Problem, assignment: Int32Array): number {
  const { initial, moveCost, routeCost } = problem
  let sum = 0
  for (let item = 0; item < problem.itemCount; item++) {
    const source = initial[item]!
    const bin = assignment[item]!
    if (source === UNASSIGNED || bin === source || bin === UNASSIGNED) continue
    sum += moveCost[item]!
    if (routeCost !== null) sum += routeCost.cost[routeCost.classOf[source]! * routeCost.classCount + routeCost.classOf[bin]!]!
  }
  return sum
}
