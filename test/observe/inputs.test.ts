import { describe, expect, it } from 'vitest'
import type { LoadHistory } from '../../src/model/history.ts'
import type { Sample } from '../../src/model/load.ts'
import { DEFAULT_POLICY, type ObservationSettings } from '../../src/model/policy.ts'
import { remember } from '../../src/observe/history.ts'
import { viewLoad } from '../../src/observe/loadView.ts'
import { HOUR, MINUTE } from '../support/parts.ts'
import { sampleOf, smallPool } from '../support/pools.ts'

const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h1' } })
type Loads = Readonly<Record<string, number | null>>

/** One sample a minute. */
function historyOf(minutes: readonly Loads[], settings: Partial<ObservationSettings> = {}, change: (sample: Sample) => Sample = (sample) => sample): LoadHistory {
  return minutes.reduce<LoadHistory>((history, loads, minute) => remember(history, small.pool, change(sampleOf(small, (minute + 1) * MINUTE, loads)), { ...DEFAULT_POLICY.observation, ...settings }, 2 * HOUR), [])
}
const seen = (history: LoadHistory): number[] => [...history.at(-1)!.vmCpuMhz.slice(0, 3)]
const viewed = (history: LoadHistory, windows: object = {}) => viewLoad(small.pool, history, history.at(-1)!.takenAtMs, { shortMs: 10 * MINUTE, longMs: 40 * MINUTE, ageMaxMs: 15 * MINUTE, ...windows })
const minutes = (count: number, loads: Loads): Loads[] => Array.from({ length: count }, () => loads)

describe('demand over a window', () => {
  const burst = [...minutes(9, { a: 100, b: 100, c: 100 }), { a: 1900, b: 100, c: 100 }]

  it('is the mean of its samples, or the percentile that is asked for by nearest rank', () => {
    expect(viewed(historyOf(burst)).vmShortMhz[0]).toBeCloseTo(280)
    expect(viewed(historyOf(burst), { percentile: 0.9 }).vmShortMhz[0]).toBe(100)
    expect(viewed(historyOf(burst), { percentile: 0.91 }).vmShortMhz[0]).toBe(1900)
    expect(viewed(historyOf(burst), { percentile: 0.01 }).vmShortMhz[0]).toBe(100)
  })

  it('counts what a VM may use where that is asked for, and never less than it uses', () => {
    expect(seen(historyOf([{ a: 100, b: 2500, c: null }], { countBy: 'allocated' }))).toEqual([2000, 2500, NaN])
  })
})

describe('a value that can not be', () => {
  it.each([['negative', -1], ['not finite', Infinity], ['above twice the VM', 4001], ['no number', NaN]])('is unknown when it is %s', (_, value) => {
    expect(seen(historyOf([{ a: value, b: 100, c: 100 }]))[0]).toBeNaN()
  })

  it('is unknown when it is above what the host has', () => {
    const huge = smallPool({ h0: { cores: 2 } }, { a: { on: 'h0', cpuMhz: 8000, vcpus: 8 } })
    const used = (mhz: number): number => remember([], huge.pool, sampleOf(huge, MINUTE, { a: mhz }), DEFAULT_POLICY.observation, HOUR)[0]!.vmCpuMhz[0]!
    expect(used(2500)).toBe(2500)
    expect(used(2501)).toBeNaN()
  })

  it('of waiting counts as no waiting', () => {
    for (const delay of [NaN, -1, Infinity]) expect(seen(historyOf([{ a: 500, b: 100, c: 100 }], {}, (sample) => ({ ...sample, vmDelayRatio: sample.vmDelayRatio.map(() => delay) })))[0]).toBe(500)
  })
})

describe('a zero', () => {
  const busy = minutes(5, { a: 500, b: 400, c: 300 })

  it('of all VMs of a host at once is its sensor, as long as it lasts', () => {
    const history = historyOf([...busy, ...minutes(90, { a: 0, b: 0, c: 300 })])
    expect(seen(history)).toEqual([NaN, NaN, 300])
    expect([...viewed(history).hostKnown.slice(0, 2)]).toEqual([0, 1])
    expect(seen(historyOf([...busy, ...minutes(90, { a: 0, b: 0, c: 300 }), { a: 20, b: 0, c: 300 }]))).toEqual([20, 0, 300])
  })

  it('of one VM, or after none worked, is believed at once, or after the doubt that is set', () => {
    expect(seen(historyOf([...busy, { a: 0, b: 400, c: 0 }]))).toEqual([0, 400, 0])
    expect(seen(historyOf([...minutes(5, { a: 0, b: 0, c: 0 })]))).toEqual([0, 0, 0])
    const doubting = (zeros: number): number => seen(historyOf([...busy, ...minutes(zeros, { a: 0, b: 400, c: 300 })], { zeroDoubtMs: 3 * MINUTE }))[0]!
    expect([1, 2, 3].map(doubting)).toEqual([NaN, NaN, NaN])
    expect(doubting(4)).toBe(0)
    expect(doubting(9)).toBe(0)
  })
})

describe('what a VM gets and holds', () => {
  it('is what it used of what it wanted', () => {
    const history = historyOf([{ a: 1000, b: 0, c: null }], { delayWeight: 0 }, (sample) => ({ ...sample, vmDelayRatio: Float64Array.of(1, 0, 0) }))
    expect([...viewed(history).vmServedRatio]).toEqual([0.5, 1, 1])
  })

  it('is its memory in use, less the cache that does not count', () => {
    const with_ = (sample: Sample): Sample => ({ ...sample, vmMemoryMib: Float64Array.of(3000, 0, 9000), vmCacheMib: Float64Array.of(1000, 0, 0) })
    const memory = (cacheWeight: number): number[] => [...viewed(historyOf([{ a: 1, b: 1, c: 1 }], {}, with_), { cacheWeight }).vmMemoryMib]
    expect(memory(0)).toEqual([2000, 4096, 4096])
    expect(memory(1)).toEqual([3000, 4096, 4096])
    expect(memory(0.5)).toEqual([2500, 4096, 4096])
  })
})
