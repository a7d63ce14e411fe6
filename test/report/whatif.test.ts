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
    expect(whatIfText(answer)).toMatchInlineSnapshot(`
      "Fits until day 121.7, then: if h1 fails, no host has room for a: 4375.8 MHz of CPU needed, h2, which comes closest, has 4048.4 MHz of CPU left: 327.5 MHz of CPU short.

      Limits: CPU (peak) up to 80 %; memory up to 100 %; any host may fail; VMs stay where they are.

        from        day    hosts  VMs  memory MiB used/allowed  CPU MHz used/allowed  fits  what changes
        2026-01-01  0      3      6    24576/32768 75 %         21600/25600 84.4 %    yes
        2026-01-31  30.4   3      6    24576/32768 75 %         22680/25600 88.6 %    yes   demand x 1.05
        2026-03-02  60.8   3      6    24576/32768 75 %         23814/25600 93 %      yes   demand x 1.05
        2026-04-02  91.3   3      6    24576/32768 75 %         25005/25600 97.7 %    yes   demand x 1.05
        2026-05-02  121.7  3      6    24576/32768 75 %         26255/25600 102.6 %   NO    demand x 1.05
        2026-06-02  152.1  3      6    24576/32768 75 %         27568/25600 107.7 %   NO    demand x 1.05
        2026-07-02  182.5  3      6    24576/32768 75 %         28946/25600 113.1 %   NO    demand x 1.05
        2026-08-01  212.9  3      6    24576/32768 75 %         30393/25600 118.7 %   NO    demand x 1.05
        2026-09-01  243.3  3      6    24576/32768 75 %         31913/25600 124.7 %   NO    demand x 1.05
        2026-10-01  273.8  3      6    24576/32768 75 %         33509/25600 130.9 %   NO    demand x 1.05
        2026-11-01  304.2  3      6    24576/32768 75 %         35184/25600 137.4 %   NO    demand x 1.05
        2026-12-01  334.6  3      6    24576/32768 75 %         36943/25600 144.3 %   NO    demand x 1.05

      How many more VMs of 2 vCPUs, 1500 MHz, 2048 MiB fit:

                                  now   after 365 days
        more VMs, nothing moved   2     0
        more VMs, VMs rearranged  2     0
        hosts needed              3     more than there are
        memory, MiB left          8192  8192
        CPU, MHz left             4000  -11343
      "
    `)
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
