import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { vmId } from '../../../src/model/ids.ts'
import type { Rule } from '../../../src/model/rules.ts'
import { violationOf } from '../../../src/optimize/evaluate.ts'
import { problemOf } from '../../../src/optimize/problem.ts'
import { failoverOf, headroomRule } from '../../../src/policy/rules/failover.ts'
import { makeHost, makeVm } from '../../support/parts.ts'
import { keepsLimits, keepsRule, suits } from '../../support/placementOracle.ts'
import { namedPlaces, placements, poolAt, randomInventory, randomRules } from '../../support/ruledPool.ts'

const POOLS = 300
const KINDS = ['apart', 'keepApart', 'runOn', 'keepOff', 'together', 'vmsMax', 'lonely', 'spread', 'requires'] as const

/** Whether the VMs of the failed hosts have places on the others by trying all; the others stay. */
function hasPlacesAfter({ hosts, vms }: ReturnType<typeof randomInventory>, rules: readonly Rule[], now: readonly number[], failed: readonly number[]): boolean {
  for (const places of placements(hosts.length, vms.length)) {
    const fits = vms.every((vm, at) => (failed.includes(now[at]!) ? !failed.includes(places[at]!) && suits(vm, null, hosts[places[at]!]!) : places[at] === now[at]))
    if (fits && keepsLimits({ hosts, vms }, namedPlaces(hosts, vms, places)) && rules.every((rule) => keepsRule({ hosts, vms }, rule, namedPlaces(hosts, vms, places)))) return true
  }
  return false
}

