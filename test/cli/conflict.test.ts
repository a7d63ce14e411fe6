import { describe, expect, it } from 'vitest'
import { inFolder } from './support.ts'

const { run, write } = inFolder()

const HOSTS = 'hosts: [{id: a, model: rack-2020, rack: r1}, {id: b, model: rack-2020, rack: r1}, {id: c, model: rack-2020, rack: r2}, {id: d, model: rack-2020, rack: r2}]'
const VMS = `vms: [${['v', 'w', 'x', 'y', 'z'].map((id, at) => `{id: ${id}, vcpus: 1, memoryMib: 512, host: ${'abcad'[at]!}}`).join(', ')}]`
const pool = (rules: string): string => `formatVersion: 1\n${HOSTS}\n${VMS}\nrules: [${rules}]\n`
const FOUR_ON_THREE = '{id: web, kind: apart, vms: [v, w, x, y]}, {id: licence, kind: runOn, vms: [v, w, x, y], hosts: [a, b, c]}, {id: other, kind: keepOff, vms: [v], hosts: [c]}'
const SENTENCE = "rule web (apart 4 VMs) and rule licence (runOn 3 hosts) can't all hold for v, w, x, y: change one of them; more hosts would not help"

describe('rules that no placement keeps', () => {
  it('are named by check, which answers 1', async () => {
    write('pool.yaml', pool(FOUR_ON_THREE))
    const { code, out } = await run('check', 'pool.yaml')
    expect(code).toBe(1)
    expect(out).toContain(SENTENCE)
  })

  it('are named by plan, which still mends what can be mended', async () => {
    write('pool.yaml', pool(`${FOUR_ON_THREE}, {id: leave, kind: keepOff, vms: [z], hosts: [d]}`))
    const { code, out } = await run('plan', 'pool.yaml', '--json')
    const { steps, unmet } = JSON.parse(out) as { steps: { vm: string }[]; unmet: { code: string; text: string }[] }
    expect(code).toBe(1)
    expect(steps.map(({ vm }) => vm)).toEqual(['z'])
    expect(unmet.find((reason) => reason.code === 'conflict')?.text).toBe(SENTENCE)
  })

  it('are not seen where there is a placement, though the pool breaks them now', async () => {
    write('pool.yaml', pool('{id: web, kind: apart, vms: [v, w, x, y]}, {id: racks, kind: spread, vms: [v, w], per: rack, min: 2}'))
    expect((await run('check', 'pool.yaml')).out).not.toContain('hold')
    const { code, out } = await run('plan', 'pool.yaml', '--json')
    expect([code, (JSON.parse(out) as { unmet: unknown[] }).unmet]).toEqual([0, []])
  })
})

describe('a rule in a file', () => {
  it.each<[string, string, RegExp]>([
    ['of an unknown kind', '{id: r, kind: affinity, vms: [v, w]}', /rules\[0\].kind/],
    ['without what its kind needs', '{id: r, kind: spread, vms: [v, w]}', /rules\[0\].per: is missing: spread needs it[\s\S]*rules\[0\].min: is missing/],
    ['with what its kind has no use for', '{id: r, kind: lonely, vms: [v], hosts: [a]}', /rules\[0\].hosts: has no meaning for lonely/],
    ['with a weight where nothing can be weighed', '{id: r, kind: failover, failures: 1, weight: 2}', /rules\[0\].weight: has no meaning/],
    ['about others that do not exist', '{id: r, kind: requires, vms: [v], others: [nobody]}', /rules\[0\].others\[0\]: unknown VM "nobody"/],
    ['about groups with unknown hosts', '{id: r, kind: oneOf, vms: [v], groups: [[a], [z]]}', /rules\[0\].groups\[1\]\[0\]: unknown host "z"/],
    ['with groups that share a host', '{id: r, kind: oneOf, vms: [v], groups: [[a, b], [b]]}', /rules\[0\].groups: names a host twice/],
    ['by domains that no host has', '{id: r, kind: apart, vms: [v, w], per: site}', /rules\[0\].per: is site, but no host has one/],
    ['over more racks than there are', '{id: r, kind: spread, vms: [v, w, x], per: rack, min: 3}', /rules\[0\].min: is 3, but hosts are in 2 racks/],
    ['over more racks than it has VMs', '{id: r, kind: spread, vms: [v, w], per: rack, min: 3}', /rules\[0\].min: is 3, but the rule names 2 VMs/],
    ['with more VMs apart than racks', '{id: r, kind: apart, vms: [v, w, x], per: rack}', /rules\[0\].vms: names 3 VMs to keep apart, but there are 2 racks/],
    ['that keeps by rack apart what shares a host', '{id: r, kind: together, vms: [v, w]}, {id: q, kind: apart, vms: [v, w], per: rack}', /rules\[1\].vms: keeps v and w apart, but other rules keep them together/],
    ['that keeps apart what needs each other', '{id: r, kind: requires, vms: [v], others: [w]}, {id: q, kind: keepApart, vms: [v], others: [w]}', /rules\[1\].others\[0\]: keeps v and w apart/],
    ['that leaves no host, by groups', '{id: r, kind: oneOf, vms: [v], groups: [[a], [b]]}, {id: q, kind: keepOff, vms: [v], hosts: [a, b]}', /rules\[1\].hosts: leaves v no host/],
    ['about the failure of all hosts', '{id: r, kind: failover, failures: 4}', /rules\[0\].failures: is 4, but there are 4 hosts/],
  ])('%s is refused', async (_, rules, message) => {
    write('pool.yaml', pool(rules))
    const { code, err } = await run('check', 'pool.yaml')
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })

  it('that is soft contradicts nothing', async () => {
    write('pool.yaml', pool('{id: r, kind: together, vms: [v, w], weight: 1}, {id: q, kind: apart, vms: [v, w]}, {id: p, kind: spread, vms: [v, w, x], per: rack, min: 3, weight: 5}, {id: s, kind: apart, vms: [v, y], weight: 1}'))
    expect((await run('check', 'pool.yaml')).code).toBe(0)
  })
})
