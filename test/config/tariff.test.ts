import { describe, expect, it } from 'vitest'
import { tariffOf, tariffSchema } from '../../src/config/tariffSchema.ts'
import { valueAt } from '../../src/model/tariff.ts'

const MARCH = Date.UTC(2026, 2, 2)

describe('a tariff in a file', () => {
  it('is a number, a week of rows in a zone, or steps at instants', () => {
    const tariff = tariffOf(tariffSchema.parse({ pricePerKwh: { base: 0.2, rows: [{ days: 'mon-fri', from: '17:00', to: '20:00', zone: 'Europe/Berlin', value: 0.5 }] }, carbonGPerKwh: { steps: [{ from: '2026-03-02T00:00:00Z', value: 300 }, { from: '2026-03-02T12:00:00Z', value: 150 }] } }), MARCH)
    expect([15, 16, 18, 19].map((hour) => valueAt(tariff.pricePerKwh, MARCH + hour * 3_600_000))).toEqual([0.2, 0.5, 0.5, 0.2])
    expect([-1, 11, 12].map((hour) => valueAt(tariff.carbonGPerKwh!, MARCH + hour * 3_600_000))).toEqual([300, 300, 150])
    expect(tariffOf(tariffSchema.parse({ pricePerKwh: -0.1 }), MARCH)).toMatchObject({ currency: 'EUR', carbonGPerKwh: null, pricePerPowerCycle: 0 })
  })

  it('is refused with all that is wrong with it', () => {
    const answer = tariffSchema.safeParse({ currency: 'euro', pricePerKwh: 5000, carbonPricePerKg: -1, wear: 1 })
    expect(answer.error?.issues.map(({ path }) => path.join('.')).sort()).toEqual(['', 'carbonPricePerKg', 'currency', 'pricePerKwh'])
    const disorder = tariffSchema.safeParse({ pricePerKwh: { steps: [{ from: '2026-03-02', value: 1 }, { from: '2026-03-01', value: 2 }] } })
    expect(JSON.stringify(disorder.error?.issues)).toContain('put the steps in order of time')
  })
})
