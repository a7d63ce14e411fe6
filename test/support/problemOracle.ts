import type { GroupRule, Problem, Term } from '../../src/optimize/problem.ts'

/**
 * What an assignment costs, written down from the sentences of problem.ts a second time, the slow and obvious way: lists and
 * sets, one question at a time. Shares nothing with evaluate.ts or with running sums.
 */
export interface OracleCost {
  readonly unplaced: number
  readonly hard: number
  readonly value: number
  /** By hard rule, in the order of the problem's rules; soft ones 0. */
  readonly hardRules: readonly number[]
  /** By bin and dimension: load above capacity. */
  readonly excess: readonly number[]
}

const NONE = -1
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

export function oracleCost(problem: Problem, assignment: ArrayLike<number>): OracleCost {
  const items = range(problem.itemCount)
  const excess = range(problem.binCount).flatMap((bin) => range(problem.dimensions).map((d) => Math.max(0, loadOf(problem, assignment, bin, d) - problem.capacity[bin * problem.dimensions + d]!)))
  const misplaced = items.filter((item) => assignment[item] !== NONE && assignment[item] !== problem.initial[item] && !accepts(problem, item, assignment[item]!)).length
  const broken = problem.rules.map((rule) => ruleViolation(rule, assignment))
  const hardRules = broken.map((violation, at) => (problem.rules[at]!.weight === null ? violation : 0))
  const soft = broken.map((violation, at) => (problem.rules[at]!.weight ?? 0) * violation)
  const capacityRatio = excess.map((over, at) => (over > 0 ? over / Math.max(1, problem.capacity[at]!) : 0))
  return {
    unplaced: items.filter((item) => assignment[item] === NONE && problem.movable[item] === 1).length,
    hard: total(capacityRatio) + misplaced + total(hardRules),
    value: total(soft) + total(problem.terms.map((term) => term.weight * termAmount(problem, term, assignment))) + total(items.map((item) => moveAmount(problem, item, assignment[item]!))),
    hardRules, excess,
  }
}

function accepts({ movable, receives, allowedRow, allowed }: Problem, item: number, bin: number): boolean {
  return movable[item] === 1 && receives[bin] === 1 && (allowedRow[item] === NONE || allowed[allowedRow[item]!]![bin] === 1)
}

/** An item counts where it is, and in transient dimensions also where it was. */
export function loadOf(problem: Problem, assignment: ArrayLike<number>, bin: number, d: number): number {
  const counted = range(problem.itemCount).filter((item) => assignment[item] === bin || (problem.transient[d] === 1 && problem.initial[item] === bin))
  return problem.base[bin * problem.dimensions + d]! + total(counted.map((item) => problem.demand[item * problem.dimensions + d]!))
}

/** Zones of the members that have a place in one, with multiplicity. */
function zonesOf(rule: GroupRule, items: Int32Array, assignment: ArrayLike<number>): number[] {
  return [...items].flatMap((item) => (assignment[item] === NONE || rule.zoneOf[assignment[item]!] === NONE ? [] : [rule.zoneOf[assignment[item]!]!]))
}

export function ruleViolation(rule: GroupRule, assignment: ArrayLike<number>): number {
  const zones = zonesOf(rule, rule.members, assignment)
  const used = new Set(zones)
  switch (rule.kind) {
    case 'perZoneMax':
      return total(range(rule.zoneCount).map((zone) => {
        const inside = [...rule.members].map((item, at) => (assignment[item] !== NONE && rule.zoneOf[assignment[item]!] === zone ? (rule.amount?.[at] ?? 1) : 0))
        return Math.max(0, total(inside) - rule.max[zone]!)
      }))
    case 'zonesMin':
      return Math.max(0, Math.min(rule.min, [...rule.members].filter((item) => assignment[item] !== NONE).length) - used.size)
    case 'zonesMax':
      return Math.max(0, used.size - rule.max)
    case 'needs': {
      const helped = new Set(zonesOf(rule, rule.others, assignment))
      return [...used].filter((zone) => !helped.has(zone)).length
    }
    case 'exclusive': {
      const others = zonesOf(rule, rule.others, assignment)
      return total([...used].map((zone) => Math.min(zones.filter((at) => at === zone).length, others.filter((at) => at === zone).length)))
    }
  }
}

