import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type SettingResult, settingChart } from '../../bench/settingChart.ts'
import { SETTING_ROWS } from '../../bench/settingRows.ts'
import { loadScenario } from '../../src/cli/loadScenario.ts'

const overrides = (policy: string, settings: readonly string[]) => ({ settings: settings.map((setting) => `policy.${setting}`), policies: [policy], seeds: null })

describe('the charts of settings', () => {
  it.each(SETTING_ROWS)('try $setting with values that the scenario accepts', ({ setting, policy, values, also }) => {
    for (const value of values) {
      const { variants } = loadScenario('scenarios/settings', overrides(policy, [...also, `${setting}=${value}`]), process.cwd())
      expect(variants).toHaveLength(1)
    }
    expect(new Set(values).size).toBe(values.length)
  })

  it('are drawn for every setting that is tried, and shown in docs/policies.md', () => {
    const page = readFileSync('docs/policies.md', 'utf8')
    for (const { setting, values } of SETTING_ROWS) {
      const file = `charts/${setting.includes('.') ? setting.split('.')[0]! : 'observation'}.svg`
      expect(page).toContain(`](${file})`)
      expect(existsSync(`docs/${file}`)).toBe(true)
      const drawn = readFileSync(`docs/${file}`, 'utf8')
      const from = drawn.indexOf(`>${setting}<`)
      expect(from, setting).toBeGreaterThan(0)
      for (const value of values) expect(drawn.slice(from)).toContain(`>${value === 'null' ? 'not set' : value}</text>`)
    }
  })

  it('have a scale from 0 that is the same for all settings, so that what matters looks large', () => {
    const result = (setting: string, migrations: readonly number[]): SettingResult => ({
      row: { setting, policy: 'none', values: [], also: [] }, ownValue: 'v0',
      points: migrations.map((count, at) => ({ value: `v${at}`, energyKwh: 1, migrations: count, powerOffs: 0, violationMinutes: 0 })),
    })
    const heights = [...settingChart([result('a', [0, 400]), result('b', [200, 400])]).matchAll(/cy="([\d.]+)"[^>]*stroke="#b3541e"/g)].map((match) => Number(match[1]))
    expect(heights).toHaveLength(4)
    expect(heights[1]).toBe(heights[3])
    expect(heights[0]! - heights[2]!).toBeCloseTo((heights[0]! - heights[1]!) / 2, 1)
  })
})
