import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines, readScenario } from './support.ts'

/** A scenario that is in order; each case below breaks it in one way. */
const base: Readonly<Record<string, string>> = {
  name: 'name: good',
  hosts: 'hosts: [{id: host, count: 4, cores: 8, coreMhz: 2000, memoryMib: 32 GiB}]',
  workload: 'workload: {synthetic: {vmCount: 10, flavors: [{vcpus: 2, memoryMib: 2 GiB, weight: 1}]}}',
  durationMs: 'durationMs: 2 d',
  policies: 'policies: [none, power-save]',
}
const scenario = (changes: Readonly<Record<string, string>>): string => Object.values({ ...base, ...changes }).filter((line) => line !== '').join('\n')
const faults = (changes: Readonly<Record<string, string>>, files: Readonly<Record<string, string>> = {}): string[] => lines(readScenario(scenario(changes), {}, files).issues)

describe('a faulty scenario', () => {
  it('is told from one in order', () => {
    expect(faults({})).toEqual([])
  })

  it.each<[string, Record<string, string>, string, RegExp]>([
    ['an unknown key', { extra: 'polices: [none]' }, 's.yaml:6 polices', /unknown key "polices": did you mean "policies"/],
    ['an unknown key inside', { workload: 'workload: {synthetic: {vmCoutn: 10}}' }, 's.yaml:3 workload.synthetic.vmCoutn', /did you mean "vmCount"/],
    ['a unit of another kind', { durationMs: 'durationMs: 8 GiB' }, 's.yaml:4 durationMs', /unit of memory/],
    ['a text that is no quantity', { durationMs: 'durationMs: soon' }, 's.yaml:4 durationMs', /not a quantity/],
    ['negative memory', { hosts: 'hosts: [{cores: 8, coreMhz: 2000, memoryMib: -1}]' }, 's.yaml:2 hosts[0].memoryMib', /is -1, expected 64 to/],
    ['absurd cores', { hosts: 'hosts: [{cores: 8000000, coreMhz: 2000, memoryMib: 32768}]' }, 's.yaml:2 hosts[0].cores', /at most 4096/],
    ['a core speed of zero', { hosts: 'hosts: [{cores: 8, coreMhz: 0, memoryMib: 32768}]' }, 's.yaml:2 hosts[0].coreMhz', /expected 100 to/],
    ['a number that is none', { hosts: 'hosts: [{cores: 8, coreMhz: .nan, memoryMib: 32768}]' }, 's.yaml:2 hosts[0].coreMhz', /finite/],
    ['an endless number', { hosts: 'hosts: [{cores: 8, coreMhz: .inf, memoryMib: 32768}]' }, 's.yaml:2 hosts[0].coreMhz', /finite/],
    ['a size that is missing', { hosts: 'hosts: [{count: 4, cores: 8, memoryMib: 32768}]' }, 's.yaml:2 hosts[0].coreMhz', /missing/],
    ['no hosts', { hosts: 'hosts: []' }, 's.yaml:2 hosts', /no hosts/],
    ['hosts left out', { hosts: '' }, 's.yaml:1 hosts', /missing/],
    ['two bases', { extra: 'recorded: days' }, 's.yaml:2 hosts', /one base/],
    ['a reserve that takes all', { hosts: 'hosts: [{count: 4, cores: 8, coreMhz: 2000, memoryMib: 32 GiB, reserve: {cpuMhz: 16 GHz}}]' }, 's.yaml:2 hosts[0].reserve.cpuMhz', /nothing would be left/],
    ['a host twice', { hosts: 'hosts: [{id: a, model: rack-2020}, {id: a, model: rack-2020}]' }, 's.yaml:2 hosts[1].id', /names must differ/],
    ['an unknown host model', { hosts: 'hosts: [{model: rack-2021}]' }, 's.yaml:2 hosts[0].model', /did you mean "rack-2020"/],
    ['a power curve that falls', { hosts: 'hosts: [{model: rack-2020, power: {curveW: [9, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9]}}]' }, 's.yaml:2 hosts[0].power.curveW[1]', /may not fall/],
    ['a VM size larger than any host', { workload: 'workload: {synthetic: {vmCount: 1, flavors: [{vcpus: 2, memoryMib: 64 GiB, weight: 1}]}}' }, 's.yaml:3 workload.synthetic.flavors[0].memoryMib', /largest host has 32768 MiB/],
    ['more vCPUs than any host', { workload: 'workload: {synthetic: {vmCount: 1, flavors: [{vcpus: 128, memoryMib: 1 GiB, weight: 1}]}}' }, 's.yaml:3 workload.synthetic.flavors[0].vcpus', /16 hardware threads/],
    ['a trace without a path', { workload: 'workload: {format: planetlab}' }, 's.yaml:3 workload.path', /missing/],
    ['an unknown format', { workload: 'workload: {format: planetlap, path: x}' }, 's.yaml:3 workload.format', /did you mean "planetlab"/],
    ['a trace and generated load', { workload: 'workload: {format: planetlab, path: x, synthetic: {}}' }, 's.yaml:3 workload', /keep one kind/],
    ['no length', { durationMs: '' }, 's.yaml:1 durationMs', /must say how long/],
    ['a warm-up as long as the run', { extra: 'warmupMs: 2 d' }, 's.yaml:6 warmupMs', /nothing would be measured/],
    ['an unknown policy', { policies: 'policies: [none, power-svae]' }, 's.yaml:5 policies[1]', /did you mean "power-save"/],
    ['a policy twice', { policies: 'policies: [none, none]' }, 's.yaml:5 policies[1]', /second policy/],
    ['a policy file that is not there', { policies: 'policies: [mine.yaml]' }, 's.yaml:5 policies[0]', /mine.yaml does not exist/],
    ['a policy of the study in the standard world', { policies: 'policies: [dvfs]' }, 's.yaml:5 policies[0]', /world: reference/],
    ['limits of a policy that contradict each other', { policies: 'policies: [{name: x, evenDistribution: {utilizationLow: 0.9}}]' }, 's.yaml:5 policies[0].evenDistribution.utilizationLow', /must be lower/],
    ['more hosts on than there are', { extra: 'policy: {powerSave: {hostsOnMin: 5}}' }, 's.yaml:5 policies[1]', /the pool has 4/],
    ['samples always too old', { policies: 'policies: none', extra: 'sensors: {intervalMs: 1 h}' }, 's.yaml:5 policies', /every VM would count as unknown/],
    ['an event of unknown kind', { extra: 'events: [{kind: hostFial, host: host-01, atMs: 1 h}]' }, 's.yaml:6 events[0].kind', /did you mean "hostFail"/],
    ['an event without time', { extra: 'events: [{kind: hostFail, host: host-01}]' }, 's.yaml:6 events[0].atMs', /missing/],
    ['an event after the end', { extra: 'events: [{kind: hostFail, host: host-01, atMs: 3 d}]' }, 's.yaml:6 events[0].atMs', /never happen/],
    ['an event before the start', { extra: 'start: 2026-01-05\nevents: [{kind: hostFail, host: host-01, at: 2026-01-04}]' }, 's.yaml:7 events[0].at', /before the run/],
    ['an event about an unknown host', { extra: 'events: [{kind: maintenanceEnter, host: host-9, atMs: 1 h}]' }, 's.yaml:6 events[0].host', /unknown host "host-9"/],
    ['an event about a host that left', { extra: 'events: [{kind: hostFail, host: host-01, atMs: 3 h}, {kind: hostRemove, host: host-01, atMs: 1 h}]' }, 's.yaml:6 events[0].host', /was removed at 3600000 ms/],
    ['an added host with a name that is taken', { extra: 'events: [{kind: hostAdd, id: host-01, model: rack-2020, atMs: 1 h}]' }, 's.yaml:6 events[0].id', /another host has/],
    ['a VM resized beyond any host', { extra: 'events: [{kind: vmResize, vm: v, memoryMib: 1 TiB, atMs: 1 h}]' }, 's.yaml:6 events[0].memoryMib', /fits nowhere/],
    ['an added VM that fits nowhere', { extra: 'events: [{kind: vmAdd, id: big, vcpus: 1, memoryMib: 1 TiB, atMs: 1 h}]' }, 's.yaml:6 events[0].memoryMib', /fits nowhere/],
    ['a rule about nothing', { extra: 'rules: [{id: r, kind: apart, vms: [a]}]' }, 's.yaml:6 rules[0].vms', /at least 2/],
    ['a rule without its hosts', { extra: 'rules: [{id: r, kind: runOn, vms: [a]}]' }, 's.yaml:6 rules[0].hosts', /names no hosts/],
    ['a rule about an unknown host', { extra: 'rules: [{id: r, kind: runOn, vms: [a], hosts: [host-7]}]' }, 's.yaml:6 rules[0].hosts[0]', /unknown host/],
    ['more VMs apart than hosts', { extra: 'rules: [{id: r, kind: apart, vms: [a, b, c, d, e]}]' }, 's.yaml:6 rules[0].vms', /there are 4 hosts/],
    ['rules that contradict each other', { extra: 'rules: [{id: r, kind: together, vms: [a, b]}, {id: q, kind: together, vms: [b, c]}, {id: s, kind: apart, vms: [a, c]}]' }, 's.yaml:6 rules[2].vms', /keep them together/],
    ['rules that leave no host', { extra: 'rules: [{id: r, kind: runOn, vms: [a], hosts: [host-01]}, {id: q, kind: keepOff, vms: [a], hosts: [host-01]}]' }, 's.yaml:6 rules[1].hosts', /leaves a no host/],
    ['an expectation about nobody', { extra: 'expect: [{policy: balanced, figure: energyKwh, max: 1}]' }, 's.yaml:6 expect[0].policy', /unknown policy/],
    ['an expectation about an unknown figure', { extra: 'expect: [{figure: energyKhw, max: 1}]' }, 's.yaml:6 expect[0].figure', /did you mean "energyKwh"/],
    ['an expectation that none can meet', { extra: 'expect: [{figure: migrations, min: 2, max: 1}]' }, 's.yaml:6 expect[0].min', /above max/],
    ['a name from the language', { extra: 'constructor: 1' }, 's.yaml:6 constructor', /not allowed as a key/],
    ['a host named from the language', { hosts: 'hosts: [{id: constructor, model: rack-2020}]' }, 's.yaml:2 hosts[0].id', /reserved word/],
    ['a key twice', { extra: 'name: again' }, 's.yaml:6', /unique/],
    ['a value where keys are expected', { workload: 'workload: 7' }, 's.yaml:3 workload', /is 7, expected a group of keys/],
    ['an axis without values', { extra: 'axes: {rowMs: []}' }, 's.yaml:6 axes["rowMs"]', /not a list of values/],
    ['an axis of an unknown field', { extra: 'axes: {rowMss: [1 min, 2 min]}' }, 's.yaml:6 axes["rowMss"] rowMss', /did you mean "rowMs"/],
  ])('%s', (_, changes, path, message) => {
    const found = faults(changes)
    expect(found.filter((line) => line.startsWith(`${path}: `) && message.test(line)), found.join('\n')).toHaveLength(1)
    expect(found, 'one fault, one line').toHaveLength(found.filter((line) => line.startsWith(path)).length)
  })

  it('shows all its faults at once, with those of the files it names', () => {
    const text = `name: bad
hosts: [{id: host, count: 2, cores: 8, coreMhz: 2000, memoryMib: -4}]
workload: {synthetic: {vmCount: 10, profile: ofice}}
durationMs: 7 MHz
policies: [none, mine.yaml, power-svae]
polices: 1
events:
  - {kind: maintenanceEnter, host: host-99, atMs: 1 h}
  - {kind: explode, atMs: 1 h}
rules:
  - {id: r, kind: apart, vms: [x]}
  - {id: q, kind: keepOff, vms: [x], hosts: [nowhere]}
`
    const policy = 'base: power-save\npowerSave: {holdMs: 5 GHz, hostsOnMinn: 1}\nbudgets: {retryMs: 2 h}\n'
    const found = lines(readScenario(text, {}, { 'mine.yaml': policy }).issues).map((line) => line.split(': ')[0])
    expect(found.sort()).toEqual([
      'mine.yaml:2 powerSave.holdMs', 'mine.yaml:2 powerSave.hostsOnMinn', 'mine.yaml:3 budgets.retryMs',
      's.yaml:11 rules[0].vms', 's.yaml:12 rules[1].hosts[0]', 's.yaml:2 hosts[0].memoryMib', 's.yaml:3 workload.synthetic.profile', 's.yaml:4 durationMs',
      's.yaml:5 policies[2]', 's.yaml:6 polices', 's.yaml:8 events[0].host', 's.yaml:9 events[1].kind',
    ])
  })

  it('gives faults of list elements the index that they have in the file', () => {
    const found = faults({ extra: 'events:\n  - {kind: explode}\n  - {kind: hostFail, host: nobody, atMs: 1 h}\n  - {kind: hostRepair, host: nobody2, atMs: 1 h}' })
    expect(found.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual(['s.yaml:7 events[0].kind', 's.yaml:8 events[1].host', 's.yaml:9 events[2].host'])
  })

  it('is never anything but in order or refused with a path and a message', () => {
    const leaf = fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.integer())
    const value = fc.oneof(leaf, fc.array(leaf, { maxLength: 3 }), fc.dictionary(fc.string(), leaf, { maxKeys: 3 }))
    const keys = ['name', 'hosts', 'workload', 'durationMs', 'policies', 'seeds', 'events', 'rules', 'axes', 'whatif', 'snapshot', 'physics', 'policy', 'expect', 'start']
    fc.assert(fc.property(fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 6 }), (fields) => {
      const { issues } = readScenario(JSON.stringify(fields))
      for (const issue of issues) expect(issue.path.length > 0 && issue.message.length > 0).toBe(true)
    }), { numRuns: 300 })
  })
})
