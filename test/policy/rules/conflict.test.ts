import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import type { Host, Vm } from '../../../src/model/pool.ts'
import { RULE_KINDS, type Rule } from '../../../src/model/rules.ts'
import { type Conflict, conflictOf } from '../../../src/policy/rules/conflict.ts'
import { makeHost, makeVm } from '../../support/parts.ts'
import { namedPlaces, pick, placements, poolAt, randomInventory, randomRules } from '../../support/ruledPool.ts'
import { keepsLimits, keepsRule, suits } from '../../support/placementOracle.ts'

const POOLS = 300
const KINDS = RULE_KINDS.filter((kind) => !['hostsOnMax', 'failover', 'order'].includes(kind))

interface Case {
  readonly hosts: readonly Host[]
  readonly vms: readonly Vm[]
  readonly rules: readonly Rule[]
  readonly now: readonly (number | null)[]
}

/** Whether some way of placing the VMs keeps everything, by trying all. */
function hasPlaces({ hosts, vms, rules, now }: Case): boolean {
  for (const places of placements(hosts.length, vms.length)) {
    const named = namedPlaces(hosts, vms, places)
    if (vms.every((_, vm) => mayBe({ hosts, vms, rules, now }, vm, places[vm]!)) && keepsLimits({ hosts, vms }, named) && rules.every((rule) => rule.weight !== undefined || keepsRule({ hosts, vms }, rule, named))) return true
  }
  return false
}

function mayBe({ hosts, vms, rules, now }: Case, vm: number, place: number): boolean {
  const source = now[vm] ?? null
  if (!suits(vms[vm]!, source === null ? null : hosts[source]!, hosts[place]!)) return false
  const leaves = source !== null && source !== place
  if (leaves && !vms[vm]!.movable) return false
  return rules.every((rule) => {
    if (rule.weight !== undefined) return true
    if (rule.kind === 'pinned') return !leaves || !rule.vms.includes(vms[vm]!.id)
    return rule.kind !== 'quarantine' || source === place || [place, source].every((host) => host === null || !rule.hosts.includes(hosts[host]!.id))
  })
}

function randomCase(seed: number): Case {
  const rng = seededRng(seed)
  const { hosts, vms } = randomInventory(rng, { hostsMax: 4, vmsMax: 4, traits: pick(rng, [0, 0.2]) })
  const now = vms.map(() => (rng.next() < 0.6 ? rng.below(hosts.length) : null))
  return { hosts, vms: vms.map((vm) => (rng.next() < 0.1 ? { ...vm, movable: false } : vm)), rules: randomRules(rng, rng.below(6), hosts, vms, KINDS), now }
}

/** The case without something that a conflict names. */
function without({ hosts, vms, rules, now }: Case, part: Conflict['parts'][number]): Case {
  switch (part.kind) {
    case 'rule':
      return { hosts, vms, now, rules: rules.filter(({ id }) => id !== part.rule) }
    case 'needs':
      return { hosts, rules, now, vms: vms.map((vm) => (vm.id === part.vm ? { ...vm, needs: { ...(vm.needs?.hugePages ? { hugePages: true } : {}), ...(vm.needs?.diskMib === undefined ? {} : { diskMib: vm.needs.diskMib }) } } : vm)) }
    case 'stays':
      return { hosts, rules, now, vms: vms.map((vm) => (vm.id === part.vm ? { ...vm, movable: true } : vm)) }
    case 'migrationDomain':
      return { vms, rules, now, hosts: hosts.map((host) => ({ ...host, traits: { ...host.traits, migrationDomain: null } })) }
    case 'limit':
      if (part.limit === 'noReservation') return { hosts, rules, now, vms: vms.map((vm) => ({ ...vm, cpuReservationMhz: 0 })) }
      if (part.limit === 'noMemory') return { vms, rules, now, hosts: hosts.map((host) => ({ ...host, capacity: { ...host.capacity, memoryMib: 1e9 } })) }
      return { vms, rules, now, hosts: hosts.map((host) => ({ ...host, traits: { ...host.traits, [part.limit === 'hugePages' ? 'hugePagesMib' : part.limit === 'noDisk' ? 'diskMib' : part.limit]: null } })) }
    case 'outOfService':
      throw new Error('all hosts are in service here')
  }
}

