import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS } from '../../src/model/resources.ts'
import { isoDay, whatIfText } from '../../src/report/whatif.ts'
import { answerWhatIf } from '../../sim/whatif/answer.ts'
import { host, placed, scenarioOf, settingsOf, vm } from '../sim/whatif/smallPool.ts'

describe('the text of a capacity answer', () => {
  const hosts = [host('h1'), host('h2'), host('h3')]
  const vms = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => placed(vm(name, { vcpus: 4, cpuMhz: 6000, memoryMib: 4096 }), `h${(index % 3) + 1}`, 0))
  const limits = { utilizationMax: 0.8, memoryMax: 1, failoverHosts: 1, vcpusPerCoreMax: null }
  const answer = answerWhatIf({
    scenario: scenarioOf(hosts, vms, [[40, 50, 60]]),
    settings: settingsOf({ horizonMs: 365 * DAY_MS, growthPerMonthRatio: 0.05, candidate: { vcpus: 2, cpuMhz: 1500, memoryMib: 2048 }, limits }),
  })

  it('is the worked example of docs/whatif.md', () => {
    expect(readFileSync('docs/whatif.md', 'utf8')).toContain(`\n\`\`\`text\n${whatIfText(answer)}\`\`\`\n`)
  })

  it('shows the first, the last and every turn of a long timeline, and counts what it leaves out', () => {
    const long = whatIfText({ ...answer, timeline: Array.from({ length: 100 }, (_, index) => ({ ...answer.timeline[0]!, fromMs: index * DAY_MS, verdict: index === 50 ? 'doesNotFit' as const : 'fits' as const })) })
    expect(long).toContain('2026-01-01')
    expect(long).toContain('2026-02-20  50 ')
    expect(long).toContain('2026-04-10  99 ')
    expect(long).toMatch(/\.\.\. +\d+ more/)
    expect(long.split('\n').length).toBeLessThan(40)
  })

  it('writes the days that the calendar has', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (unixMs) => {
      expect(isoDay(unixMs)).toBe(new Date(unixMs).toISOString().slice(0, 10))
    }), { numRuns: 2000 })
  })
})
