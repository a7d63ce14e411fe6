import { unknownWord } from '../config/nearest.ts'
import type { ProblemSolver } from '../optimize/problem.ts'
import type { PoolProblem } from '../plan/planMoves.ts'
import { ganetiProblem, ganetiSolver } from '../policy/objectives/ganeti.ts'
import { bad } from './options.ts'
import type { PoolFile } from './poolFile.ts'

/** A score that plans can lower, by name. */
export interface Objective {
  readonly name: string
  readonly description: string
  readonly problemOf: (file: PoolFile) => Pick<PoolProblem, 'problem' | 'itemVm'>
  readonly solver: ProblemSolver
  readonly dimensionNames: readonly string[]
}

export const OBJECTIVES: readonly Objective[] = [
  {
    name: 'ganeti', description: 'the score of Ganeti’s balancer: how far memory, virtual CPUs and loads of hosts are from even',
    problemOf: ({ pool, snapshot }) => ganetiProblem(pool, (vm) => snapshot.vms[vm]!.usage), solver: ganetiSolver,
    dimensionNames: ['MiB of memory', 'virtual CPUs', 'of CPU load', 'of memory load', 'of disk load', 'of network load'],
  },
]

export function objectiveNamed(name: string): Objective {
  const found = OBJECTIVES.find((objective) => objective.name === name)
  if (found === undefined) throw bad('--objective', unknownWord('objective', name, OBJECTIVES.map((objective) => objective.name)))
  return found
}
