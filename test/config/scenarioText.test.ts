import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFieldPath } from '../../src/config/fieldPath.ts'
import { fieldText } from '../../src/config/sourceDocument.ts'
import { NO_OVERRIDES, readVariants } from '../../src/config/scenarioText.ts'
import { issuesOf, lines, readScenario } from './support.ts'

const text = `name: base
hosts: [{id: host, count: 4, model: rack-2020}]
workload: {synthetic: {vmCount: 10}}
durationMs: 2 d
policies: [none, power-save]
seeds: [3, 4]
`
const issues = (settings: readonly string[]): string[] => lines(readScenario(text, { settings }).issues)

describe('--set', () => {
  it.each<[string, (scenario: ReturnType<typeof readScenario>['scenarios'][number]) => unknown, unknown]>([
    ['durationMs=3 d', (scenario) => scenario.durationMs, 259_200_000],
    ['hosts[0].count=7', (scenario) => scenario.hosts?.length, 7],
    ['hosts.0.count=6', (scenario) => scenario.hosts?.length, 6],
    ['hosts[1]={id: extra, model: rack-2023}', (scenario) => scenario.hosts?.at(-1)?.host.id, 'extra'],
    ['physics.pue=1.4', (scenario) => scenario.physics.pue, 1.4],
    ['policy.powerSave.holdMs=10 min', (scenario) => scenario.policies.map((policy) => policy.settingsAt(0).powerSave.holdMs), [600_000, 600_000]],
    ['seeds={first: 10, count: 3}', (scenario) => scenario.seeds, [10, 11, 12]],
  ])('%s takes effect', (setting, read, expected) => {
    const { scenarios, issues: found } = readScenario(text, { settings: [setting] })
    expect(lines(found)).toEqual([])
    expect(read(scenarios[0]!)).toEqual(expected)
  })

  it.each<[string, RegExp]>([
    ['durationMss=3 d', /^--set durationMss: unknown key "durationMss": did you mean "durationMs"/],
    ['hosts[0].cuont=3', /^--set hosts\[0\]\.cuont: unknown key/],
    ['hosts[9].count=3', /^--set hosts\[9\]\.count: hosts is a list of 1/],
    ['name.first=x', /^--set name\.first: name holds a single value/],
    ['durationMs', /^--set durationMs: is not path=value/],
    ['=3', /^--set : is not path=value/],
    ['a b=3', /^--set a b: "a b" is no path/],
    ['__proto__.x=3', /^--set __proto__.x: __proto__ is not allowed/],
    ['constructor.prototype.x=3', /not allowed/],
    ['durationMs=[1', /^--set durationMs: the value is not YAML/],
    ['durationMs=3 GiB', /^--set durationMs: "GiB" is a unit of memory/],
  ])('%s is refused, saying so', (setting, message) => {
    const found = issues([setting])
    expect(found.some((line) => message.test(line)), found.join('\n')).toBe(true)
  })

  it('leaves the language alone', () => {
    issues(['__proto__.polluted=yes', 'hosts.__proto__.polluted=yes'])
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })

  it('makes paths relative to the working directory, paths of the file to the file', () => {
    const workload = text.replace('{synthetic: {vmCount: 10}}', '{format: planetlab, path: traces/a.csv}')
    const fromFile = readScenario(workload).scenarios[0]!.workload
    const fromSet = readScenario(workload, { settings: ['workload.path=b.csv'] }).scenarios[0]!.workload
    expect([fromFile, fromSet].map((source) => (source?.kind === 'trace' ? source.file : null))).toEqual([
      { path: 'traces/a.csv', relativeTo: 'file' },
      { path: 'b.csv', relativeTo: 'workingDirectory' },
    ])
  })
})

describe('paths of fields', () => {
  it('are read as they are shown', () => {
    const key = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,10}$/).filter((word) => !['__proto__', 'constructor', 'prototype'].includes(word))
    fc.assert(fc.property(key, fc.array(fc.oneof(key, fc.nat(99)), { maxLength: 5 }), (first, rest) => {
      const result = parseFieldPath(fieldText([first, ...rest]))
      expect(result).toEqual({ ok: true, value: [first, ...rest] })
    }))
  })

  it('never throw', () => {
    fc.assert(fc.property(fc.string(), (word) => {
      expect(typeof parseFieldPath(word).ok).toBe('boolean')
    }))
  })
})

