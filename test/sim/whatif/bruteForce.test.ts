import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ScenarioEvent } from '../../../src/model/scenario.ts'
import { DAY_MS } from '../../../src/model/resources.ts'
import type { WhatIfAnswer, WhatIfQuestion } from '../../../src/model/whatif.ts'
import { BadInput } from '../../../src/model/result.ts'
import { answerWhatIf } from '../../../sim/whatif/answer.ts'
import { bruteFits, bruteHostsMin, bruteMoreAsPlaced, bruteMoreRepacked } from './bruteForce.ts'
import { type Draw, drawn, questionOf } from './smallPool.ts'

/** Null where the draw is refused: its candidate is larger than every host. */
function answered(question: WhatIfQuestion): WhatIfAnswer | null {
  try {
    return answerWhatIf(question)
  } catch (error) {
    if (error instanceof BadInput && error.issues.every(({ path }) => path.startsWith('whatif.candidate'))) return null
    throw error
  }
}

const exactly = (value: number): { atLeast: number; atMost: number; proven: true } => ({ atLeast: value, atMost: value, proven: true })
const ONE_INSTANT = { horizonMs: DAY_MS }
const RUNS = 250

describe('what-if equals brute force on small pools', () => {
  it('says whether it fits with every VM where it is', () => {
    fc.assert(fc.property(drawn({}), (draw) => {
      const answer = answered(questionOf(draw, ONE_INSTANT))
      if (answer) expect(answer.verdict).toBe(bruteFits(draw, 'asPlaced') ? 'fits' : 'doesNotFit')
    }), { numRuns: RUNS })
  }, 30_000)

  it('says whether it fits when VMs may be rearranged', () => {
    fc.assert(fc.property(drawn({}), fc.boolean(), (draw, waiting) => {
      const answer = answered(questionOf(settled(draw, waiting), { ...ONE_INSTANT, repack: true }, waiting))
      if (answer) expect(answer.verdict).toBe(bruteFits(settled(draw, waiting), 'repacked', 1, waiting) ? 'fits' : 'doesNotFit')
    }), { numRuns: RUNS })
  }, 30_000)

  it('counts how many more fit without a migration', () => {
    fc.assert(fc.property(drawn({ hostsMax: 3, vmsMax: 4 }), (draw) => {
      const answer = answered(questionOf(draw, ONE_INSTANT))
      if (answer) expect(answer.now.moreAsPlaced).toEqual(exactly(bruteMoreAsPlaced(draw)))
    }), { numRuns: RUNS })
  }, 60_000)

  it('counts how many more fit when VMs may be rearranged', () => {
    fc.assert(fc.property(drawn({}), (draw) => {
      const answer = answered(questionOf(draw, ONE_INSTANT))
      if (answer) expect(answer.now.moreRepacked).toEqual(exactly(bruteMoreRepacked(draw)))
    }), { numRuns: RUNS })
  }, 60_000)

  it('finds the least number of hosts', () => {
    fc.assert(fc.property(drawn({ vmsMax: 4 }), (draw) => {
      const answer = answered(questionOf(draw, ONE_INSTANT))
      const least = bruteHostsMin(draw)
      if (answer) expect(answer.now.hostsMin).toEqual(least === null ? null : exactly(least))
    }), { numRuns: RUNS })
  }, 60_000)

  it('names the day on which growth breaks it, and how much fits in the end', () => {
    const months = [0, 1, 2, 3, 4, 5]
    fc.assert(fc.property(drawn({ hostsMax: 3, vmsMax: 4, failoverMax: 1 }), fc.constantFrom(0.1, 0.3, -0.2), fc.boolean(), (draw, growth, repack) => {
      const answer = answered(questionOf(draw, { horizonMs: months.length * 30 * DAY_MS, growthPerMonthRatio: growth, repack }))
      if (!answer) return
      const fits = months.map((month) => bruteFits(draw, repack ? 'repacked' : 'asPlaced', (1 + growth) ** month))
      const breaks = fits.includes(false) ? fits.indexOf(false) : undefined
      expect(answer.timeline.map(({ verdict }) => verdict === 'fits')).toEqual(fits)
      expect(answer.firstBreak?.atMs ?? null).toBe(breaks === undefined ? null : (breaks * 365 * DAY_MS) / 12)
      expect(answer.daysRemaining.atMost).toBe(breaks === undefined ? null : (breaks * 365) / 12)
      expect(answer.end.moreRepacked).toEqual(exactly(bruteMoreRepacked(draw, (1 + growth) ** 5)))
      expect(answer.end.moreAsPlaced).toEqual(exactly(bruteMoreAsPlaced(draw, (1 + growth) ** 5)))
    }), { numRuns: RUNS })
  }, 60_000)

  it('names the change after which it no longer fits', () => {
    fc.assert(fc.property(drawn({ hostsMax: 3, vmsMax: 4, failoverMax: 1, movable: true }), fc.nat(2), fc.nat(3), fc.integer({ min: 1, max: 6 }), (draw, lost, grown, memoryGib) => {
      if (draw.hosts.length < 2 || draw.vms.length === 0) return
      const resized = grown % draw.vms.length
      const gone = lost % draw.hosts.length
      const events = [
        { atMs: 10 * DAY_MS, kind: 'vmResize', vm: `v${resized}`, vcpus: null, cpuMhz: null, memoryMib: memoryGib * 1024 },
        { atMs: 20 * DAY_MS, kind: 'hostFail', host: `h${gone}` },
      ] as unknown as ScenarioEvent[]
      const answer = answered(questionOf(draw, { repack: true }, false, events))
      if (!answer) return
      const larger = { ...draw, vms: draw.vms.map((one, index) => (index === resized ? { ...one, memoryMib: memoryGib * 1024 } : one)) }
      const left = draw.hosts.map((_, index) => index).filter((index) => index !== gone)
      const fits = [bruteFits(draw, 'repacked'), bruteFits(larger, 'repacked'), bruteFits(larger, 'repacked', 1, false, left)]
      expect(answer.timeline.map(({ verdict }) => verdict)).toEqual(fits.map((yes) => (yes ? 'fits' : 'doesNotFit')))
      expect(answer.firstBreak?.atMs ?? null).toBe(fits.includes(false) ? [0, 10, 20][fits.indexOf(false)]! * DAY_MS : null)
    }), { numRuns: RUNS })
  }, 60_000)

  it('gives every no a limit with numbers that show it', () => {
    fc.assert(fc.property(drawn({}), fc.boolean(), (draw, repack) => {
      const broken = answered(questionOf(draw, { ...ONE_INSTANT, repack }))?.firstBreak
      if (!broken) return
      expect(broken.needed).toBeGreaterThan(broken.available)
      expect(broken.shortage).toBeCloseTo(broken.needed - broken.available, 9)
      expect(broken.unit).toBe({ memory: 'MiB', cpu: 'MHz', vcpus: 'vCPUs', rules: 'VMs' }[broken.limit])
      expect(broken.reason.text).toMatch(/\d/)
    }), { numRuns: RUNS })
  }, 30_000)
})

/** VMs that wait are first given a place, and what may not be moved then stays there: only movable ones are comparable. */
const settled = (draw: Draw, waiting: boolean): Draw => (waiting ? { ...draw, vms: draw.vms.map((one) => ({ ...one, movable: true })) } : draw)
