import { describe, expect, it } from 'vitest'
import { type DemandAhead, type DemandOutlook, type OutlookMemory, NO_OUTLOOK_MEMORY, learnOutlook, viewOutlook } from '../../../src/forecast/online/outlook.ts'
import type { LoadFrame } from '../../../src/model/history.ts'
import { DEFAULT_POLICY } from '../../../src/model/policy.ts'
import { type Pool, VM, addVm, emptyPool } from '../../../src/model/pool.ts'
import { seededRng } from '../../../sim/random.ts'
import { DAY, HOUR, MINUTE, MONDAY_UNIX_MS, makeVm } from '../../support/parts.ts'

const SETTINGS = { ...DEFAULT_POLICY.forecast, enabled: true }
const HORIZONS = { wakeMs: 30 * MINUTE, restMs: 2 * HOUR, windowMs: 40 * MINUTE }
const STEP = 5 * MINUTE

function poolOf(count: number): Pool {
  const pool = emptyPool()
  for (let vm = 0; vm < count; vm++) run(pool, `v${vm}`, -1)
  return pool
}

/** Columns grow with the pool, so the slot is asked for first. */
function run(pool: Pool, name: string, atMs: number): void {
  const slot = addVm(pool, makeVm(name), atMs)
  pool.vmState[slot] = VM.running
}

const frameAt = (pool: Pool, atMs: number, ratio: (vm: number) => number): LoadFrame =>
  ({ takenAtMs: atMs, intervalMs: STEP, vmCpuMhz: Float64Array.from(pool.vms, ({ cpuMhz }, vm) => cpuMhz * ratio(vm)), hostCpuMhz: new Float64Array(0) })

/** Samples tell of the five minutes before them, as samplers do. */
function learned(pool: Pool, untilMs: number, ratio: (vm: number, atMs: number) => number): OutlookMemory {
  let memory = NO_OUTLOOK_MEMORY
  for (let atMs = 0; atMs <= untilMs; atMs += STEP) memory = learnOutlook(memory, pool, frameAt(pool, atMs, (vm) => ratio(vm, atMs - STEP / 2)), MONDAY_UNIX_MS + atMs, HORIZONS, SETTINGS)
  return memory
}

const aheads = ({ wake, rest }: DemandOutlook): readonly (DemandAhead | null)[] => [wake, rest]
const isShift = (atMs: number): boolean => atMs % DAY >= 8 * HOUR && atMs % DAY < 17 * HOUR
const shift = (_: number, atMs: number): number => (isShift(atMs) ? 0.6 : 0.2)

describe('an outlook on demand', () => {
  it('that has a rhythm is taken up once a day of forecasts has matured, and sees the morning come', () => {
    const pool = poolOf(20)
    const before = 3 * DAY + 7 * HOUR + 45 * MINUTE
    const { wake } = viewOutlook(learned(pool, before, shift), pool, MONDAY_UNIX_MS + before, SETTINGS)
    expect(wake).not.toBeNull()
    expect(wake!.upperMhz).toBeGreaterThan(20 * 2000 * 0.5)
    expect(wake!.lossRatio).toBeLessThan(0.9)
  })

  it('is not given before that', () => {
    const pool = poolOf(20)
    expect(viewOutlook(learned(pool, DAY, shift), pool, MONDAY_UNIX_MS + DAY, SETTINGS)).toEqual({ wake: null, rest: null })
  })

  it('knows that white noise has nothing to foretell', () => {
    const pool = poolOf(20)
    const rng = seededRng(3, 'noise')
    const memory = learned(pool, 5 * DAY, () => 0.2 + 0.2 * rng.next())
    expect(viewOutlook(memory, pool, MONDAY_UNIX_MS + 5 * DAY, SETTINGS)).toEqual({ wake: null, rest: null })
  })

  it('is dropped when the rhythm ends', () => {
    const pool = poolOf(20)
    const rng = seededRng(4, 'noise')
    const ended = (vm: number, atMs: number): number => (atMs < 4 * DAY ? shift(vm, atMs) : 0.3 + 0.02 * rng.next())
    expect(viewOutlook(learned(pool, 8 * DAY, ended), pool, MONDAY_UNIX_MS + 8 * DAY, SETTINGS).wake).toBeNull()
  })

  it('is not thrown off at the turn of the shift, when the last sample still tells of the night', () => {
    const pool = poolOf(20)
    const eight = 3 * DAY + 8 * HOUR
    const { wake, rest } = viewOutlook(learned(pool, eight, shift), pool, MONDAY_UNIX_MS + eight, SETTINGS)
    for (const ahead of [wake, rest]) expect(ahead!.expectedMhz / (20 * 2000)).toBeCloseTo(0.6, 3)
  })

  it('adds demands of one instant: VMs that take turns need no more than one of them at a time', () => {
    const pool = poolOf(20)
    const turns = (vm: number, atMs: number): number => ((vm % 2 === 0) === isShift(atMs) ? 0.8 : 0.1)
    const at = 4 * DAY + 7 * HOUR
    const memory = learned(pool, at, turns)
    const total = 20 * 2000 * 0.45
    for (const ahead of aheads(viewOutlook(memory, pool, MONDAY_UNIX_MS + at, SETTINGS))) if (ahead !== null) expect(ahead.expectedMhz).toBeLessThan(1.1 * total)
  })

  it('leaves no NaN where samples are missing and VMs are new', () => {
    const pool = poolOf(20)
    const memory = learned(pool, 3 * DAY, (vm, atMs) => (vm < 5 && atMs % HOUR < STEP ? NaN : shift(vm, atMs)))
    run(pool, 'new', 3 * DAY)
    for (const ahead of aheads(viewOutlook(memory, pool, MONDAY_UNIX_MS + 3 * DAY, SETTINGS))) {
      expect(ahead).not.toBeNull()
      expect([ahead!.expectedMhz, ahead!.upperMhz, ...ahead!.vmMhz].every(Number.isFinite)).toBe(true)
      expect(ahead!.vmMhz[20]).toBeGreaterThan(0)
    }
  })
})