/** All that could be a part of a conflict in the case. */
const anyParts = ({ vms, rules }: Case): Conflict['parts'] => [
  ...rules.map(({ id }) => ({ kind: 'rule' as const, rule: id })), ...vms.flatMap(({ id }) => [{ kind: 'needs' as const, vm: id }, { kind: 'stays' as const, vm: id }]),
  ...(['noMemory', 'noReservation', 'hugePages', 'vcpusPerCoreMax', 'vmsMax', 'noDisk'] as const).map((limit) => ({ kind: 'limit' as const, limit })), { kind: 'migrationDomain' },
]

/** The case with nothing but these parts. */
const withParts = (given: Case, parts: Conflict['parts']): Case =>
  anyParts(given).filter((part) => !parts.some((kept) => JSON.stringify(kept) === JSON.stringify(part))).reduce(without, given)

/** The case with only these VMs. */
const only = ({ hosts, vms, rules, now }: Case, ids: readonly string[]): Case => ({ hosts, rules, vms: vms.filter(({ id }) => ids.includes(id)), now: now.filter((_, vm) => ids.includes(vms[vm]!.id)) })

/** All subsets of so many. */
const subsets = <T>(list: readonly T[], size: number): T[][] => (size <= 0 ? [[]] : list.flatMap((first, at) => subsets(list.slice(at + 1), size - 1).map((rest) => [first, ...rest])))

