import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { brokenRules } from '../../../src/model/brokenRules.ts'
import { RULE_KINDS, type Rule, type RuleKind } from '../../../src/model/rules.ts'
import { evaluate } from '../../../src/optimize/evaluate.ts'
import { UNASSIGNED, problemOf } from '../../../src/optimize/problem.ts'
import { compileRules } from '../../../src/policy/rules/compile.ts'
import { namedPlaces, placements, poolAt, randomInventory, randomRule, randomRules } from '../../support/ruledPool.ts'
import { keepsRule } from '../../support/placementOracle.ts'

const POOLS = 60
const SMALL = { hostsMax: 4, vmsMax: 4, traits: 0 }
/** Kinds about where VMs are; the others bind changes and power. */
const PLACE_KINDS = RULE_KINDS.filter((kind) => !['pinned', 'quarantine', 'hostsOnMax', 'failover', 'order'].includes(kind))

/** The optimizer's judgement of a placement to which all VMs come from nowhere. */
function costOf(pool: ReturnType<typeof poolAt>, places: readonly number[]): ReturnType<typeof evaluate> {
  const itemVm = Int32Array.from(pool.vms.keys())
  const { rules, allowed, allowedRow } = compileRules(pool, itemVm)
  const nowhere = { dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), initial: new Int32Array(itemVm.length).fill(UNASSIGNED) }
  return evaluate(problemOf({ itemCount: itemVm.length, binCount: pool.hosts.length, ...nowhere, rules, allowed, allowedRow }), Int32Array.from(places))
}

describe('rules over placements', () => {
  it.each(PLACE_KINDS)('%s: value, checker and optimizer agree on every placement', (kind: RuleKind) => {
    const rng = seededRng(7, kind)
    let kept = 0
    let broken = 0
    for (let trial = 0; trial < POOLS; trial++) {
      const { hosts, vms } = randomInventory(rng, SMALL)
      const rule = randomRule(rng, kind, 'r', hosts, vms)
      for (const places of placements(hosts.length, vms.length)) {
        const named = namedPlaces(hosts, vms, places)
        const holds = keepsRule({ hosts, vms }, rule, named)
        const pool = poolAt(hosts, vms, [rule], places)
        const found = { checker: brokenRules(pool).length === 0, optimizer: costOf(poolAt(hosts, vms, [rule], []), places).hard === 0 }
        // Names are put together only where they are needed: there are many placements.
        if (found.checker !== holds || found.optimizer !== holds) expect(found, `${JSON.stringify(rule)} ${JSON.stringify([...named])}`).toEqual({ checker: holds, optimizer: holds })
        if (holds) kept++
        else broken++
      }
    }
    expect(Math.min(kept, broken), `${kept} kept, ${broken} broken`).toBeGreaterThan(100)
  })

  it.each(PLACE_KINDS)('%s with a weight costs when broken, and is never hard', (kind: RuleKind) => {
    const rng = seededRng(8, kind)
    for (let trial = 0; trial < POOLS / 2; trial++) {
      const { hosts, vms } = randomInventory(rng, SMALL)
      const rule = { ...randomRule(rng, kind, 'r', hosts, vms), weight: 3 }
      for (const places of placements(hosts.length, vms.length)) {
        const cost = costOf(poolAt(hosts, vms, [rule], []), places)
        const holds = keepsRule({ hosts, vms }, rule, namedPlaces(hosts, vms, places))
        if (cost.hard !== 0 || (cost.value === 0) !== holds || brokenRules(poolAt(hosts, vms, [rule], places)).length > 0) expect.fail(`${JSON.stringify(rule)} at ${places.join()}: ${JSON.stringify(cost)}`)
      }
    }
  })

  it('several rules together are as broken as any of them', () => {
    const rng = seededRng(9)
    for (let trial = 0; trial < POOLS; trial++) {
      const { hosts, vms } = randomInventory(rng, SMALL)
      const rules: Rule[] = randomRules(rng, 4, hosts, vms, PLACE_KINDS)
      for (const places of placements(hosts.length, vms.length)) {
        const holds = rules.every((rule) => keepsRule({ hosts, vms }, rule, namedPlaces(hosts, vms, places)))
        if ((costOf(poolAt(hosts, vms, rules, []), places).hard === 0) !== holds) expect.fail(`${JSON.stringify(rules)} at ${places.join()}: they ${holds ? 'hold' : 'do not hold'}`)
      }
    }
  })
})

