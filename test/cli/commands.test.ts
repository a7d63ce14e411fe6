import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SMALL, inFolder } from './support.ts'
import { BUILT_IN_POLICIES } from '../../src/config/policies.ts'

const { run, write, files } = inFolder()

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>
const withoutTiming = (text: string): unknown => JSON.parse(text, (key, value: unknown) => (key === 'timing' ? undefined : value))

describe('simulate', () => {
  it('prints several runs as one object, and writes each whole', async () => {
    write('small.yaml', SMALL)
    const { code, out, err } = await run('simulate', 'small.yaml', '--json')
    expect([code, err]).toEqual([0, ''])
    const { runs } = json(out) as { runs: { policy: string; seed: number; timing: { machine: string } }[] }
    expect(runs.map(({ policy, seed }) => [policy, seed])).toEqual([['none', 1], ['power-save', 1]])
    expect(runs[0]!.timing.machine).toMatch(/node v/)
    expect(files()).toContain('runs/small/power-save-seed1/summary.json')
    expect(files().filter((name) => name.includes('/.'))).toEqual([])
  })

  it('prints one run as an object by itself', async () => {
    write('small.yaml', SMALL)
    const { out } = await run('simulate', 'small.yaml', '--json', '--policy', 'none')
    expect(json(out)).toMatchObject({ formatVersion: 1, scenario: 'small', policy: 'none', seed: 1 })
  })

  it('prints and writes the same bytes again but for timing', async () => {
    write('small.yaml', SMALL)
    const [first, second] = [await run('simulate', 'small.yaml', '--json', '--seed', '7', '--out', 'a'), await run('simulate', 'small.yaml', '--json', '--seed', '7', '--out', 'b')]
    expect(JSON.stringify(withoutTiming(first.out))).toBe(JSON.stringify(withoutTiming(second.out)))
    for (const name of ['events.ndjson', 'series.bin', 'summary.json']) expect(readFileSync(`a/power-save-seed7/${name}`).equals(readFileSync(`b/power-save-seed7/${name}`)), name).toBe(true)
    const header = (folder: string): unknown => withoutTiming(readFileSync(`${folder}/power-save-seed7/header.json`, 'utf8'))
    expect(header('a')).toEqual(header('b'))
  })

  it('gives another seed another load', async () => {
    write('small.yaml', SMALL)
    const figures = await Promise.all(['7', '8'].map(async (seed) => json((await run('simulate', 'small.yaml', '--json', '--policy', 'none', '--seed', seed, '--out', seed)).out).energyKwh))
    expect(figures[0]).not.toBe(figures[1])
  })

  it('takes a folder with scenario.yaml, names it after the folder, and finds its files beside it', async () => {
    write('pool/scenario.yaml', SMALL.replace('name: small\n', '').replace('[none, power-save]', '[mine.yaml]'))
    write('pool/mine.yaml', 'base: power-save\n')
    const { code, out } = await run('simulate', 'pool', '--json')
    expect(code).toBe(0)
    expect(json(out)).toMatchObject({ scenario: 'pool', policy: 'mine' })
  })

  it('says what it made as a table, and as CSV', async () => {
    write('small.yaml', SMALL)
    const table = await run('simulate', 'small.yaml')
    expect(table.out).toMatch(/policy +seed +energy kWh[\s\S]*none +1[\s\S]*power-save +1[\s\S]*Runs are in runs\/small\n$/)
    const csv = await run('simulate', 'small.yaml', '--csv')
    expect(csv.out.trim().split('\n').map((line) => line.split(',').slice(0, 3).join())).toEqual(['scenario,policy,seed', 'small,none,1', 'small,power-save,1'])
  })

  it('answers 1 when an expectation is not met, and says which', async () => {
    write('small.yaml', `${SMALL}expect: [{policy: none, figure: energyKwh, max: 0.01}, {policy: none, figure: unplacedAtEnd, max: 0}]\n`)
    const { code, out, err } = await run('simulate', 'small.yaml', '--json')
    expect(code).toBe(1)
    expect(err).toMatch(/^expectation not met: energyKwh of none \(seed 1\) is [\d.]+, expected at most 0.01\n$/)
    expect((json(out) as { expectations: { kept: boolean }[] }).expectations.map(({ kept }) => kept)).toEqual([false, true])
  })

  it('runs every combination of axes into a folder of its own', async () => {
    write('small.yaml', `${SMALL.replace('[none, power-save]', 'none')}axes: {"hosts[0].count": [2, 3]}\n`)
    const { out } = await run('simulate', 'small.yaml', '--json')
    expect((json(out) as { runs: { scenario: string }[] }).runs.map(({ scenario }) => scenario)).toEqual(['small hosts[0].count=2', 'small hosts[0].count=3'])
    expect(files().filter((name) => name.endsWith('header.json'))).toHaveLength(2)
  })
})

