import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inFolder } from './support.ts'

const { run, write, files } = inFolder()

/** A VM at 90 % of the first of two hosts beside another; ovirt-even moves one of them, none moves nothing. */
const scenario = (rest: string): string => `durationMs: 1 h
hosts: [{id: host, count: 2, model: rack-2020}]
events:
  - {atMs: 0, kind: vmAdd, id: vm, count: 2, vcpus: 16, memoryMib: 4 GiB, utilization: 0.9, host: host-01}
${rest}
`
const STILL = 'expect: [{events: {kind: start, action: migrate}, max: 0, because: moves something}]'

interface Result { readonly scenario: string; readonly policy: string; readonly ours: boolean; readonly passed: boolean; readonly reason: string }
const resultsOf = (out: string): Result[] => (JSON.parse(out) as { results: Result[] }).results

describe('compare on a folder of scenarios', () => {
  it('answers 0 when every scenario’s own policy passes, whatever those beside do, and lists all with reasons', async () => {
    write('all/b/scenario.yaml', scenario(`policies: none\nagainst: [ovirt-even]\n${STILL}`))
    write('all/a/scenario.yaml', scenario('policies: none\nexpect: [{figure: hostsOnMin, min: 2}, {vms: [vm-01, vm-02], on: host-01}]'))
    const { code, out } = await run('compare', 'all', '--json')
    expect(code).toBe(0)
    expect(resultsOf(out).map(({ scenario: name, policy, ours, passed }) => [name, policy, ours, passed])).toEqual([['a', 'none', true, true], ['b', 'none', true, true], ['b', 'ovirt-even', false, false]])
    expect(resultsOf(out)[2]!.reason).toMatch(/^moves something \(\d+, expected at most 0\)$/)
    expect(files()).not.toContain('runs')
  })

  it('answers 1 when one of them fails, and says so in the table and as CSV', async () => {
    write('all/a/scenario.yaml', scenario(`policies: ovirt-even\nagainst: none\n${STILL}`))
    const { code, out } = await run('compare', 'all')
    expect(code).toBe(1)
    expect(out).toMatch(/a +ovirt-even FAILS +ok\n[\s\S]*1 none[\s\S]*moves something[\s\S]*own policies pass 0 of 1; none 1 of 1\n$/)
    expect((await run('compare', 'all', '--csv')).out.split('\n')[0]).toBe('scenario,policy,ours,passed,reason')
  })

  it('--policy stands in for the scenarios’ own policies', async () => {
    write('all/a/scenario.yaml', scenario(`policies: none\n${STILL}`))
    expect((await run('compare', 'all')).code).toBe(0)
    expect((await run('compare', 'all', '--policy', 'ovirt-even')).code).toBe(1)
  })

  it('peers stands for all twelve', async () => {
    write('all/a/scenario.yaml', scenario(`policies: none\nagainst: peers\n${STILL}`))
    expect(resultsOf((await run('compare', 'all', '--json')).out)).toHaveLength(13)
  })

  it('writes results and a table of each scenario where asked to', async () => {
    write('all/a/scenario.yaml', scenario(`policies: none\n${STILL}`))
    await run('compare', 'all', '--out', 'there', '--json')
    expect(readFileSync('there/a.md', 'utf8')).toContain('| **none** | passes | keeps what is expected |')
    expect(resultsOf(readFileSync('there/results.json', 'utf8'))).toHaveLength(1)
  })

  it('tells the faults of all scenarios at once, and refuses what does not go together', async () => {
    write('all/a/scenario.yaml', scenario('policies: none\nexpect: [{max: 1}, {figure: migrations, events: {kind: start}, max: 1}, {events: {kind: started}, max: 1}, {vms: vm-1}, {figure: migrations, each: vm, max: 1}]'))
    write('all/b/scenario.yaml', scenario('policies: none\nagainst: [drs]'))
    const { code, err } = await run('compare', 'all')
    expect(code).toBe(2)
    for (const part of ['gives neither figure, events nor vms', 'gives figure and events: keep one', 'started', 'vms and on belong together', 'gives each or withinMs without events', 'unknown policy "drs"']) expect(err).toContain(part)
    write('good/a/scenario.yaml', scenario(`policies: none\n${STILL}`))
    expect((await run('compare', 'good', 'good/a')).err).toContain('stands beside a folder of scenarios')
    expect((await run('compare', 'good', '--base', 'none')).code).toBe(2)
  })

  it('simulate judges the same expectations', async () => {
    write('a.yaml', scenario(`policies: ovirt-even\n${STILL}`))
    const { code, err } = await run('simulate', 'a.yaml')
    expect(code).toBe(1)
    expect(err).toContain('moves something')
  })
})
