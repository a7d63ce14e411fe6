import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inFolder } from './support.ts'

/** Forecasts are taken up in a few days at the earliest, so that hour by hour both runs are the same here. */
const scenario = (enabled: boolean): string => `formatVersion: 1
name: small
start: "2026-03-02T00:00:00Z"
durationMs: 3 h
hosts: [{ id: host, count: 3, model: rack-2020 }]
workload: { synthetic: { profile: steady, vmCount: 6 } }
policies:
  - { name: ahead, base: power-save, forecast: { enabled: ${enabled} } }
seeds: 1
`

describe('compare --forecast-worth', () => {
  const { run, write } = inFolder()

  it('also runs the policy without forecasts, and says what they were worth in text, JSON and page', async () => {
    write('small.yaml', scenario(true))
    const text = await run('compare', 'small.yaml', '--forecast-worth', '--out', 'here')
    expect(text.err).toBe('')
    expect(text.code).toBe(0)
    const sentence = 'Forecasts were worth to ahead, against the same runs without them: 0 SLA-violation VM-minutes'
    expect(text.out).toContain(sentence)
    expect(readFileSync('here/report.html', 'utf8')).toContain(sentence)
    const { comparison } = JSON.parse((await run('compare', 'here', '--json', '--out', 'again')).out) as { comparison: { policies: string[]; forecastWorth: { policy: string; seeds: number[] }[] } }
    expect([...comparison.policies].sort()).toEqual(['ahead', 'ahead-without-forecasts'])
    expect(comparison.forecastWorth).toMatchObject([{ policy: 'ahead', seeds: [1] }])
  })

  it('is refused where no policy uses forecasts', async () => {
    write('small.yaml', scenario(false))
    const { code, err } = await run('compare', 'small.yaml', '--forecast-worth')
    expect(code).toBe(2)
    expect(err).toContain('--forecast-worth: no policy of small uses forecasts: set forecast.enabled in one')
  })
})
