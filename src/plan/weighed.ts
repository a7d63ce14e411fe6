import { evaluate } from '../optimize/evaluate.ts'
import { UNASSIGNED, type Problem } from '../optimize/problem.ts'
import { listNames } from '../model/text.ts'
import type { PlacementModel } from './compareBins.ts'
import { termAmount, termWords } from './termWords.ts'

/** What the goals weighed, before and after, in the order of their weight; and hosts that end empty because that saves power. Lines without an end. */
export function weighedLines(model: PlacementModel, hostNames: readonly string[]): string[] {
  const { problem, assignment } = model
  const [before, after] = [evaluate(problem, problem.initial), evaluate(problem, assignment)]
  const names = [...new Set(problem.terms.map(({ name }) => name))]
  const lines = names.flatMap((name) => {
    const [was, is] = [before, after].map(({ terms }) => termAmount(name, (terms[name] ?? 0) - (name === 'undrained' ? stuckCost(problem) : 0)))
    return was == null || is == null || was === is ? [] : [`${termWords(name)}: ${was}, then ${is}`]
  })
  const waiting = before.unplaced === after.unplaced ? [] : [`VMs without a place: ${before.unplaced}, then ${after.unplaced}`]
  const all = [...waiting, ...lines]
  return [...(all.length === 0 ? [] : ['Weighed, the first before all that follow:', ...all.map((line) => `  ${line}`)]), ...emptiedText(problem, assignment, hostNames)]
}

/** What items cost that can't leave where they are, whatever is done: those that are to be stopped there. */
function stuckCost({ terms, movable, initial }: Problem): number {
  return terms.reduce((sum, term) => (term.kind !== 'perItem' ? sum : sum + initial.reduce((cost, bin, item) => cost + (movable[item] === 0 && bin !== UNASSIGNED ? term.weight * term.cost[bin]! : 0), 0)), 0)
}

/** Hosts that nobody had to leave and that end without VMs: the reason is their idle power, whatever moved the first of them. */
function emptiedText(problem: Problem, assignment: Int32Array, hostNames: readonly string[]): string[] {
  const prices = problem.terms.find(({ kind }) => kind === 'inUse')
  if (prices?.kind !== 'inUse') return []
  const mustLeave = problem.terms.flatMap((term) => (term.kind === 'perItem' ? [term.cost] : []))
  const emptied = hostNames.flatMap((name, bin) =>
    (problem.initial.includes(bin) && !assignment.includes(bin) && prices.cost[bin]! > 0 && mustLeave.every((cost) => cost[bin] === 0) ? [{ name, watts: prices.cost[bin]! }] : []))
  if (emptied.length === 0) return []
  const watts = Math.round(emptied.reduce((sum, one) => sum + one.watts, 0))
  return [`${listNames(emptied.map(({ name }) => name))} ${emptied.length === 1 ? 'ends' : 'end'} without VMs: the others have room for all of them, and hosts in use cost their idle power (${watts} W) while they can't be switched off.`]
}