describe('compare', () => {
  it('ends with the path of a report that is there', async () => {
    write('small.yaml', SMALL)
    const { code, out } = await run('compare', 'small.yaml', '--out', 'here')
    expect(code).toBe(0)
    expect(out.trimEnd().split('\n').at(-1)).toBe('here/report.html')
    expect(readFileSync('here/report.html', 'utf8')).toMatch(/^<!doctype html>/)
  })

  it('takes stored runs and gives the same comparison as when they were made', async () => {
    write('small.yaml', SMALL)
    const made = json((await run('compare', 'small.yaml', '--json', '--out', 'here', '--seeds', '2')).out)
    const stored = json((await run('compare', 'here', '--json', '--out', 'again')).out)
    expect(stored.comparison).toEqual(made.comparison)
    expect((made.comparison as { seeds: number[] }).seeds).toEqual([1, 2])
  })

  it('refuses a base that no run has, and runs that are there twice, before anything is run', async () => {
    write('small.yaml', SMALL)
    const { code, err } = await run('compare', 'small.yaml', 'small.yaml', '--base', 'balanced', '--out', 'here')
    expect(code).toBe(2)
    expect(err).toMatch(/^--base: small has no policy balanced: pick one of none, power-save$/m)
    expect(err).toMatch(/^small: policy none would be there twice with seed 1/m)
    expect(files().filter((name) => name.startsWith('here'))).toEqual([])
  })

  it('refuses runs of one folder that are damaged, and folders without runs, together', async () => {
    write('here/bad/header.json', '{}')
    write('empty/nothing.txt', '')
    const { code, err } = await run('compare', 'here', 'empty', 'nowhere')
    expect(code).toBe(2)
    expect(err).toMatch(/header.json:1 formatVersion: is missing/)
    expect(err).toMatch(/^empty: holds neither runs nor scenario.yaml$/m)
    expect(err).toMatch(/^nowhere: does not exist/m)
  })
})

describe('whatif', () => {
  it('answers 0 when all fits, and 1 when it does not', async () => {
    write('small.yaml', `${SMALL}whatif: {horizonMs: 30 d, candidate: {vcpus: 1, cpuMhz: 500, memoryMib: 1 GiB}}\n`)
    const fits = await run('whatif', 'small.yaml', '--json')
    expect([fits.code, json(fits.out).verdict]).toEqual([0, 'fits'])
    const full = await run('whatif', 'small.yaml', '--json', '--set', 'workload.synthetic.vmCount=600')
    expect([full.code, json(full.out).verdict]).toEqual([1, 'doesNotFit'])
    expect((await run('whatif', 'small.yaml')).out).toMatch(/Fits for all 30 days[\s\S]*nothing moved +249/)
  })
})

describe('init', () => {
  it('writes files that check takes, in an order that runs', async () => {
    expect((await run('init', 'mine')).code).toBe(0)
    for (const file of ['mine', 'mine/policy.yaml', 'mine/snapshot.yaml', 'mine/scenario.yaml']) {
      const { code, out, err } = await run('check', file)
      expect([file, code, err]).toEqual([file, 0, ''])
      expect(out).toMatch(/is in order/)
    }
    expect((await run('simulate', 'mine', '--quiet')).code).toBe(0)
  })

  it('replaces nothing', async () => {
    write('policy.yaml', 'name: mine\n')
    const { code, err } = await run('init')
    expect([code, err]).toEqual([2, 'policy.yaml: is there already: give another folder, or move it away\n'])
    expect(files()).toEqual(['policy.yaml'])
  })
})

describe('policies', () => {
  it('lists all by name, and shows the settings of one', async () => {
    expect((await run('policies')).out).toMatch(/^none .*\neven-distribution /)
    expect((await run('policies', 'power-save')).out).toMatch(/^powerSave\.holdMs: 300000$/m)
    expect((json((await run('policies', '--json')).out) as { policies: unknown[] }).policies).toHaveLength(BUILT_IN_POLICIES.size)
    expect((await run('policies', 'power-svae')).err).toMatch(/did you mean "power-save"/)
  })
})

describe('import', () => {
  const day = `a,b\n${Array.from({ length: 288 }, (_, index) => `${index % 100},5`).join('\n')}\n`

  it('writes a load folder that a scenario can name', async () => {
    write('day.csv', day)
    const { code, out } = await run('import', 'planetlab', 'day.csv', 'load', '--json')
    expect([code, json(out)]).toMatchObject([0, { destination: 'load', vms: 2, samples: 576 }])
    write('s.yaml', 'hosts: [{count: 2, model: rack-2020}]\nworkload: {format: load, path: load}\n')
    expect((await run('check', 's.yaml')).out).toMatch(/2 hosts, 2 VMs, 0 events and lasts 24 h/)
  })

  it.each<[string, string[], RegExp]>([
    ['an unknown format', ['planetlap', 'day.csv', 'load'], /^FORMAT: unknown format "planetlap": did you mean "planetlab"/],
    ['a source that is not there', ['planetlab', 'none.csv', 'load'], /^none.csv: does not exist/],
    ['a file where a folder is needed', ['gcd', 'day.csv', 'load'], /is a file, the format gcd needs a folder/],
    ['samples out of range', ['planetlab', 'bad.csv', 'load'], /^bad.csv:2.*: /],
    ['no dates for recorded days', ['prometheus', 'day.csv', 'load'], /^--from: is missing[\s\S]*^--to: is missing/m],
    ['a step of another unit', ['prometheus', 'day.csv', 'load', '--from', '2026-01-01', '--to', '2026-01-02', '--step', '5 GiB'], /^--step: "GiB" is a unit of memory/],
  ])('refuses %s and writes nothing', async (_, args, message) => {
    write('day.csv', day)
    write('bad.csv', day.replace('0,5', '101,5'))
    const { code, err } = await run('import', ...args)
    expect(err).toMatch(message)
    expect(code).toBe(2)
    expect(existsSync('load')).toBe(false)
  })
})
