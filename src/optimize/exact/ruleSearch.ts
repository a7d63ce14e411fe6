import { UNASSIGNED } from '../problem.ts'
import { type RuleProblem, type RuleTie, ruleTies, zoneKeysOf } from './ruleProblem.ts'

export interface RuleSearch {
  readonly verdict: 'possible' | 'impossible' | 'unknown'
  /** Bins of all items when possible. */
  readonly assignment: Int32Array | null
  /** Bins tried for items. */
  readonly looks: number
}

/** More open items than these are not searched: one level of the search each. */
const DEPTH_MAX = 2000

/** Items x bins up to which the item with the fewest bins left is looked for at each step. */
const DYNAMIC_MAX = 20_000

/**
 * Whether all items can have bins: depth first with the scarcest item next, and of bins that are still alike only the first.
 * Exact; `unknown` after `looksMax` bins were tried, or with too many items.
 */
export function searchPlaces(problem: RuleProblem, looksMax: number): RuleSearch {
  const state = stateOf(problem)
  const open: number[] = []
  for (let item = 0; item < problem.itemCount; item++) {
    const bin = problem.fixed[item]!
    if (bin === UNASSIGNED) open.push(item)
    else if (!enter(state, item, bin)) return { verdict: 'impossible', assignment: null, looks: 0 }
  }
  if (open.length > DEPTH_MAX) return { verdict: 'unknown', assignment: null, looks: 0 }
  const size = (item: number): number => problem.rows[problem.rowOf[item]!]!.reduce((sum, may) => sum + may, 0)
  const sizes = problem.rows.length === 0 ? [] : Array.from({ length: problem.itemCount }, (_, item) => size(item))
  open.sort((a, b) => sizes[a]! - sizes[b]! || state.ties[b]!.length - state.ties[a]!.length || a - b)
  const search = { state, open, looksMax, looks: 0, isDynamic: open.length * problem.binCount <= DYNAMIC_MAX }
  const verdict = descend(search, 0)
  return { verdict, assignment: verdict === 'possible' ? state.assigned.slice() : null, looks: search.looks }
}

interface Search {
  readonly state: State
  readonly open: number[]
  readonly looksMax: number
  looks: number
  readonly isDynamic: boolean
}

function descend(search: Search, depth: number): RuleSearch['verdict'] {
  const { state, open } = search
  if (depth === open.length) return 'possible'
  const bins = search.isDynamic ? pickScarcest(search, depth) : binsLeft(search, open[depth]!, Infinity)
  if (search.looks > search.looksMax) return 'unknown'
  const item = open[depth]!
  for (const bin of bins) {
    search.looks++
    enter(state, item, bin)
    const below = descend(search, depth + 1)
    if (below !== 'impossible') return below
    leave(state, item)
  }
  return 'impossible'
}

/** Brings the item with the fewest bins left to the front of the open ones, and returns these bins. */
function pickScarcest(search: Search, depth: number): readonly number[] {
  const { open } = search
  let best: readonly number[] | null = null
  let at = depth
  for (let position = depth; position < open.length && best?.length !== 0; position++) {
    const bins = binsLeft(search, open[position]!, best?.length ?? Infinity)
    if (best !== null && bins.length >= best.length) continue
    best = bins
    at = position
  }
  const item = open[at]!
  open[at] = open[depth]!
  open[depth] = item
  return best!
}

/** Bins that the item may go to now, at most `most`; of untouched bins that are alike only the first. */
function binsLeft(search: Search, item: number, most: number): number[] {
  const { state } = search
  const { problem, binClass, held } = state
  const row = problem.rows[problem.rowOf[item]!]!
  const bins: number[] = []
  const seen = new Set<number>()
  for (let bin = 0; bin < problem.binCount && bins.length < most; bin++) {
    if (row[bin] === 0 || (held[bin] === 0 && seen.has(binClass[bin]!))) continue
    if (held[bin] === 0) seen.add(binClass[bin]!)
    search.looks++
    if (!enter(state, item, bin)) continue
    leave(state, item)
    bins.push(bin)
  }
  return bins
}

/** Counts of a placement under construction. */
interface State {
  readonly problem: RuleProblem
  readonly ties: readonly (readonly RuleTie[])[]
  readonly assigned: Int32Array
  readonly load: Float64Array
  /** Items in each bin. */
  readonly held: Int32Array
  /** By rule and zone: amount of members, and number of others. */
  readonly members: readonly Float64Array[]
  readonly others: readonly Float64Array[]
  /** By rule: zones with members, zones with members and no others, members and others without a bin. */
  readonly inUse: Int32Array
  readonly lacking: Int32Array
  readonly membersLeft: Int32Array
  readonly othersLeft: Int32Array
  /** Bins of one class are alike while they are empty. */
  readonly binClass: Int32Array
}

