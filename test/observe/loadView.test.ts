import { describe, expect, it } from 'vitest'
import type { LoadView } from '../../src/model/loadView.ts'
import { poolUtilization, viewLoad } from '../../src/observe/loadView.ts'
import { HOUR, MINUTE } from '../support/parts.ts'
import { type SmallPool, historyOf, smallPool } from '../support/pools.ts'

const WINDOWS = { shortMs: 5 * MINUTE, longMs: 40 * MINUTE, ageMaxMs: 15 * MINUTE }
const NOW = 10 * HOUR

type Row = Readonly<Record<string, number | null>>
const view = (small: SmallPool, rows: readonly Row[], atMs = NOW, lastMs = NOW): LoadView => viewLoad(small.pool, historyOf(small, lastMs, rows), atMs, WINDOWS)
const repeat = (count: number, row: Row): Row[] => new Array<Row>(count).fill(row)

const two = (): SmallPool => smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', cpuMhz: 4000 }, b: { on: 'h1', cpuMhz: 4000 } })

describe('the view of the load', () => {
  it('is the mean over the short and over the long window', () => {
    const seen = view(two(), [...repeat(35, { a: 1000, b: 500 }), ...repeat(5, { a: 3000, b: 500 })])
    expect([...seen.vmShortMhz]).toEqual([3000, 500])
    expect(seen.vmLongMhz[0]).toBeCloseTo((35 * 1000 + 5 * 3000) / 40, 9)
    expect([...seen.hostShort]).toEqual([0.3, 0.05])
    expect(seen.poolPeakMhz).toBe(3500)
    expect(seen.historyMs).toBe(40 * MINUTE)
  })

  it('leaves out frames before the window, to the minute', () => {
    expect(view(two(), [{ a: 9000, b: 0 }, ...repeat(5, { a: 1000, b: 0 })]).vmShortMhz[0]).toBe(1000)
    expect(view(two(), [{ a: 7000, b: 0 }, ...repeat(4, { a: 1000, b: 0 })]).vmShortMhz[0]).toBe(2200)
    expect(view(two(), [{ a: 4000, b: 4000 }, ...repeat(40, { a: 1000, b: 0 })]).poolPeakMhz).toBe(1000)
  })

  it('bridges a gap with the last value known, never with zero or with what others do', () => {
    const seen = view(two(), [...repeat(30, { a: 3600, b: 100 }), ...repeat(10, { a: null, b: 100 })])
    expect([...seen.vmShortMhz]).toEqual([3600, 100])
    expect(seen.poolPeakMhz).toBe(3700)
    expect(seen.vmKnown[0]).toBe(1)
  })

  it('takes a VM for unknown, and its host with it, when its last sample is too old', () => {
    expect(view(two(), [...repeat(25, { a: 3600, b: 100 }), ...repeat(15, { a: null, b: 100 })]).hostKnown[0]).toBe(1)
    const seen = view(two(), [...repeat(24, { a: 3600, b: 100 }), ...repeat(16, { a: null, b: 100 })])
    expect([...seen.vmKnown]).toEqual([0, 1])
    expect([...seen.hostKnown]).toEqual([0, 1])
    expect(seen.poolPeakMhz).toBe(3700)
  })

  it('knows nothing once no sample came for too long', () => {
    expect([...view(two(), repeat(40, { a: 1000, b: 1000 }), NOW + 15 * MINUTE).hostKnown]).toEqual([1, 1])
    expect([...view(two(), repeat(40, { a: 1000, b: 1000 }), NOW + 15 * MINUTE + 1).hostKnown]).toEqual([0, 0])
  })

  it('counts a VM that has no sample yet at the mean ratio of the others, in the peak too', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', cpuMhz: 4000 }, fresh: { on: 'h1', cpuMhz: 8000, sinceMs: NOW } })
    const seen = view(small, repeat(40, { a: 1000, fresh: 7777 }))
    expect(seen.vmShortMhz[1]).toBe(2000)
    expect(seen.vmKnown[1]).toBe(1)
    expect(seen.poolPeakMhz).toBe(3000)
  })

  it('tells what was seen from what is assumed', () => {
    const small = smallPool({ h0: {} }, { a: { on: 'h0', cpuMhz: 4000 }, fresh: { on: 'h0', cpuMhz: 8000, sinceMs: NOW }, quiet: { on: 'h0', cpuMhz: 4000 } })
    const seen = view(small, [...repeat(30, { a: 1000, quiet: 600 }), ...repeat(10, { a: 1000, quiet: null })])
    expect(seen.hostMeasured[0]).toBeCloseTo(0.16, 9)
    expect(seen.hostShort[0]).toBeCloseTo(0.16 + 0.2, 9)
  })

  it('counts VMs at a quarter of their size when nothing was ever seen', () => {
    const seen = viewLoad(two().pool, [], NOW, WINDOWS)
    expect([...seen.vmShortMhz]).toEqual([1000, 1000])
    expect(seen).toMatchObject({ poolPeakMhz: 2000, historyMs: 0 })
  })

  it('does not take samples of an earlier VM in the slot for the present one\'s', () => {
    const small = smallPool({ h0: {} }, { a: { on: 'h0', cpuMhz: 4000, sinceMs: NOW - 2 * MINUTE } })
    expect(view(small, [...repeat(38, { a: 100 }), ...repeat(2, { a: 3000 })]).vmShortMhz[0]).toBe(3000)
  })

  it('does not reach back over a hole in the samples', () => {
    const known = { a: 1000, b: 1000 }
    const gap = { a: null, b: null }
    expect(view(two(), [...repeat(20, known), ...repeat(14, gap), ...repeat(6, known)]).historyMs).toBe(40 * MINUTE)
    expect(view(two(), [...repeat(19, known), ...repeat(15, gap), ...repeat(6, known)]).historyMs).toBe(6 * MINUTE)
    expect(view(two(), repeat(40, gap)).historyMs).toBe(0)
    expect(view(two(), repeat(40, { a: 1000, b: null })).historyMs).toBe(40 * MINUTE)
  })

  it('counts a migrating VM on both hosts, and no VM that does not run', () => {
    const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', to: 'h1' }, off: { state: 'stopped' }, asleep: { state: 'suspended' } })
    const seen = view(small, repeat(5, { a: 2000, off: 2000, asleep: 2000 }))
    expect([...seen.hostShort]).toEqual([0.2, 0.2])
    expect(seen.poolPeakMhz).toBe(2000)
  })

  it('measures hosts by what they have for VMs', () => {
    const small = smallPool({ h0: { reserveCpuMhz: 2000 } }, { a: { on: 'h0', cpuMhz: 8000 } })
    expect(view(small, repeat(5, { a: 4000 })).hostShort[0]).toBe(0.5)
  })

  it('weighs hosts by their size in the pool\'s mean, those that serve only', () => {
    const { pool } = smallPool({ h0: { cores: 10 }, h1: { cores: 30 }, off: { power: 'off' }, away: { mode: 'maintenance' } })
    expect(poolUtilization(pool, Float64Array.from([0.8, 0.4, 1, 1]))).toBe(0.5)
    expect(poolUtilization(smallPool({ h0: { power: 'off' } }).pool, Float64Array.from([1]))).toBe(0)
  })
})
