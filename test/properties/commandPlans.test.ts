import { describe, expect, it } from 'vitest'
import { heldLoad } from '../../src/control/planOnce.ts'
import { planRepair } from '../../src/control/planRepair.ts'
import { brokenRules } from '../../src/model/brokenRules.ts'
import type { Plan } from '../../src/model/plan.ts'
import type { Rng } from '../../src/model/random.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import { repair } from '../../src/optimize/search/repair.ts'
import { checkPlan } from '../../src/plan/check.ts'
import { planMoves } from '../../src/plan/planMoves.ts'
import { ganetiProblem, ganetiSolver } from '../../src/policy/objectives/ganeti.ts'
import { seededRng } from '../../sim/random.ts'
import { makePolicy } from '../support/parts.ts'
import { planFaults, worsenings } from '../support/planOracle.ts'
import type { SmallPool } from '../support/pools.ts'
import { AMPLE_POOL, TIGHT_POOL, WHOLE_CATALOGUE, randomPool, type PoolShape } from '../support/randomPool.ts'

const POOLS = 100
const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 2, hostOutgoingMax: 2, poolMigrationsMax: 8, poolBootsMax: 2, hostsOnMin: 1 }
const SOLVE = { nodesMax: 20_000, seed: 1, movesMax: null, shouldStop: () => false }
const SHAPES: readonly (readonly [string, PoolShape])[] = [
  ['tight', { ...TIGHT_POOL, ...WHOLE_CATALOGUE, brokenShare: 0.7 }],
  ['ample', { ...AMPLE_POOL, ...WHOLE_CATALOGUE, brokenShare: 0.7 }],
]

/** Faults of the plans for many pools, each with the pool's number. */
function faultsOf(label: string, shape: PoolShape, plan: (small: SmallPool) => Plan | null): { readonly faults: string[]; readonly steps: number } {
  const faults: string[] = []
  let steps = 0
  for (let number = 0; number < POOLS; number++) {
    const rng: Rng = seededRng(number, label)
    const small = randomPool(rng, shape)
    const made = plan(small)
    if (made === null) continue
    steps += made.steps.length
    const found = [
      ...planFaults(small.pool, made.steps, { rules: small.pool.rules, hostsOnMin: 1 }, rng), ...worsenings(small.pool, made, small.pool.rules),
      ...checkPlan(small.pool, made, { memoryEnforced: true, hostsOnMin: 1 }).map(({ message }) => `check: ${message}`),
    ]
    faults.push(...found.map((fault) => `${label} ${number}: ${fault}`))
  }
  return { faults, steps }
}

const loadOf = ({ pool }: SmallPool) => heldLoad(pool, makePolicy({}), Float64Array.from(pool.vms, ({ cpuMhz }) => cpuMhz / 2))

describe.each(SHAPES)('for pools that are %s and often break their rules', (name, shape) => {
  it('a repair is safe at every instant, makes nothing worse, and names what it leaves broken', () => {
    const { faults, steps } = faultsOf(`repair ${name}`, shape, (small) => {
      const plan = planRepair(small.pool, loadOf(small), repair, SOLVE, LIMITS)
      expect(plan === null).toBe(brokenRules(small.pool).length === 0 && small.pool.hosts.every(({ capacity, reserve, traits }, host) => small.pool.hostMemoryMib[host]! <= (capacity.memoryMib - reserve.memoryMib) * (traits?.memoryOvercommit ?? 1)))
      return plan
    })
    expect(faults).toEqual([])
    expect(steps).toBeGreaterThan(POOLS / 10)
  })

  it('moves that lower a score are safe at every instant and make nothing worse', () => {
    const { faults, steps } = faultsOf(`score ${name}`, shape, (small) => {
      const { problem, itemVm } = ganetiProblem(small.pool, (vm) => ({ cpuMhz: small.pool.vms[vm]!.cpuMhz / 2, memoryMib: 0, networkMibPerS: 0, diskMibPerS: 0 }))
      const answer = ganetiSolver.solve(problem, problem.initial, SOLVE)
      const { plan, curve } = planMoves(small.pool, small.index, loadOf(small), { name: 'ganeti', problem, itemVm, rows: [], baseHash: null }, problem.initial, answer, LIMITS)
      expect(curve.at(-1)!.score).toBeCloseTo(plan.objective.after, 6)
      return plan
    })
    expect(faults).toEqual([])
    expect(steps).toBeGreaterThan(POOLS / 10)
  })
})