describe('a conflict of rules', () => {
  it('is found exactly where no placement keeps them all', () => {
    let found = 0
    for (let seed = 0; seed < POOLS; seed++) {
      const given = randomCase(seed)
      const answer = conflictOf(poolAt(given.hosts, given.vms, given.rules, given.now))
      expect(answer.verdict, `seed ${seed}: ${JSON.stringify(given.rules)}`).toBe(hasPlaces(given) ? 'none' : 'conflict')
      if (answer.verdict === 'conflict') found++
    }
    expect(Math.min(found, POOLS - found)).toBeGreaterThan(POOLS / 5)
  })

  it('is named without a part too many, and with none missing', () => {
    const minimalities = new Set<string>()
    for (let seed = 0; seed < POOLS; seed++) {
      const given = randomCase(seed)
      const answer = conflictOf(poolAt(given.hosts, given.vms, given.rules, given.now))
      if (answer.verdict !== 'conflict') continue
      const { parts, minimality } = answer.conflict
      minimalities.add(minimality)
      const about = only(given, answer.conflict.vms)
      expect(hasPlaces(withParts(about, parts)), `seed ${seed}: ${answer.conflict.message}`).toBe(false)
      for (const part of minimality === 'proven' ? [] : parts) expect(hasPlaces(withParts(about, parts.filter((other) => other !== part))), `seed ${seed} without ${JSON.stringify(part)}: ${answer.conflict.message}`).toBe(true)
      if (minimality !== 'smallest' || parts.length > 3) continue
      const fewer = subsets(anyParts(about), parts.length - 1).find((some) => !hasPlaces(withParts(about, some)))
      expect(fewer, `seed ${seed}: ${answer.conflict.message}`).toBeUndefined()
    }
    expect([...minimalities].sort()).toEqual(['irreducible', 'smallest'])
  })

  it('of 4 VMs on hosts of their own that may be on 3 hosts names both rules and those VMs', () => {
    const hosts = Array.from({ length: 6 }, (_, at) => makeHost(`h${at}`))
    const vms = Array.from({ length: 9 }, (_, at) => makeVm(`v${at}`))
    const four = ['v1', 'v2', 'v3', 'v4'].map(vmId)
    const rules: Rule[] = [
      { id: 'others', kind: 'together', vms: ['v5', 'v6'].map(vmId) }, { id: 'web', kind: 'apart', vms: four }, { id: 'licence', kind: 'runOn', vms: [...four, vmId('v7')], hosts: ['h0', 'h1', 'h2'].map(hostId) },
      { id: 'off', kind: 'keepOff', vms: four, hosts: [hostId('h5')] },
    ]
    const answer = conflictOf(poolAt(hosts, vms, rules, vms.map((_, vm) => vm % 3)))
    expect(answer).toMatchObject({ verdict: 'conflict', conflict: { minimality: 'smallest', vms: four, parts: [{ kind: 'rule', rule: 'web' }, { kind: 'rule', rule: 'licence' }] } })
    expect(answer.verdict === 'conflict' && answer.conflict.message).toBe("rule web (apart 4 VMs) and rule licence (runOn 3 hosts) can't all hold for v1, v2, v3, v4: change one of them; more hosts would not help")
  })

  it('names no VM that has no part in it, though it stands in the same small pool', () => {
    const hosts = ['a', 'b', 'c'].map((name) => makeHost(name))
    const vms = ['v', 'w', 'bystander'].map((name) => makeVm(name))
    const rules: Rule[] = [{ id: 'alone', kind: 'lonely', vms: [vmId('v')] }, { id: 'beside', kind: 'requires', vms: [vmId('v')], others: [vmId('w')] }]
    const answer = conflictOf(poolAt(hosts, vms, rules, [0, 0, 1]))
    expect(answer.verdict === 'conflict' && answer.conflict.message).toBe("rule alone (lonely 1 VM) and rule beside (requires 1 VM) can't all hold for v, w: change one of them; more hosts would not help")
  })

  it('advises more hosts where they would help, and only there', () => {
    const hosts = ['a', 'b'].map((name) => makeHost(name, { memoryMib: 8192 }))
    const vms = ['u', 'v', 'w'].map((name) => makeVm(name, { memoryMib: 5000 }))
    const answer = conflictOf(poolAt(hosts, vms, [], [0, 0, 1]))
    expect(answer.verdict === 'conflict' && answer.conflict.message).toBe("the memory of the hosts can't hold for u, v, w: change it, or add hosts")
  })

  it('with the memory of the hosts names that memory', () => {
    const hosts = ['a', 'b'].map((name) => makeHost(name, { memoryMib: 8192 }))
    const vms = ['v', 'w'].map((name) => makeVm(name, { memoryMib: 5000 }))
    const answer = conflictOf(poolAt(hosts, vms, [{ id: 'pair', kind: 'together', vms: [vmId('v'), vmId('w')] }], [0, 1]))
    expect(answer).toMatchObject({ verdict: 'conflict', conflict: { parts: [{ kind: 'rule', rule: 'pair' }, { kind: 'limit', limit: 'noMemory' }] } })
  })

  it('is none where only one of two like hosts will do, because someone stays there', () => {
    const vms = [makeVm('v', { movable: false }), makeVm('w')]
    const pair: Rule = { id: 'pair', kind: 'together', vms: [vmId('v'), vmId('w')] }
    expect(conflictOf(poolAt(['a', 'b'].map((name) => makeHost(name)), vms, [pair], [1, null])).verdict).toBe('none')
  })

  it('with hosts out of service names these', () => {
    const pool = poolAt(['a', 'b'].map((name) => makeHost(name)), [makeVm('v')], [{ id: 'r', kind: 'runOn', vms: [vmId('v')], hosts: [hostId('a')] }], [1])
    pool.hostMode[0] = 2
    expect(conflictOf(pool)).toMatchObject({ verdict: 'conflict', conflict: { parts: [{ kind: 'rule', rule: 'r' }, { kind: 'outOfService', hosts: ['a'] }] } })
  })

  it('in a pool without hosts or VMs is none', () => {
    expect(conflictOf(poolAt([], [], [], [])).verdict).toBe('none')
    expect(conflictOf(poolAt([], [makeVm('v')], [], [null]))).toMatchObject({ verdict: 'conflict', conflict: { parts: [], message: "v can't have a place: there are no hosts" } })
  })

  it('says that it is unknown when it may try too little', () => {
    const hosts = Array.from({ length: 9 }, (_, at) => makeHost(`h${at}`, { memoryMib: 10_240 + at }))
    const vms = Array.from({ length: 18 }, (_, at) => makeVm(`v${at}`, { memoryMib: 3000 + 17 * at }))
    expect(conflictOf(poolAt(hosts, vms, [], vms.map(() => null)), 50).verdict).toBe('unknown')
  })

})
