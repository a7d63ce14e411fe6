import { curveAt } from './evaluate.ts'
import { type Problem, type Term, UNASSIGNED } from './problem.ts'

/** A smaller problem that is nowhere dearer, with what it leaves out of the value. */
export interface Folded {
  readonly problem: Problem
  readonly constant: number
}

/**
 * The problem without items that may not move, which become base load, and without rules: a relaxation, for bounds. What
 * wishes are about is a few items of many, so that it is much smaller.
 */
export function withoutFixed(problem: Problem): Folded {
  const { itemCount, dimensions, demand, initial, movable } = problem
  const kept = Int32Array.from([...movable.keys()].filter((item) => movable[item] === 1))
  const base = problem.base.slice()
  const held = new Uint8Array(problem.binCount)
  const fixed: number[] = []
  for (let item = 0; item < itemCount; item++) {
    const bin = initial[item]!
    if (movable[item] === 1 || bin === UNASSIGNED) continue
    fixed.push(item)
    held[bin] = 1
    for (let d = 0; d < dimensions; d++) base[bin * dimensions + d]! += demand[item * dimensions + d]!
  }
  let constant = 0
  const terms = problem.terms.map((term): Term => {
    const folded = foldTerm(problem, term, { kept, fixed, held, base })
    constant += folded.constant
    return folded.term
  })
  return {
    constant,
    problem: {
      ...problem, itemCount: kept.length, base, terms, rules: [], demand: Float64Array.from({ length: kept.length * dimensions }, (_, at) => demand[kept[Math.floor(at / dimensions)]! * dimensions + (at % dimensions)]!),
      initial: kept.map((item) => initial[item]!), movable: new Uint8Array(kept.length).fill(1), allowedRow: kept.map((item) => problem.allowedRow[item]!), moveCost: Float64Array.from(kept, (item) => problem.moveCost[item]!),
    },
  }
}

interface Fixed {
  readonly kept: Int32Array
  readonly fixed: readonly number[]
  readonly held: Uint8Array
  readonly base: Float64Array
}

function foldTerm({ initial, dimensions }: Problem, term: Term, { kept, fixed, held, base }: Fixed): { readonly term: Term; readonly constant: number } {
  const sum = (costs: Iterable<number>): number => [...costs].reduce((total, cost) => total + cost, 0)
  switch (term.kind) {
    case 'perItem':
      return { term, constant: term.weight * sum(fixed.map((item) => term.cost[initial[item]!]!)) }
    case 'away': {
      const away = fixed.filter((item) => term.preferred[item] !== UNASSIGNED && term.preferred[item] !== initial[item])
      return { term: { ...term, preferred: kept.map((item) => term.preferred[item]!), cost: Float64Array.from(kept, (item) => term.cost[item]!) }, constant: term.weight * sum(away.map((item) => term.cost[item]!)) }
    }
    case 'inUse':
      return { term: { ...term, cost: term.cost.map((cost, bin) => (held[bin] === 1 ? 0 : cost)) }, constant: term.weight * sum(term.cost.filter((_, bin) => held[bin] === 1)) }
    case 'curve':
      // A bin that holds fixed items is never without items: its load is then that of the base.
      return { term: { ...term, empty: term.empty.map((cost, bin) => (held[bin] === 1 ? curveAt(term.curve, bin * term.points, term.points, base[bin * dimensions + term.dimension]! / term.size[bin]!) : cost)) }, constant: 0 }
    case 'groupMovesMax':
      return { term: { ...term, groupOf: kept.map((item) => term.groupOf[item]!) }, constant: 0 }
    case 'excess':
    case 'imbalance':
    case 'spread':
    case 'risk':
    case 'paths':
      return { term, constant: 0 }
  }
}
