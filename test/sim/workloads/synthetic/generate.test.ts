import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../../sim/random.ts'
import { dealColumns } from '../../../../sim/workloads/synthetic/churn.ts'
import { generateWorkload } from '../../../../sim/workloads/synthetic/generate.ts'
import { BadInput } from '../../../../src/model/result.ts'
import type { Workload } from '../../../../src/model/scenario.ts'
import { DEFAULT_SYNTHETIC, SYNTHETIC_PROFILES, type SyntheticSettings } from '../../../../src/model/synthetic.ts'
import { START_UNIX_MS, synthetic } from './published.ts'
import { autocorrelation, columnOf, columnsOf, correlation, mean } from './statistics.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A Monday, 0:00 UTC. */
const MONDAY_MS = Date.UTC(2024, 0, 1)

function generate(settings: Partial<SyntheticSettings>, { days = 1, seed = 7, startUnixMs = MONDAY_MS, label = 'workload' } = {}): Workload {
  return generateWorkload({ ...DEFAULT_SYNTHETIC, ...settings }, { durationMs: days * DAY_MS, startUnixMs, rng: seededRng(seed, label) })
}

function hashOf(workload: Workload): string {
  const hash = createHash('sha256').update(JSON.stringify(workload.vms))
  for (const series of [workload.cpu, workload.memory]) if (series) hash.update(series.codes)
  return hash.digest('hex').slice(0, 16)
}

/** Mean utilization by capacity over the given hours of each weekday (or weekend day). */
function poolMean(workload: Workload, fromHour: number, toHour: number, days: readonly number[]): number {
  const cpu = workload.cpu!
  const weights = workload.vms.map(({ vm }) => vm.vcpus)
  const capacity = weights.reduce((sum, vcpus) => sum + vcpus, 0)
  const rows: number[] = []
  for (let sample = 0; sample < cpu.sampleCount; sample++) {
    const hour = (sample * cpu.stepMs) / HOUR_MS
    if (!days.includes(Math.floor(hour / 24)) || hour % 24 < fromHour || hour % 24 >= toHour) continue
    rows.push(weights.reduce((sum, vcpus, column) => sum + vcpus * (cpu.codes[sample * weights.length + column]! / cpu.divisor), 0) / capacity)
  }
  return mean(rows)
}

const settings = fc.record({
  profile: fc.constantFrom(...SYNTHETIC_PROFILES),
  vmCount: fc.integer({ min: 0, max: 60 }),
  stepMs: fc.constantFrom(10_000, 60_000, 300_000, 900_000, 1_234_567, 3_600_000),
  meanUtilization: fc.option(fc.double({ min: 0.001, max: 0.9, noNaN: true })),
  utcOffsetMinutes: fc.integer({ min: -840, max: 840 }),
  classes: fc.constantFrom([], [{ name: 'web', weight: 2, profile: null }, { name: 'night', weight: 1, profile: 'batch' as const }]),
  flavors: fc.constantFrom(null, [{ vcpus: 2, memoryMib: 4096, weight: 3 }, { vcpus: 4, memoryMib: 64, weight: 0.1 }]),
  coreMhz: fc.integer({ min: 100, max: 10_000 }),
  memorySeries: fc.boolean(),
  churn: fc.option(fc.record({ arrivalsPerHour: fc.double({ min: 0.01, max: 30, noNaN: true }), batchMax: fc.integer({ min: 1, max: 1000 }), lifetimeFactor: fc.double({ min: 0.001, max: 1000, noNaN: true }) })),
})

