import { describe, expect, it } from 'vitest'
import { seededRng } from '../../sim/random.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { NOWHERE, copyPool, type Host, type Pool } from '../../src/model/pool.ts'
import { indexPool } from '../../src/model/poolIndex.ts'
import { reason } from '../../src/model/result.ts'
import { RULE_KINDS, type Rule } from '../../src/model/rules.ts'
import { type TransitionLimits, begin } from '../../src/model/transition.ts'
import { checkPlan } from '../../src/plan/check.ts'
import { makeHost, makeVm } from '../support/parts.ts'
import { poolAt, randomInventory, randomRules } from '../support/ruledPool.ts'

const OPTIONS = { memoryEnforced: true, hostsOnMin: 1, reservationsEnforced: true }
const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null, poolBootsMax: null, hostsOnMin: 1 }

function migration(id: string, vm: string, source: string, target: string, after: readonly string[] = []): Step {
  return { id: stepId(id), kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target), after: after.map(stepId), estimateMs: 1, reason: reason('test', 'test') }
}

const start = (id: string, vm: string, target: string): Step => ({ id: stepId(id), kind: 'startVm', vm: vmId(vm), target: hostId(target), after: [], estimateMs: 1, reason: reason('test', 'test') })

/** Every single step that would bring a VM to a host. */
function* comings(pool: Pool): Generator<Step> {
  for (const [vm, { id }] of pool.vms.entries()) {
    for (const [host, { id: target }] of pool.hosts.entries()) {
      if (pool.vmHost[vm] === NOWHERE) yield start('s', id, target)
      else if (pool.vmHost[vm] !== host) yield migration('s', id, pool.hosts[pool.vmHost[vm]!]!.id, target)
    }
  }
}

describe('the check of a single step', () => {
  it.each([['rules', 0, 400], ['needs and limits of hosts', 0.3, 400]] as const)('agrees with the transition rule about %s', (_, traits, pools) => {
    const refusals = new Map<string, number>()
    let accepted = 0
    for (let seed = 0; seed < pools; seed++) {
      const rng = seededRng(seed, 'steps')
      const { hosts, vms } = randomInventory(rng, { hostsMax: 5, vmsMax: 6, traits })
      const rules = randomRules(rng, rng.below(4), hosts, vms, RULE_KINDS).map((rule): Rule => (rng.next() < 0.15 ? { ...rule, weight: 2 } : rule))
      const pool = poolAt(hosts, vms, rules, vms.map(() => (rng.next() < 0.8 ? rng.below(hosts.length) : null)))
      for (const step of comings(pool)) {
        const begun = begin(copyPool(pool), indexPool(pool), step, LIMITS)
        const found = checkPlan(pool, { steps: [step] }, OPTIONS)
        const what = `seed ${seed} ${JSON.stringify(step)} ${JSON.stringify(rules)} ${begun.ok ? '' : begun.refusal.message}: ${found.map(({ message }) => message).join('; ')}`
        if (begun.ok !== (found.length === 0)) expect.fail(what)
        if (begun.ok) accepted++
        else refusals.set(begun.refusal.code, (refusals.get(begun.refusal.code) ?? 0) + 1)
      }
    }
    expect(accepted).toBeGreaterThan(300)
    expect([...refusals.keys()].sort()).toEqual(traits === 0 ? ['noMemory', 'rule'] : ['cpuFeatures', 'cpuModel', 'deviceStays', 'hugePages', 'migrationDomain', 'networks', 'noDisk', 'noMemory', 'noReservation', 'numaCell', 'rule', 'storages', 'vcpusPerCoreMax', 'vmsMax'].filter((code) => refusals.has(code)))
    expect(refusals.size).toBeGreaterThan(traits === 0 ? 1 : 9)
  })
})

