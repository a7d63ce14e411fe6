import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuantity, type QuantityKind } from '../../src/config/quantity.ts'

const value = (text: string, kind: QuantityKind): number => {
  const result = parseQuantity(text, kind)
  if (!result.ok) throw new Error(result.refusal.message)
  return result.value
}

describe('quantities with a unit', () => {
  it.each<[string, QuantityKind, number]>([
    ['5 min', 'duration', 300_000],
    ['0.1 s', 'duration', 100],
    ['1 d 9 h', 'duration', 33 * 3_600_000],
    ['2weeks', 'duration', 14 * 86_400_000],
    ['8 GiB', 'memory', 8192],
    ['1 TiB', 'memory', 1_048_576],
    ['1 MB', 'memory', 1e6 / 2 ** 20],
    ['2.4 GHz', 'frequency', 2400],
    ['250 W', 'power', 250],
    ['1.5 kW', 'power', 1500],
    ['10 Gbit/s', 'rate', 1192.0928955078125],
    ['100 MiB/s', 'rate', 100],
    ['10 %', 'ratio', 0.1],
    ['-5 min', 'duration', -300_000],
  ])('%s of %s is %d', (text, kind, expected) => {
    expect(value(text, kind)).toBeCloseTo(expected, 9)
  })

  it.each<[string, QuantityKind, RegExp]>([
    ['5', 'duration', /not a quantity/],
    ['min', 'duration', /not a quantity/],
    ['5 min', 'memory', /unit of duration/],
    ['8 GiB', 'duration', /unit of memory/],
    ['8 gib', 'memory', /no known unit/],
    ['5 Min', 'duration', /no known unit/],
    ['8 GiB 2 MiB', 'memory', /more than one/],
    ['NaN s', 'duration', /not a quantity/],
    ['Infinity W', 'power', /not a quantity/],
    ['0x10 W', 'power', /not a quantity|no known unit/],
    ['5 min; rm', 'duration', /not a quantity/],
    [`${'9'.repeat(70)} s`, 'duration', /not a quantity/],
  ])('%s is refused as %s', (text, kind, message) => {
    const result = parseQuantity(text, kind)
    expect(result.ok ? 'accepted' : result.refusal.message).toMatch(message)
  })

  it('gives back what was written, whatever the unit', () => {
    const units: [QuantityKind, string, number][] = [['duration', 's', 1000], ['duration', 'h', 3_600_000], ['memory', 'GiB', 1024], ['frequency', 'GHz', 1000], ['power', 'kW', 1000], ['ratio', '%', 0.01]]
    fc.assert(fc.property(fc.constantFrom(...units), fc.integer({ min: 0, max: 1_000_000 }), fc.constantFrom('', ' ', '  '), ([kind, unit, size], number, space) => {
      expect(value(`${number}${space}${unit}`, kind)).toBeCloseTo(number * size, 6)
    }))
  })

  it('adds the terms of a length of time', () => {
    fc.assert(fc.property(fc.nat(400), fc.nat(23), fc.nat(59), fc.nat(59), (d, h, min, s) => {
      expect(value(`${d} d ${h} h ${min} min ${s} s`, 'duration')).toBe((((d * 24 + h) * 60 + min) * 60 + s) * 1000)
    }))
  })

  it('never gives a number that is not finite, and never throws', () => {
    fc.assert(fc.property(fc.string({ maxLength: 80 }), fc.constantFrom<QuantityKind>('duration', 'memory', 'frequency', 'power', 'energy', 'rate', 'ratio'), (text, kind) => {
      const result = parseQuantity(text, kind)
      if (result.ok) expect(Number.isNaN(result.value)).toBe(false)
    }))
  })
})
