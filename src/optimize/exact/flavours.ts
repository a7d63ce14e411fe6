import { mayStand } from '../evaluate.ts'
import { type Problem, UNASSIGNED } from '../problem.ts'

/** Items that differ in nothing but where they began (with route costs: not even in that). */
export interface ItemFlavour {
  readonly items: readonly number[]
  /** Any of them, for what they share. */
  readonly first: number
  /** By bin: how many began there. */
  readonly initially: Int32Array
  /** By bin: the most that may stand there. */
  readonly most: Int32Array
}

/** Movable items by flavour, in the order of their first items. */
export function itemFlavours(problem: Problem): ItemFlavour[] {
  const groups = new Map<string, number[]>()
  for (let item = 0; item < problem.itemCount; item++) {
    if (problem.movable[item] === 0) continue
    const key = keyOf(problem, item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()].map((items) => flavourOf(problem, items))
}

/** Everything that the cost of an item can depend on. */
export function keyOf(problem: Problem, item: number): string {
  const { allowedRow, demand, dimensions, initial, moveCost, routeCost, rules, terms } = problem
  const parts: (number | string)[] = [...demand.subarray(item * dimensions, (item + 1) * dimensions), moveCost[item]!, allowedRow[item]!]
  // An item that waits moves for nothing, whatever its cost.
  parts.push(routeCost === null ? '' : initial[item]!)
  for (const rule of rules) {
    const at = rule.members.indexOf(item)
    parts.push(at === -1 ? 'out' : rule.kind === 'perZoneMax' && rule.amount !== null ? rule.amount[at]! : 'in')
    if (rule.kind === 'needs' || rule.kind === 'exclusive') parts.push(rule.others.includes(item) ? 'other' : '')
  }
  for (const term of terms) {
    if (term.kind === 'away') parts.push(term.preferred[item]!, term.cost[item]!)
    if (term.kind === 'groupMovesMax') parts.push(term.groupOf[item]!)
  }
  return parts.join(' ')
}

function flavourOf(problem: Problem, items: readonly number[]): ItemFlavour {
  const initially = new Int32Array(problem.binCount)
  for (const item of items) if (problem.initial[item] !== UNASSIGNED) initially[problem.initial[item]!]!++
  const first = items[0]!
  // Whoever did not begin in a bin must be let in; whoever did may stay.
  const most = initially.map((count, bin) => (mayStand({ ...problem, initial: STRANGER }, first, bin) ? items.length : count))
  return { items, first, initially, most }
}

/** No item begins anywhere: what is left of `mayStand` is whether a stranger is let in. */
const STRANGER = new Int32Array(0)

/** Bins that no cost, rule or item tells apart get the same number, the first bin's. */
export function binTwins(problem: Problem, flavours: readonly ItemFlavour[]): Int32Array {
  const known = new Map<string, number>()
  return Int32Array.from({ length: problem.binCount }, (_, bin) => {
    const key = binKey(problem, flavours, bin)
    if (!known.has(key)) known.set(key, bin)
    return known.get(key)!
  })
}

function binKey(problem: Problem, flavours: readonly ItemFlavour[], bin: number): string {
  const { base, capacity, dimensions, initial, movable, routeCost, rules, terms } = problem
  const row = (values: Float64Array): number[] => [...values.subarray(bin * dimensions, (bin + 1) * dimensions)]
  const parts: (number | string)[] = [...row(base), ...row(capacity), routeCost?.classOf[bin] ?? '', ...flavours.flatMap(({ initially, most }) => [initially[bin]!, most[bin]!])]
  initial.forEach((here, item) => {
    if (here === bin && movable[item] === 0) parts.push(`fixed ${item}`)
  })
  for (const rule of rules) {
    const zone = rule.zoneOf[bin]!
    const isOwn = zone !== UNASSIGNED && rule.zoneOf.indexOf(zone) === bin && rule.zoneOf.lastIndexOf(zone) === bin
    parts.push(isOwn ? 'own' : zone, rule.kind === 'perZoneMax' && zone !== UNASSIGNED ? rule.max[zone]! : '')
  }
  for (const term of terms) {
    if (term.kind === 'excess' || term.kind === 'risk') parts.push(term.limit[bin]!, term.scale[bin]!)
    if (term.kind === 'spread') parts.push(term.size[bin]!, term.over[bin]!)
    if (term.kind === 'inUse' || term.kind === 'perItem') parts.push(term.cost[bin]!)
    if (term.kind === 'curve') parts.push(term.size[bin]!, term.empty[bin]!, ...term.curve.subarray(bin * term.points, (bin + 1) * term.points))
    if (term.kind === 'paths') parts.push(term.limit[bin]!)
    if (term.kind === 'away') parts.push(term.preferred.includes(bin) ? bin : '')
  }
  return parts.join(' ')
}

/** An assignment from how many items of each flavour stand in each bin: as many as can stay where they began, lower items first. */
export function assignmentOf(problem: Problem, flavours: readonly ItemFlavour[], countOf: (flavour: number, bin: number) => number): Int32Array {
  const assignment = problem.initial.slice()
  flavours.forEach(({ items }, flavour) => {
    const left = Int32Array.from({ length: problem.binCount }, (_, bin) => countOf(flavour, bin))
    const moving = items.filter((item) => {
      const bin = problem.initial[item]!
      if (bin === UNASSIGNED || left[bin]! <= 0) return true
      left[bin]!--
      return false
    })
    let bin = 0
    for (const item of moving) {
      while (bin < problem.binCount && left[bin]! <= 0) bin++
      assignment[item] = bin < problem.binCount ? bin : UNASSIGNED
      if (bin < problem.binCount) left[bin]!--
    }
  })
  return assignment
}