describe('a generated workload', () => {
  it('has only whole codes in 0..1000, known columns and stays inside the run, whatever the settings', () => {
    fc.assert(fc.property(settings, fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 2 * DAY_MS }), (drawn, seed, durationMs) => {
      fc.pre((drawn.vmCount * durationMs) / drawn.stepMs < 100_000)
      const workload = generateWorkload(drawn, { durationMs, startUnixMs: MONDAY_MS, rng: seededRng(seed) })
      for (const series of [workload.cpu, workload.memory]) {
        if (!series) continue
        expect(series.codes.length).toBe(series.sampleCount * series.names.length)
        expect(series.sampleCount * series.stepMs).toBeGreaterThanOrEqual(durationMs)
        expect(new Set(series.names).size).toBe(series.names.length)
        expect(series.codes.every((code) => code >= 0 && code <= 1000 && Number.isInteger(code))).toBe(true)
      }
      expect(new Set(workload.vms.map(({ vm }) => vm.id)).size).toBe(workload.vms.length)
      for (const { vm, arriveMs, departMs, cpuColumn, memoryColumn } of workload.vms) {
        expect(Number.isInteger(arriveMs) && arriveMs >= 0 && arriveMs < durationMs).toBe(true)
        expect(departMs === null || (Number.isInteger(departMs) && departMs > arriveMs && departMs < durationMs)).toBe(true)
        expect(cpuColumn! < workload.cpu!.names.length).toBe(true)
        expect(memoryColumn === null).toBe(!drawn.memorySeries)
        expect(vm.cpuMhz).toBe(vm.vcpus * drawn.coreMhz)
        expect(vm.dirtyMibPerS > 0 && vm.dirtyMibPerS <= 200).toBe(true)
      }
      expect(workload.vms.filter(({ departMs, arriveMs }) => arriveMs === 0 && departMs === null).length).toBeGreaterThanOrEqual(drawn.vmCount)
    }), { numRuns: 100 })
  })

  it('is the same to the bit for the same seed, and is this one', () => {
    const churn = { arrivalsPerHour: 20, batchMax: 10, lifetimeFactor: 1 }
    const hashes = SYNTHETIC_PROFILES.map((profile) => hashOf(generate({ profile, vmCount: 40, memorySeries: true, churn }, { days: 2 })))
    expect(hashes).toEqual(SYNTHETIC_PROFILES.map((profile) => hashOf(generate({ profile, vmCount: 40, memorySeries: true, churn }, { days: 2 }))))
    expect(hashes).toMatchInlineSnapshot(`
      [
        "b7d7dbde7bc247cf",
        "6372366c646aa1ab",
        "b51e8e3a8a907c83",
        "515045e225bec79b",
        "f14c10e423902a3f",
      ]
    `)
  })

  it('is another one for another seed or label, with unrelated samples', () => {
    const base = generate({ profile: 'planetlab', vmCount: 30 }, { days: 3 })
    for (const other of [generate({ profile: 'planetlab', vmCount: 30 }, { days: 3, seed: 8 }), generate({ profile: 'planetlab', vmCount: 30 }, { days: 3, label: 'other' })]) {
      expect(hashOf(other)).not.toBe(hashOf(base))
      for (let column = 0; column < 30; column++) expect(Math.abs(correlation(columnOf(base.cpu!, column), columnOf(other.cpu!, column)))).toBeLessThan(0.2)
    }
  })

  it('holds the same first VMs with the same load when more VMs, a churn or a memory series are asked for', () => {
    const few = generate({ vmCount: 20 })
    const many = generate({ vmCount: 90, memorySeries: true, churn: { arrivalsPerHour: 50, batchMax: 5, lifetimeFactor: 1 } })
    expect(many.vms.slice(0, 20).map(({ vm }) => vm)).toEqual(few.vms.map(({ vm }) => vm))
    for (let column = 0; column < 20; column++) expect(columnOf(many.cpu!, column)).toEqual(columnOf(few.cpu!, column))
  })

  it('continues a shorter run: the first day of a week is the day', () => {
    const day = generate({ profile: 'office', vmCount: 10 })
    const week = generate({ profile: 'office', vmCount: 10 }, { days: 7 })
    expect(week.cpu!.codes.slice(0, day.cpu!.codes.length)).toEqual(day.cpu!.codes)
  })

  it.each([0.05, 0.2, 0.5])('uses %f of its capacity over a week when that is asked for, within 5 %', (meanUtilization) => {
    for (const profile of SYNTHETIC_PROFILES) {
      const reached = poolMean(generate({ profile, vmCount: 300, meanUtilization }, { days: 7 }), 0, 24, [0, 1, 2, 3, 4, 5, 6])
      // A heavy tail makes single VMs count: their own week differs from its expectation.
      expect(Math.abs(reached / meanUtilization - 1), profile).toBeLessThan(profile === 'business' ? 0.15 : 0.05)
    }
  })

  it('refuses what would not fit into memory and says what to change', () => {
    expect(() => generate({ vmCount: 100_000, stepMs: 10_000 }, { days: 30 })).toThrow(BadInput)
    expect(() => generate({ vmCount: 100_000, stepMs: 10_000 }, { days: 30 })).toThrow(/259200 samples each.*longer stepMs, fewer VMs or a shorter run/)
    expect(() => generate({ churn: { arrivalsPerHour: 100_000, batchMax: 1, lifetimeFactor: 1 } }, { days: 30 })).toThrow(/workload.churn.arrivalsPerHour: about 72000000 VMs/)
  })

  it('is empty but valid with no VMs', () => {
    expect(generate({ vmCount: 0 })).toEqual({ vms: [], cpu: null, memory: null, network: null, disk: null })
  })
})