function termAmount(problem: Problem, term: Term, assignment: ArrayLike<number>): number {
  const bins = range(problem.binCount)
  const items = range(problem.itemCount)
  const load = (bin: number, d: number): number => loadOf(problem, assignment, bin, d)
  const holds = (bin: number): boolean => items.some((item) => assignment[item] === bin)
  switch (term.kind) {
    case 'excess':
      return total(bins.map((bin) => term.scale[bin]! * Math.max(0, load(bin, term.dimension) - term.limit[bin]!)))
    case 'imbalance': {
      const free = (bin: number, d: number): number => problem.capacity[bin * problem.dimensions + d]! - load(bin, d)
      return total(bins.map((bin) => Math.max(0, term.target * free(bin, term.free) - free(bin, term.wanted))))
    }
    case 'spread': {
      const ratios = bins.filter((bin) => term.over[bin] === 1).map((bin) => load(bin, term.dimension) / term.size[bin]!)
      if (ratios.length === 0) return 0
      // Mean square difference of all pairs is twice the variance.
      const variance = total(ratios.flatMap((a) => ratios.map((b) => (a - b) ** 2))) / (2 * ratios.length ** 2)
      return term.measure === 'variance' ? variance : Math.sqrt(variance)
    }
    case 'inUse':
      return total(bins.filter(holds).map((bin) => term.cost[bin]!))
    case 'curve':
      return total(bins.map((bin) => (holds(bin) ? interpolate([...term.curve.slice(bin * term.points, (bin + 1) * term.points)], load(bin, term.dimension) / term.size[bin]!) : term.empty[bin]!)))
    case 'perItem':
      return total(items.map((item) => (assignment[item] === NONE ? 0 : term.cost[assignment[item]!]!)))
    case 'away':
      return total(items.map((item) => (term.preferred[item] !== NONE && assignment[item] !== term.preferred[item] ? term.cost[item]! : 0)))
    case 'groupMovesMax':
      return Math.max(0, ...range(term.groupCount).map((group) => items.filter((item) => term.groupOf[item] === group && assignment[item] !== problem.initial[item]).length))
    case 'risk':
      return total(bins.map((bin) => {
        const variance = load(bin, term.variance) + total(term.factors.map((d) => load(bin, d) * load(bin, d)))
        return term.scale[bin]! * Math.max(0, load(bin, term.mean) + term.z * Math.sqrt(Math.max(0, variance)) - term.limit[bin]!)
      }))
    case 'paths':
      return total(bins.map((bin) => Math.max(0, range(term.count).filter((path) => load(bin, term.first + path) > term.limit[bin]!).length / term.count - term.shareMax)))
  }
}

function interpolate(values: readonly number[], ratio: number): number {
  const place = Math.max(0, Math.min(1, ratio)) * (values.length - 1)
  return total(values.map((value, at) => value * Math.max(0, 1 - Math.abs(place - at))))
}

function moveAmount({ initial, moveCost, routeCost }: Problem, item: number, bin: number): number {
  const source = initial[item]!
  if (source === NONE || bin === NONE || bin === source) return 0
  return moveCost[item]! + (routeCost === null ? 0 : routeCost.cost[routeCost.classOf[source]! * routeCost.classCount + routeCost.classOf[bin]!]!)
}

/** Items with a place that are to end elsewhere. */
export const movesOf = ({ initial }: Problem, assignment: ArrayLike<number>): number => initial.filter((bin, item) => bin !== NONE && assignment[item] !== bin).length
