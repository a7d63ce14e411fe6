import { describe, expect, it } from 'vitest'
import { BUILT_IN_POLICIES } from '../../src/config/policies.ts'
import { parsePolicy } from '../../src/config/policyFile.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { DEFAULT_POLICY, PEER_NAMES, type PolicySettings } from '../../src/model/policy.ts'
import { issuesOf } from './support.ts'

const AROUND = Date.UTC(2026, 0, 1)
const read = (text: string): PolicySettings => parsePolicy(parseSource('p.yaml', text), 'mine', AROUND)

describe('a policy file', () => {
  it('gives only what differs from its base', () => {
    const policy = read('base: power-save\npowerSave: {holdMs: 10 min, hostsOnMin: 3}\n')
    expect(policy).toEqual({ ...DEFAULT_POLICY, name: 'mine', description: 'power-save with other settings.', powerSave: { ...DEFAULT_POLICY.powerSave, enabled: true, holdMs: 600_000, hostsOnMin: 3 } })
  })

  it('differs from nothing without keys but its name', () => {
    expect(read('name: same\ndescription: The same.\n')).toEqual({ ...DEFAULT_POLICY, name: 'same', description: 'The same.' })
  })

  it('takes ratios as such and in percent', () => {
    expect(read('evenDistribution: {utilizationHigh: 75 %, utilizationLow: 0.5}').evenDistribution).toMatchObject({ utilizationHigh: 0.75, utilizationLow: 0.5 })
  })

  it('reads windows by name, list and over the end of the week', () => {
    const policy = read('powerSave:\n  windows:\n    - {days: mon-fri, from: "20:00", to: "06:00", zone: Europe/Berlin}\n    - {days: [sat, sun], from: "00:00", to: "24:00", zone: UTC}\n    - {days: sun-tue, from: "01:30", to: "02:00", zone: UTC}\n    - {days: all, from: "01:30", to: "02:00", zone: UTC}\n')
    expect(policy.powerSave.windows.map(({ days, fromMinute, toMinute, zone }) => [days, fromMinute, toMinute, zone.name])).toEqual([
      [[1, 2, 3, 4, 5], 1200, 360, 'Europe/Berlin'],
      [[6, 7], 0, 1440, 'UTC'],
      [[1, 2, 7], 90, 120, 'UTC'],
      [[1, 2, 3, 4, 5, 6, 7], 90, 120, 'UTC'],
    ])
  })

  it.each<[string, RegExp]>([
    ['base: powersave', /p.yaml:1 base: unknown policy "powersave": did you mean "power-save"/],
    ['powerSave: {utilizationLow: 0.7}', /p.yaml:1 powerSave.utilizationLow: is 0.7, but powerSave.fillMax is 0.65/],
    ['powerSave: {fillMax: 0.9}', /powerSave.fillMax: is 0.9, but powerSave.utilizationHigh is 0.81/],
    ['base: balanced\nevenDistribution: {utilizationHigh: 0.6, utilizationLow: 0.5}', /powerSave.fillMax: is 0.65, but evenDistribution.utilizationHigh is 0.6/],
    ['budgets: {retryMs: 2 h}', /budgets.retryMs: is 7200000, but budgets.retryMaxMs is 1800000:/],
    ['powerSave: {hostsOnMin: 0}', /powerSave.hostsOnMin: is 0, expected at least 1/],
    ['powerSave: {utilizationHigh: 1.5}', /powerSave.utilizationHigh: is 1.5, expected 0.01 to 1/],
    ['powerSave: {holdMs: -1}', /powerSave.holdMs: is -1, expected 0 to/],
    ['powerSave: {holdMs: 1.5}', /whole number of ms/],
    ['powerSave: {enabled: yes please}', /powerSave.enabled: is "yes please", expected true or false/],
    ['powerSave: {windows: [{days: mon, from: "25:00", to: "06:00", zone: UTC}]}', /windows\[0\].from: is no time of day/],
    ['powerSave: {windows: [{days: mon, from: "24:01", to: "06:00", zone: UTC}]}', /windows\[0\].from: is no time of day/],
    ['powerSave: {windows: [{days: moon, from: "20:00", to: "06:00", zone: UTC}]}', /windows\[0\].days: unknown day "moon": did you mean "mon"/],
    ['powerSave: {windows: [{days: mon, from: "20:00", to: "06:00", zone: Europe/Berln}]}', /windows\[0\].zone: "Europe\/Berln" is no time zone/],
    ['powerSave: {windows: [{days: mon, from: "20:00", to: "06:00"}]}', /windows\[0\].zone: is missing/],
    ['maintenance: {method: move}', /maintenance.method: unknown value "move"/],
    ['formatVersion: 2', /formatVersion: is 2, expected 1/],
    ['[1, 2]', /is a list of 2, expected a group of keys/],
    ['', /is null, expected a group of keys/],
    ['baseline: {overload: never, parameter: 1, select: random, static: true, alwaysMaximumPower: false}\nbase: power-save', /baseline: is set, but so is/],
  ])('%s is refused', (text, message) => {
    expect(issuesOf(() => read(text)).join('\n')).toMatch(message)
  })
})

describe('built-in policies', () => {
  it.each([...BUILT_IN_POLICIES])('%s has its own name, one sentence and a source', (name, { settings, source }) => {
    expect(settings.name).toBe(name)
    expect(settings.description).toMatch(/^[A-Z].*\.$/)
    expect(source.length).toBeGreaterThan(10)
  })

  it.each([...BUILT_IN_POLICIES.keys()])('%s as the base of a file is what it is by itself', (name) => {
    expect({ ...read(`base: ${name}`), name, description: '' }).toEqual({ ...BUILT_IN_POLICIES.get(name)!.settings, description: '' })
  })

  it('are those of the issue, in the order in which they are listed', () => {
    expect([...BUILT_IN_POLICIES.keys()]).toEqual(['none', 'even-distribution', 'power-save', 'balanced', 'plimsoll', 'as-recorded', ...PEER_NAMES, 'npa', 'dvfs', 'thr-mmt-0.8', 'thr-mu-0.8', 'thr-rs-0.8', 'thr-mc-0.8', 'iqr-mmt-1.5', 'mad-mmt-2.5', 'lr-mmt-1.2'])
  })

  it('of the study decide every five minutes and leave our own goals out', () => {
    for (const { settings } of BUILT_IN_POLICIES.values()) {
      if (settings.baseline === null) continue
      expect(settings.decisionIntervalMs).toBe(300_000)
      expect([settings.placement.enabled, settings.evenDistribution.enabled, settings.powerSave.enabled]).toEqual([false, false, false])
    }
  })
})
