import { describe, expect, it } from 'vitest'
import { NOWHERE, VM, type Pool, holdsMemory } from '../../src/model/pool.ts'
import { brokenRules } from '../../src/model/brokenRules.ts'
import { ruleAgainst } from '../../src/model/ruleCheck.ts'
import type { Rule } from '../../src/model/rules.ts'
import { evaluate } from '../../src/optimize/evaluate.ts'
import { problemOf } from '../../src/optimize/problem.ts'
import { compileRules } from '../../src/policy/rules/compile.ts'
import { seededRng } from '../../sim/random.ts'
import { trials } from '../support/parts.ts'
import { worldOf } from '../support/planOracle.ts'
import { AMPLE_POOL, TIGHT_POOL, WHOLE_CATALOGUE, randomPool } from '../support/randomPool.ts'
import { ruleBreaks, stepForbidden } from '../support/ruleOracle.ts'

/** Not about places. */
const OVER_CHANGES: ReadonlySet<Rule['kind']> = new Set(['pinned', 'quarantine', 'order', 'hostsOnMax', 'failover'])

/** Everyone who has a place arrives where it goes. */
function settled(pool: Pool): void {
  pool.vms.forEach((_, slot) => {
    if (pool.vmTarget[slot] === NOWHERE) return
    pool.vmHost[slot] = pool.vmTarget[slot]!
    pool.vmTarget[slot] = NOWHERE
    pool.vmState[slot] = VM.running
  })
}

/** Racks, sites and feeds only: what VMs need of hosts and what hosts limit is in the optimizer's form of the rules too. */
function withoutNeeds(pool: Pool): void {
  pool.vms = pool.vms.map((vm) => ({ ...vm, needs: {} }))
  pool.hosts = pool.hosts.map((host) => ({ ...host, traits: { site: host.traits?.site ?? null, powerFeed: host.traits?.powerFeed ?? null } }))
}

/** How much the placement breaks the optimizer's form of the pool's rules. */
function compiledBreaks(pool: Pool): number {
  const itemVm = Int32Array.from(pool.vms.keys()).filter((vm) => holdsMemory(pool.vmState[vm]!))
  const { rules, allowedRow, allowed } = compileRules(pool, itemVm)
  const [itemCount, binCount] = [itemVm.length, pool.hosts.length]
  const problem = problemOf({ itemCount, binCount, dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), initial: new Int32Array(itemCount).fill(NOWHERE), rules, allowedRow, allowed })
  return evaluate(problem, Int32Array.from(itemVm, (vm) => pool.vmHost[vm]!)).hard
}

describe.each([['tight', TIGHT_POOL], ['ample', AMPLE_POOL]] as const)('rules on the placements of %s pools', (name, shape) => {
  it('are broken for the checker and for the optimizer exactly where they are, read a third time', () => {
    const { seed: first, numRuns } = trials(1_000)
    for (let seed = first; seed < first + numRuns; seed++) {
      const { pool } = randomPool(seededRng(seed, `rules ${name}`), { ...shape, ...WHOLE_CATALOGUE, brokenShare: 0.6 })
      settled(pool)
      const rules = pool.rules.filter(({ kind }) => !OVER_CHANGES.has(kind))
      withoutNeeds(pool)
      for (const rule of rules) {
        pool.rules = [rule]
        const isBroken = ruleBreaks(worldOf(pool), rule, true) > 0
        expect({ rule, seed, checker: brokenRules(pool).length > 0, optimizer: compiledBreaks(pool) > 0 }).toEqual({ rule, seed, checker: isBroken, optimizer: isBroken })
      }
    }
  })

  it('keep a VM off a host at an instant exactly where its arrival breaks one more often, or no change is allowed', () => {
    const { seed: first, numRuns } = trials(400)
    for (let seed = first; seed < first + numRuns; seed++) {
      const { pool } = randomPool(seededRng(seed, `steps ${name}`), { ...shape, ...WHOLE_CATALOGUE })
      settled(pool)
      const rules = pool.rules
      for (const rule of rules) {
        pool.rules = [rule]
        for (let vm = 0; vm < pool.vms.length; vm++) for (let host = 0; host < pool.hosts.length; host++) expect({ rule, vm, host, seed, refused: refuses(pool, vm, host) }).toEqual({ rule, vm, host, seed, refused: breaks(pool, rule, vm, host) })
      }
    }
  })
})

/** What the rule says of a step that brings the VM there; going where it is is no step. */
const refuses = (pool: Pool, vm: number, host: number): boolean => pool.vmHost[vm] !== host && ruleAgainst(pool, vm, host) !== null

function breaks(pool: Pool, rule: Rule, vm: number, host: number): boolean {
  if (pool.vmHost[vm] === host) return false
  const world = worldOf(pool)
  const moved = world.vms.get(pool.vms[vm]!.id)!
  const target = pool.hosts[host]!.id
  const [isForbidden, before] = [stepForbidden(rule, moved, target), ruleBreaks(world, rule, false)]
  moved.hosts = [...moved.hosts, target]
  return isForbidden || ruleBreaks(world, rule, false) > before
}
