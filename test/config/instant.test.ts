import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/config/instant.ts'

describe('instants', () => {
  it('are what the platform’s own parser makes of them', () => {
    fc.assert(fc.property(fc.date({ min: new Date(Date.UTC(1900, 0, 1)), max: new Date(Date.UTC(2200, 0, 1)), noInvalidDate: true }), (date) => {
      expect(parseInstant(date.toISOString())).toBe(date.getTime())
      expect(parseInstant(date.toISOString().slice(0, 10))).toBe(Date.parse(date.toISOString().slice(0, 10)))
    }))
  })

  it.each(['2026-03-02T08:00+01:00', '2024-02-29T00:00:00Z', '2026-03-02T08:00:00.5-03:30'])('%s is read', (text) => {
    expect(parseInstant(text)).toBe(Date.parse(text))
  })

  it.each(['2026-02-29T00:00:00Z', '2026-13-01', '2026-03-02T24:00:00Z', '2026-03-02T08:00:00', 'yesterday', '', '2026-03-02T08:00:00+99:00', '1e3'])('%s is refused', (text) => {
    expect(parseInstant(text)).toBeNull()
  })
})
