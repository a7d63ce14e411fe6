import { describe, expect, it } from 'vitest'
import type { StepSeries, Tariff } from '../../src/model/tariff.ts'
import { powerAtW } from '../../src/model/power.ts'
import { metricsOf } from '../../src/report/metrics.ts'
import { simulate } from '../../sim/run.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, PLAIN_PHYSICS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const UTC = { name: 'UTC', fromMs: [0], offsetMs: [0] }
const flat = (base: number): StepSeries => ({ kind: 'weekly', base, rows: [] })
const FREE: Tariff = { currency: 'EUR', pricePerKwh: flat(0), carbonGPerKwh: null, carbonPricePerKg: 0, pricePerPowerCycle: 0, pricePerMigratedGib: 0 }
/** Dear in the run's second ten minutes and from its 47th minute on. */
const NIGHT: StepSeries = { kind: 'weekly', base: 0.2, rows: [[10, 20, 0.9], [47, 60, -0.1]].map(([from, to, value]) => ({ window: { days: [1], fromMinute: from!, toMinute: to!, zone: UTC }, value: value! })) }
const minutePrice = (minute: number): number => (minute >= 10 && minute < 20 ? 0.9 : minute >= 47 ? -0.1 : 0.2)

describe('what a simulated run costs', () => {
  it('is the power of each minute at that minute’s price, also while load and price change at different times', () => {
    const rows = [0.1, 0.8, 0.3, 0.9, 0.5, 0, 0.6, 0.2].map((ratio) => [ratio])
    const host = makeHost('h0')
    const load = { vms: [workloadVm(makeVm('v0', { vcpus: 10, cpuMhz: 10_000 }), 'h0', { cpuColumn: 0 })], cpu: loadOf(8 * MINUTE, rows), memory: null, network: null, disk: null }
    const tariff: Tariff = { ...FREE, pricePerKwh: NIGHT, carbonGPerKwh: flat(300), carbonPricePerKg: 0.05 }
    const { summary } = simulate(makeRun({ hosts: [initially(host)], workload: load, physics: { ...PLAIN_PHYSICS, pue: 1.5 }, tariff }))
    let slow = 0
    for (let minute = 0; minute < 60; minute++) slow += (1.5 * powerAtW(host.power.curveW, rows[Math.floor(minute / 8)]![0]!) * minutePrice(minute)) / 60_000
    expect(summary.cost!.energyPrice).toBeCloseTo(slow, 6)
    expect(summary.cost!.carbonKg).toBeCloseTo(0.3 * summary.energyKwh, 9)
    expect(summary.cost!.totalPrice).toBeCloseTo(slow + 0.05 * 0.3 * summary.energyKwh, 6)
  })

  it('leaves out the warm-up', () => {
    const { summary } = simulate(makeRun({ hosts: [initially(makeHost('h0'))], warmupMs: 20 * MINUTE, tariff: { ...FREE, pricePerKwh: NIGHT } }))
    expect(summary.cost!.energyPrice).toBeCloseTo((0.1 * (27 * 0.2 - 13 * 0.1)) / 60, 9)
  })

  it('changes nothing else, and is not told without a tariff', () => {
    const parts = { hosts: [initially(makeHost('h0'))] }
    const { cost, ...rest } = simulate(makeRun({ ...parts, tariff: { ...FREE, pricePerKwh: NIGHT } })).summary
    const plain = simulate(makeRun(parts)).summary
    expect(cost).toBeDefined()
    expect(rest).toEqual(plain)
    expect(metricsOf([plain]).map(({ id }) => id)).not.toContain('totalPrice')
    expect(metricsOf([{ ...plain, cost: cost! }]).map(({ id }) => id)).toContain('totalPrice')
  })

  // Six idle hosts of 100 W: 40 min off save 67 Wh, at 0.30 that is 0.02.
  const offs = (price: number, wear: number, weigh: 'energy' | 'cost', offExpectedMs: number | null = null): { powerOffs: number; wearPrice: number } => {
    const tariff: Tariff = { ...FREE, pricePerKwh: flat(price), pricePerPowerCycle: wear }
    const policy = makePolicy({ powerSave: { enabled: true, weigh, offExpectedMs }, tariff })
    const { powerOffs, cost } = simulate(makeRun({ hosts: [0, 1, 2, 3, 4, 5].map((index) => initially(makeHost(`h${index}`))), durationMs: 5 * HOUR, startUnixMs: MONDAY_UNIX_MS, policy, tariff })).summary
    return { powerOffs, wearPrice: cost!.wearPrice }
  }

  it('decides whether hosts are powered off: wear beyond the saving keeps them on, a dear hour or a long night switches them off', () => {
    expect(offs(0.3, 0.05, 'energy').powerOffs).toBeGreaterThan(0)
    expect(offs(0.3, 0.05, 'cost').powerOffs).toBe(0)
    expect(offs(1.5, 0.05, 'cost').powerOffs).toBeGreaterThan(0)
    expect(offs(0.3, 0.05, 'cost', 8 * HOUR).powerOffs).toBeGreaterThan(0)
    expect(offs(-0.05, 0, 'cost').powerOffs).toBe(0)
  })

  it('counts wear by what was switched off', () => {
    const { powerOffs, wearPrice } = offs(1.5, 0.05, 'cost')
    expect(wearPrice).toBeCloseTo(0.05 * powerOffs, 12)
  })
})