describe('axes', () => {
  it('stand for the product of their values, in order, each with a label of its own', () => {
    const variants = readVariants('s.yaml', `${text}axes: {"hosts[0].count": [4, 8], rowMs: [1 min, 5 min, 10 min]}\n`)
    expect(variants.map(({ label }) => label)).toEqual(['hosts[0].count=4 rowMs=1 min', 'hosts[0].count=4 rowMs=5 min', 'hosts[0].count=4 rowMs=10 min', 'hosts[0].count=8 rowMs=1 min', 'hosts[0].count=8 rowMs=5 min', 'hosts[0].count=8 rowMs=10 min'])
    const { scenarios } = readScenario(`${text}axes: {"hosts[0].count": [4, 8], rowMs: [1 min, 5 min]}\n`)
    expect(scenarios.map((scenario) => [scenario.hosts?.length, scenario.rowMs])).toEqual([[4, 60_000], [4, 300_000], [8, 60_000], [8, 300_000]])
  })

  it('can be settings of the policies', () => {
    const { scenarios } = readScenario(`${text}axes: {policy.powerSave.hostsOnMin: [2, 3]}\n`)
    expect(scenarios.map((scenario) => scenario.policies[1]!.settingsAt(0).powerSave.hostsOnMin)).toEqual([2, 3])
  })

  it('have no more than ten thousand combinations', () => {
    const many = Array.from({ length: 200 }, (_, index) => index + 1).join(', ')
    expect(issuesOf(() => readVariants('s.yaml', `${text}axes: {rowMs: [${many}], "hosts[0].count": [${many}]}\n`)).join()).toMatch(/40000 variants/)
  })

  it.each(['policies', 'seeds'])('%s are an axis already', (key) => {
    expect(lines(readScenario(`${text}axes: {${key}: [1]}\n`).issues).join()).toMatch(/axis by itself/)
  })
})

describe('the command line’s policies and seeds', () => {
  it('replace those of the file', () => {
    const { scenarios } = readScenario(text, { policies: ['balanced'], seeds: { first: 9, count: 1 } })
    expect(scenarios[0]!.policies.map(({ name }) => name)).toEqual(['balanced'])
    expect(scenarios[0]!.seeds).toEqual([9])
  })

  it('count seeds from the scenario’s own first one', () => {
    expect(readScenario(text, { seeds: { first: null, count: 3 } }).scenarios[0]!.seeds).toEqual([3, 4, 5])
    expect(readScenario(text.replace('[3, 4]', '{first: 8, count: 2}'), { seeds: { first: null, count: 2 } }).scenarios[0]!.seeds).toEqual([8, 9])
    expect(readScenario(text.replace('[3, 4]', '7'), { seeds: { first: null, count: 2 } }).scenarios[0]!.seeds).toEqual([7, 8])
  })

  it('take expectations of other policies out', () => {
    const expecting = `${text}expect: [{policy: none, figure: migrations, max: 0}, {policy: power-save, figure: energyKwh, ratioTo: none, max: 1}, {figure: unplacedAtEnd, max: 0}]\n`
    expect(readScenario(expecting).scenarios[0]!.expect).toHaveLength(3)
    expect(readScenario(expecting, { policies: ['power-save'] }).scenarios[0]!.expect.map(({ figure }) => figure)).toEqual(['unplacedAtEnd'])
  })

  it('name an unknown policy where it was given', () => {
    expect(lines(readScenario(text, { policies: ['power-svae'] }).issues)[0]).toMatch(/^--policy policies\[0\]: unknown policy "power-svae": did you mean "power-save"/)
  })

  it('are none without options', () => {
    expect(readVariants('s.yaml', text, NO_OVERRIDES)).toHaveLength(1)
  })
})
