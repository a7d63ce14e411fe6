import { evaluate, loadsOf, mayStand, violationOf } from '../optimize/evaluate.ts'
import { type Cost, type Problem, UNASSIGNED } from '../optimize/problem.ts'
import { termWords } from './termWords.ts'
import type { ScoreLine } from './whyNot.ts'

/** The problem that a placement answers, with the way from VMs and hosts to its numbers. */
export interface PlacementModel {
  readonly problem: Problem
  /** The answer. */
  readonly assignment: Int32Array
  /** UNASSIGNED where the problem has none. */
  readonly itemOf: (vm: number) => number
  readonly binOf: (host: number) => number
  /** By dimension, with its unit last: "MHz of CPU". */
  readonly dimensionNames: readonly string[]
}

export interface Verdict {
  /** Cost by term, less is better; only terms in which the two differ. */
  readonly lines: readonly ScoreLine[]
  readonly valueMore: number
  readonly hardMore: number
  /** Half sentences: with which change of its load the asked host would win. */
  readonly change: readonly string[]
  /** What stands against the asked host whatever it costs. */
  readonly barred: readonly Bar[]
}

/** A hard limit that the asked host would break and the chosen one does not. */
export type Bar =
  | { readonly kind: 'notAsked' }
  | { readonly kind: 'takesNothing' }
  | { readonly kind: 'notAllowed' }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'full'; readonly dimension: string; readonly load: number; readonly limit: number }

/** The answer as it is against the same answer with one VM on another host; null where the problem does not know one of them. */
export function compareBins(model: PlacementModel, vm: number, chosen: number, asked: number): Verdict | null {
  const { problem, assignment, itemOf, binOf } = model
  const item = itemOf(vm)
  if (item === UNASSIGNED || binOf(chosen) === UNASSIGNED || binOf(asked) === UNASSIGNED) return null
  const here = evaluate(problem, withItem(assignment, item, binOf(chosen)))
  const there = evaluate(problem, withItem(assignment, item, binOf(asked)))
  const valueMore = there.value - here.value
  return { lines: differences(here, there), valueMore, hardMore: there.hard - here.hard, change: valueMore > 0 ? changes(model, item, binOf(chosen), binOf(asked)) : [], barred: barsOf(model, item, binOf(chosen), binOf(asked)) }
}

function barsOf({ problem, assignment, dimensionNames }: PlacementModel, item: number, chosen: number, asked: number): Bar[] {
  const [here, there] = [withItem(assignment, item, chosen), withItem(assignment, item, asked)]
  const rules = problem.rules.flatMap((rule): Bar[] => (rule.weight === null && violationOf(problem, rule, there) > violationOf(problem, rule, here) ? [{ kind: 'rule', name: rule.name }] : []))
  const loads = loadsOf(problem, there)
  const full = dimensionNames.flatMap((dimension, d): Bar[] => {
    const at = asked * problem.dimensions + d
    return loads[at]! > problem.capacity[at]! ? [{ kind: 'full', dimension, load: loads[at]!, limit: problem.capacity[at]! }] : []
  })
  return [...standing(problem, item, asked), ...rules, ...full]
}

function standing(problem: Problem, item: number, asked: number): Bar[] {
  if (mayStand(problem, item, asked)) return []
  if (problem.movable[item] === 0) return [{ kind: 'notAsked' }]
  return [problem.receives[asked] === 0 ? { kind: 'takesNothing' } : { kind: 'notAllowed' }]
}

function withItem(assignment: Int32Array, item: number, bin: number): Int32Array {
  const changed = assignment.slice()
  changed[item] = bin
  return changed
}

function differences(here: Cost, there: Cost): ScoreLine[] {
  return Object.keys(here.terms).sort().flatMap((name) => (here.terms[name] === there.terms[name] ? [] : [{ name: termWords(name), chosen: here.terms[name]!, asked: there.terms[name] ?? 0 }]))
}

const HALVINGS = 30

/** By dimension, the least load that would have to leave the asked bin for it to win; where even an idle one would not, nothing. */
function changes({ problem, assignment, dimensionNames }: PlacementModel, item: number, chosen: number, asked: number): string[] {
  const { dimensions } = problem
  return dimensionNames.flatMap((name, d) => {
    const at = asked * dimensions + d
    const loadThere = assignment.reduce((sum, bin, other) => (bin === asked && other !== item ? sum + problem.demand[other * dimensions + d]! : sum), problem.base[at]!)
    const winsWithout = (less: number): boolean => {
      const base = problem.base.slice()
      base[at]! -= less
      const lighter = { ...problem, base }
      return evaluate(lighter, withItem(assignment, item, asked)).value < evaluate(lighter, withItem(assignment, item, chosen)).value
    }
    if (loadThere <= 0 || !winsWithout(loadThere)) return []
    let [low, high] = [0, loadThere]
    for (let halving = 0; halving < HALVINGS; halving++) {
      const middle = (low + high) / 2
      if (winsWithout(middle)) high = middle
      else low = middle
    }
    return [`with ${Math.ceil(high)} ${name} less on it`]
  })
}