function stateOf(problem: RuleProblem): State {
  const { rules, itemCount, binCount } = problem
  const zones = (): Float64Array[] => rules.map(({ zoneCount }) => new Float64Array(zoneCount))
  return {
    problem, ties: ruleTies(problem), assigned: new Int32Array(itemCount).fill(UNASSIGNED), load: problem.base.slice(), held: new Int32Array(binCount), members: zones(), others: zones(),
    inUse: new Int32Array(rules.length), lacking: new Int32Array(rules.length), membersLeft: Int32Array.from(rules, ({ members }) => members.length),
    othersLeft: Int32Array.from(rules, (rule) => ('others' in rule ? rule.others.length : 0)), binClass: classesOf(problem),
  }
}

function classesOf({ binCount, dimensions, rows, rules, capacity, base }: RuleProblem): Int32Array {
  const numbers = new Map<string, number>()
  const zoneKeys = rules.map(zoneKeysOf)
  return Int32Array.from({ length: binCount }, (_, bin) => {
    const rooms = Array.from({ length: dimensions }, (__, d) => capacity[bin * dimensions + d]! - base[bin * dimensions + d]!)
    const key = `${rows.map((row) => row[bin]).join('')} ${rooms.join()} ${zoneKeys.map((keys) => keys(bin)).join()}`
    if (!numbers.has(key)) numbers.set(key, numbers.size)
    return numbers.get(key)!
  })
}

/** Puts an item into a bin if nothing forbids it, whatever the items still open do; else changes nothing. */
function enter(state: State, item: number, bin: number): boolean {
  const { problem, load, held, assigned, ties } = state
  const { dimensions, demand, capacity, fixed } = problem
  for (let d = 0; d < dimensions; d++) {
    const wanted = demand[item * dimensions + d]!
    if (wanted > 0 && fixed[item] === UNASSIGNED && load[bin * dimensions + d]! + wanted > capacity[bin * dimensions + d]!) return false
  }
  for (let d = 0; d < dimensions; d++) load[bin * dimensions + d]! += demand[item * dimensions + d]!
  held[bin]!++
  assigned[item] = bin
  let holds = true
  for (const tie of ties[item]!) count(state, tie, bin, 1)
  for (const tie of ties[item]!) holds &&= mayHold(state, tie.rule, bin)
  if (!holds) leave(state, item)
  return holds
}

function leave(state: State, item: number): void {
  const { problem, load, held, assigned, ties } = state
  const bin = assigned[item]!
  for (const tie of ties[item]!) count(state, tie, bin, -1)
  for (let d = 0; d < problem.dimensions; d++) load[bin * problem.dimensions + d]! -= problem.demand[item * problem.dimensions + d]!
  held[bin]!--
  assigned[item] = UNASSIGNED
}

function count({ problem, members, others, inUse, lacking, membersLeft, othersLeft }: State, { rule, amount, isMember }: RuleTie, bin: number, sign: 1 | -1): void {
  ;(isMember ? membersLeft : othersLeft)[rule]! -= sign
  const zone = problem.rules[rule]!.zoneOf[bin]!
  if (zone === UNASSIGNED) return
  const [ours, theirs] = [members[rule]!, others[rule]!]
  const [wasUsed, wasLacking] = [ours[zone]! > 0, ours[zone]! > 0 && theirs[zone] === 0]
  if (isMember) ours[zone]! += sign * amount
  else theirs[zone]! += sign
  inUse[rule]! += Number(ours[zone]! > 0) - Number(wasUsed)
  lacking[rule]! += Number(ours[zone]! > 0 && theirs[zone] === 0) - Number(wasLacking)
}

/** Whether the rule can still hold after an item came to the bin. */
function mayHold({ problem, members, others, inUse, lacking, membersLeft, othersLeft }: State, number: number, bin: number): boolean {
  const rule = problem.rules[number]!
  const zone = rule.zoneOf[bin]!
  switch (rule.kind) {
    case 'perZoneMax':
      return zone === UNASSIGNED || members[number]![zone]! <= rule.max[zone]!
    case 'zonesMax':
      return inUse[number]! <= rule.max
    case 'zonesMin':
      return inUse[number]! + membersLeft[number]! >= Math.min(rule.min, rule.members.length)
    case 'needs':
      return lacking[number]! <= othersLeft[number]!
    case 'exclusive':
      return zone === UNASSIGNED || members[number]![zone] === 0 || others[number]![zone] === 0
  }
}