describe('the check of steps beside each other', () => {
  const racked = (name: string, rack: string): Host => ({ ...makeHost(name), rack })
  const hosts = [racked('a', 'r'), racked('b', 'r'), racked('c', 's'), racked('d', 't')]
  const vms = ['v', 'w', 'x'].map((name) => makeVm(name))
  const names = vms.map(({ id }) => id)
  const faults = (rule: Rule, places: readonly number[], steps: readonly Step[]): string[] => checkPlan(poolAt(hosts, vms, [rule], places), { steps }, OPTIONS).map(({ message }) => message)
  // v leaves rack r for t, w comes to r from s.
  const swap = (after: readonly string[]): Step[] => [migration('m1', 'v', 'a', 'd'), migration('m2', 'w', 'c', 'b', after)]

  it.each<[string, Rule]>([
    ['apart by rack', { id: 'r', kind: 'apart', vms: [names[1]!, names[0]!], per: 'rack' }],
    ['two at most in a rack', { id: 'r', kind: 'apart', vms: names, per: 'rack', max: 2 }],
    ['kept apart by rack', { id: 'r', kind: 'keepApart', vms: [names[0]!], others: [names[1]!], per: 'rack' }],
    ['too many for hosts together', { id: 'r', kind: 'vmsMax', vms: [], hosts: [hostId('a'), hostId('b')], max: 2, each: false }],
    ['too large for hosts together', { id: 'r', kind: 'resourceMax', vms: [], hosts: [hostId('a'), hostId('b')], resource: 'vcpus', max: 4 }],
  ])('finds where VMs could meet that are %s, and nothing when one waits for the other', (_, rule) => {
    expect(faults(rule, [0, 2, 1], swap([])).join()).toMatch(/rule r (keeps|allows)/)
    expect(faults(rule, [0, 2, 1], swap(['m1']))).toEqual([])
  })

  it.each<[string, number | null, Rule[], string]>([
    ['refuses a VM whose disks find no room on the storage of the host', 3000, [], 'noDisk'],
    ['takes one that fits to the last MiB', 4000, [], 'ok'],
    ['refuses one that finds no room on what hosts share', null, [{ id: 'store', kind: 'resourceMax', vms: [], hosts: [hostId('a'), hostId('c')], resource: 'diskMib', max: 3000 }], 'rule'],
    ['moves one among hosts that share its storage, however full that is', null, [{ id: 'store', kind: 'resourceMax', vms: [], hosts: [hostId('a'), hostId('b')], resource: 'diskMib', max: 4000 }], 'ok'],
  ])('%s', (_, diskMib, rules, code) => {
    const hosts = ['a', 'b', 'c'].map((id) => ({ ...makeHost(id), ...(id === 'a' && diskMib !== null ? { traits: { diskMib } } : {}) }))
    const vms = ['v0', 'v1'].map((id) => makeVm(id, { memoryMib: 1024, needs: { diskMib: 2000 } }))
    const pool = poolAt(hosts, vms, rules, [0, 1])
    const step = migration('s', 'v1', 'b', 'a')
    const begun = begin(copyPool(pool), indexPool(pool), step, LIMITS)
    expect(begun.ok ? 'ok' : begun.refusal.code).toBe(code)
    expect(checkPlan(pool, { steps: [step] }, OPTIONS)).toHaveLength(code === 'ok' ? 0 : 1)
  })

  it('finds a stranger on a host that is for others only', () => {
    const rule: Rule = { id: 'r', kind: 'lonely', vms: [names[0]!] }
    const steps = (after: readonly string[]): Step[] => [migration('m1', 'v', 'a', 'd'), migration('m2', 'w', 'c', 'a', after)]
    expect(faults(rule, [0, 2, 1], steps([])).join()).toMatch(/rule r keeps v and w apart/)
    expect(faults(rule, [0, 2, 1], steps(['m1']))).toEqual([])
  })

  it('finds a step that does not wait for those that a rule puts before it', () => {
    const rule: Rule = { id: 'r', kind: 'order', vms: [names[0]!], others: [names[1]!] }
    expect(faults(rule, [0, 2, 1], swap([]))).toEqual(['m2: rule r lets it begin only when m1 has ended, and it does not wait for that'])
    expect(faults(rule, [0, 2, 1], swap(['m1']))).toEqual([])
  })

  it('finds more hosts on than a rule allows', () => {
    const pool = poolAt(hosts, vms, [{ id: 'r', kind: 'hostsOnMax', vms: [], hosts: hosts.map(({ id }) => id), max: 3 }], [0, 0, 0])
    pool.hostPower[2] = 1
    pool.hostPower[3] = 1
    const wake = (id: string, host: string): Step => ({ id: stepId(id), kind: 'powerOn', host: hostId(host), after: [], estimateMs: 1, reason: reason('test', 'test') })
    expect(checkPlan(pool, { steps: [wake('p1', 'c')] }, OPTIONS)).toEqual([])
    expect(checkPlan(pool, { steps: [wake('p1', 'c'), wake('p2', 'd')] }, OPTIONS).map(({ message }) => message).join()).toMatch(/rule r lets 3 of its hosts be on, and 4 would be/)
  })

  it('finds a host going off whose room a failure would need', () => {
    const small = ['a', 'b', 'c'].map((name) => makeHost(name, { memoryMib: 8192 }))
    const pool = poolAt(small, vms, [{ id: 'r', kind: 'failover', vms: [], failures: 1 }], [0, 1, 1])
    const off: Step = { id: stepId('p'), kind: 'powerOff', host: hostId('c'), after: [], estimateMs: 1, reason: reason('test', 'test') }
    expect(checkPlan(pool, { steps: [off] }, OPTIONS).map(({ message }) => message).join()).toMatch(/rule r asks for room for the VMs of 1 failed host/)
    pool.rules = []
    expect(checkPlan(pool, { steps: [off] }, OPTIONS)).toEqual([])
  })

  it('judges whole placements only where it is asked to, and by what became worse', () => {
    const judged = (kind: 'together', places: readonly number[]): number => checkPlan(poolAt(hosts, vms, [{ id: 'r', kind, vms: names }], places), { steps: [migration('m', 'v', 'a', 'd')] }, { ...OPTIONS, placementsEnforced: true }).length
    expect(judged('together', [0, 0, 0])).toBe(1)
    // It was torn apart before.
    expect(judged('together', [0, 1, 1])).toBe(0)
  })
})