describe('profiles', () => {
  const WEEKDAYS = [0, 1, 2, 3, 4]
  const WEEKEND = [5, 6]
  const week = (profile: SyntheticSettings['profile'], more: Partial<SyntheticSettings> = {}): Workload => generate({ profile, vmCount: 400, ...more }, { days: 7 })

  it('office needs three to five times as much on a working day as by night, and little at the weekend', () => {
    const workload = week('office')
    const byDay = poolMean(workload, 9, 17, WEEKDAYS)
    const byNight = poolMean(workload, 0, 5, WEEKDAYS)
    expect(byDay / byNight).toBeGreaterThan(3)
    expect(byDay / byNight).toBeLessThan(5)
    expect(poolMean(workload, 9, 17, WEEKEND)).toBeLessThan(0.4 * byDay)
  })

  it('follows local time: nine hours east the working day is over at 9:00 UTC', () => {
    const workload = week('office', { utcOffsetMinutes: 540 })
    expect(poolMean(workload, 0, 8, WEEKDAYS)).toBeGreaterThan(3 * poolMean(workload, 15, 20, WEEKDAYS))
  })

  it('batch works by night on every day of the week', () => {
    const workload = week('batch')
    expect(poolMean(workload, 0, 2, [0, 1, 2, 3, 4, 5, 6])).toBeGreaterThan(5 * poolMean(workload, 9, 16, [0, 1, 2, 3, 4, 5, 6]))
  })

  it('steady stays within 2 % of its mean as a pool', () => {
    const workload = week('steady')
    const whole = poolMean(workload, 0, 24, [0, 1, 2, 3, 4, 5, 6])
    for (const day of [...WEEKDAYS, ...WEEKEND]) expect(Math.abs(poolMean(workload, 9, 17, [day]) / whole - 1)).toBeLessThan(0.02)
  })

  it('deals classes by weight, each with its own profile', () => {
    const workload = week('steady', { classes: [{ name: 'desk', weight: 3, profile: null }, { name: 'night', weight: 1, profile: 'batch' }] })
    const night = workload.vms.flatMap(({ vm }, column) => (vm.class === 'night' ? [column] : []))
    expect(Math.abs(night.length - 100)).toBeLessThanOrEqual(5)
    expect(workload.vms.every(({ vm }) => vm.class === 'desk' || vm.class === 'night')).toBe(true)
    const columns = columnsOf(workload.cpu!)
    const byNight = (column: readonly number[]): number => mean(column.slice(0, 24)) / mean(column.slice(120, 180))
    expect(night.filter((column) => byNight(columns[column]!) > 2).length).toBeGreaterThan(0.8 * night.length)
    expect(columns.filter((column, index) => !night.includes(index) && byNight(column) > 2)).toEqual([])
  })

  it('keeps its persistence in time when sampled every minute', () => {
    const at = (stepMs: number, lag: number): number => mean(columnsOf(synthetic({ profile: 'steady', vmCount: 60, stepMs }, 7, 4).cpu!).map((column) => autocorrelation(column, lag)))
    expect(Math.abs(at(60_000, 5) - at(300_000, 1))).toBeLessThan(0.05)
    expect(START_UNIX_MS % DAY_MS).toBe(0)
  })
})

describe('churn', () => {
  it('never gives one load column to two VMs at once', () => {
    const stays = fc.array(fc.record({ arriveMs: fc.integer({ min: 0, max: 200 }), lengthMs: fc.integer({ min: 1, max: 60 }) }), { maxLength: 60 })
    fc.assert(fc.property(stays, (drawn) => {
      const vms = drawn.map(({ arriveMs, lengthMs }) => ({ arriveMs, departMs: arriveMs + lengthMs, flavor: { vcpus: 1, memoryMib: 1024, weight: 1 } })).sort((a, b) => a.arriveMs - b.arriveMs)
      const { columns, columnCount } = dealColumns(vms)
      const atOnce = vms.map((vm) => vms.filter((other) => other.arriveMs <= vm.arriveMs && other.departMs > vm.arriveMs).length)
      expect(columnCount).toBe(Math.max(0, ...atOnce))
      for (let a = 0; a < vms.length; a++) {
        for (let b = 0; b < a; b++) if (vms[b]!.departMs > vms[a]!.arriveMs) expect(columns[a]).not.toBe(columns[b])
      }
    }))
  })

  it('brings the rate asked for under any batch limit, within 15 %', () => {
    for (const batchMax of [1, 5, 50, 587]) {
      const { vms } = generate({ vmCount: 0, stepMs: HOUR_MS, churn: { arrivalsPerHour: 400, batchMax, lifetimeFactor: 1 } }, { days: 10 })
      expect(Math.abs(vms.length / (400 * 240) - 1), `batchMax ${batchMax}`).toBeLessThan(0.15)
    }
  })
})
