import { evaluate } from '../evaluate.ts'
import { type Answer, type Problem, type ProblemSolver, type SolveLimits, isBetter } from '../problem.ts'
import { lowerBoundOfProblem } from '../bounds/lowerBound.ts'
import { AnnealEngine } from './engine.ts'
import { Portfolio, type RunOutcome } from './portfolio.ts'

/**
 * Simulated annealing (Kirkpatrick, Gelatt & Vecchi 1983) whose schedule is found by short runs; see Portfolio. Nodes are
 * proposals. Deterministic for a seed under `nodesMax`; threads: src/drivers/compute/anneal.ts.
 */
export function anneal(problem: Problem, start: Int32Array, limits: SolveLimits): Answer {
  const before = evaluate(problem, start)
  const engine = new AnnealEngine(problem, start, limits.movesMax)
  const best = { assignment: start.slice(), cost: before }
  let nodes = 0
  let isStopped = false
  const portfolio = new Portfolio(engine.temperatures, engine.hasPenalty, 1, limits.seed)
  let planned = engine.isIdle ? [] : portfolio.next([])
  while (planned.length > 0 && !isStopped) {
    const outcomes: RunOutcome[] = []
    for (const run of planned) {
      const annealing = engine.begin({ ...run, nodes: Math.floor(run.share * limits.nodesMax) }, portfolio.profileOf(run), run.fromBest ? best.assignment : null)
      while (!annealing.isOver && !(isStopped = limits.shouldStop())) annealing.step()
      nodes += annealing.done
      const cost = evaluate(problem, annealing.best)
      outcomes.push({ run, value: cost.value, kept: isBetter(cost, before), released: annealing.released })
      if (isBetter(cost, best.cost)) {
        best.assignment = annealing.best.slice()
        best.cost = cost
      }
      if (isStopped) break
    }
    planned = portfolio.next(outcomes)
  }
  const lowerBound = lowerBoundOfProblem(problem, limits.shouldStop).value
  return { ...best, lowerBound, moves: null, ended: isStopped ? 'stopped' : 'nodes', nodes }
}

export const annealSolver: ProblemSolver = { name: 'anneal', solve: anneal }