describe('room for failures', () => {
  it('is there exactly where every failed host’s VMs have places, by trying all', () => {
    const verdicts: Record<string, number> = { survives: 0, fails: 0 }
    for (let seed = 0; seed < POOLS; seed++) {
      const rng = seededRng(seed, 'failover')
      const { hosts, vms } = randomInventory(rng, { hostsMax: 4, vmsMax: 4, traits: 0.1 })
      const rules = randomRules(rng, rng.below(3), hosts, vms, KINDS)
      const now = vms.map(() => rng.below(hosts.length))
      // A pool that breaks something already is for repair, not for this question.
      const isWell = keepsLimits({ hosts, vms }, namedPlaces(hosts, vms, now)) && rules.every((rule) => keepsRule({ hosts, vms }, rule, namedPlaces(hosts, vms, now))) && vms.every((vm, at) => suits(vm, null, hosts[now[at]!]!))
      if (!isWell) continue
      const expected = hosts.every((_, failed) => hasPlacesAfter({ hosts, vms }, rules, now, [failed])) ? 'survives' : 'fails'
      const answer = failoverOf(poolAt(hosts, vms, rules, now), 1)
      expect(answer.verdict, `seed ${seed}: ${JSON.stringify([answer, rules])}`).toBe(expected)
      verdicts[expected]!++
      if (expected === 'fails') expect(hasPlacesAfter({ hosts, vms }, rules, now, hosts.flatMap(({ id }, at) => (answer.failed.includes(id) ? [at] : [])))).toBe(false)
      const itemVm = Int32Array.from(vms.keys())
      const pool = poolAt(hosts, vms, rules, now)
      const row = headroomRule(pool, itemVm, 1, 'room')
      if (expected === 'survives') expect(violationOf(problemOf({ itemCount: vms.length, binCount: hosts.length, dimensions: 0, demand: new Float64Array(0), capacity: new Float64Array(0), initial: Int32Array.from(now) }), row, Int32Array.from(now))).toBe(0)
    }
    expect(Math.min(verdicts.survives!, verdicts.fails!)).toBeGreaterThan(10)
  })

  it('does not take a place that leaves a group in too few domains', () => {
    // Of three VMs over two racks, the one in the second rack loses its host; only the first rack has hosts left.
    const hosts = ['r1', 'r1', 'r2'].map((rack, at) => ({ ...makeHost(`h${at}`, { memoryMib: 16_384 }), rack }))
    const vms = [0, 1, 2].map((at) => makeVm(`v${at}`, { memoryMib: 1024 }))
    const spread: Rule = { id: 'r', kind: 'spread', vms: vms.map(({ id }) => id), per: 'rack', min: 2 }
    expect(failoverOf(poolAt(hosts, vms, [spread], [0, 1, 2]), 1)).toMatchObject({ verdict: 'fails', failed: ['h2'] })
    expect(failoverOf(poolAt([...hosts, { ...makeHost('h3', { memoryMib: 16_384 }), rack: 'r2' }], vms, [spread], [0, 1, 2]), 1).verdict).toBe('survives')
  })

  it('for two failures asks all pairs, and says how many there were', () => {
    const hosts = Array.from({ length: 5 }, (_, at) => makeHost(`h${at}`, { memoryMib: 8192 }))
    const vms = Array.from({ length: 5 }, (_, at) => makeVm(`v${at}`, { memoryMib: 2048 }))
    expect(failoverOf(poolAt(hosts, vms, [], [0, 1, 2, 3, 4]), 2)).toEqual({ verdict: 'survives', failed: [], vms: [], looked: 10, sets: 10 })
    const apart: Rule = { id: 'r', kind: 'apart', vms: [0, 1, 2, 3].map((at) => vmId(`v${at}`)) }
    expect(failoverOf(poolAt(hosts, vms, [apart], [0, 1, 2, 3, 4]), 1).verdict).toBe('survives')
    expect(failoverOf(poolAt(hosts, vms, [apart], [0, 1, 2, 3, 4]), 2).verdict).toBe('fails')
  })

  it('is not claimed where not all sets of hosts were looked at', () => {
    const hosts = Array.from({ length: 150 }, (_, at) => makeHost(`h${at}`))
    const answer = failoverOf(poolAt(hosts, [makeVm('v')], [], [0]), 2)
    expect([answer.verdict, answer.looked, answer.sets]).toEqual(['unknown', 5000, 11_175])
  })

  it('counts racks that a failure leaves too few of', () => {
    const hosts = [['a', 'r'], ['b', 's'], ['c', 's']].map(([name, rack]) => ({ ...makeHost(name!), rack: rack! }))
    const rule: Rule = { id: 'r', kind: 'spread', vms: [vmId('v'), vmId('w')], per: 'rack', min: 2 }
    const vms = ['v', 'w'].map((name) => makeVm(name))
    expect(failoverOf(poolAt(hosts, vms, [rule], [0, 1]), 1)).toMatchObject({ verdict: 'fails', failed: ['a'] })
    expect(failoverOf(poolAt([...hosts, { ...makeHost('d'), rack: 'r' }], vms, [rule], [0, 1]), 1).verdict).toBe('survives')
  })

  it('looks after VMs that stay and need one that goes', () => {
    const hosts = [['a', 'r'], ['b', 'r'], ['c', 's']].map(([name, rack]) => ({ ...makeHost(name!, { memoryMib: name === 'b' ? 16_384 : 8192 }), rack: rack! }))
    const near: Rule = { id: 'near', kind: 'requires', vms: [vmId('v')], others: [vmId('w')], per: 'rack' }
    const vms = (stays: number) => [makeVm('v', { memoryMib: stays }), makeVm('w', { memoryMib: 4096 })]
    // When b fails, w finds room beside v only if v is small.
    expect(failoverOf(poolAt(hosts, vms(2048), [near], [0, 1]), 1).verdict).toBe('survives')
    expect(failoverOf(poolAt(hosts, vms(6144), [near], [0, 1]), 1)).toMatchObject({ verdict: 'fails', failed: ['b'] })
  })

  it('is none without another host', () => {
    expect(failoverOf(poolAt([makeHost('a')], [makeVm('v')], [], [0]), 1)).toMatchObject({ verdict: 'fails', failed: ['a'], vms: ['v'] })
    expect(failoverOf(poolAt([], [], [], []), 1).verdict).toBe('survives')
  })
})
