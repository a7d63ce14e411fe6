import { curveAt } from '../evaluate.ts'
import type { Problem, Term } from '../problem.ts'

type BinTerm = Extract<Term, { kind: 'excess' | 'imbalance' | 'inUse' | 'curve' | 'risk' | 'paths' }>

const isBinTerm = (term: Term): term is BinTerm => term.kind === 'excess' || term.kind === 'imbalance' || term.kind === 'inUse' || term.kind === 'curve' || term.kind === 'risk' || term.kind === 'paths'

/** Terms that are sums over bins of a function of the bin's own load and whether it is in use. */
export class BinCosts {
  readonly terms: readonly BinTerm[]
  private readonly capacity: Float64Array
  private readonly dimensions: number

  constructor(problem: Problem) {
    this.terms = problem.terms.filter(isBinTerm)
    this.capacity = problem.capacity
    this.dimensions = problem.dimensions
  }

  /** Weighted value of the bin if its load were the row of `loads` at `offset` and it held `count` items. */
  valueOf(bin: number, loads: Float64Array, offset: number, count: number): number {
    let sum = 0
    for (const term of this.terms) sum += term.weight * this.termOf(term, bin, loads, offset, count)
    return sum
  }

  private termOf(term: BinTerm, bin: number, loads: Float64Array, offset: number, count: number): number {
    switch (term.kind) {
      case 'excess':
        return Math.max(0, loads[offset + term.dimension]! - term.limit[bin]!) * term.scale[bin]!
      case 'imbalance': {
        const row = bin * this.dimensions
        const free = this.capacity[row + term.free]! - loads[offset + term.free]!
        return Math.max(0, term.target * free - (this.capacity[row + term.wanted]! - loads[offset + term.wanted]!))
      }
      case 'inUse':
        return count > 0 ? term.cost[bin]! : 0
      case 'curve':
        return count > 0 ? curveAt(term.curve, bin * term.points, term.points, loads[offset + term.dimension]! / term.size[bin]!) : term.empty[bin]!
      case 'risk': {
        let squares = loads[offset + term.variance]!
        for (const factor of term.factors) squares += loads[offset + factor]! ** 2
        return Math.max(0, loads[offset + term.mean]! + term.z * Math.sqrt(Math.max(0, squares)) - term.limit[bin]!) * term.scale[bin]!
      }
      case 'paths': {
        let over = 0
        for (let at = offset + term.first; at < offset + term.first + term.count; at++) if (loads[at]! > term.limit[bin]!) over++
        return Math.max(0, over / term.count - term.shareMax)
      }
    }
  }
}
