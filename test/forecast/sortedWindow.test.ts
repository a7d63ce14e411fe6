import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SortedWindow } from '../../src/forecast/sortedWindow.ts'
import { rollingMaximum } from '../../src/forecast/target.ts'
import { trials } from '../support/parts.ts'

const value = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.float({ min: 0, max: 100, noNaN: true }))

describe('a sorted window', () => {
  it('holds what was added and not removed, in order, whichever way it was changed', () => {
    fc.assert(fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), fc.array(fc.tuple(fc.nat(), value, fc.constantFrom('add', 'remove', 'replace'))), (first, changes) => {
      const window = new SortedWindow(2)
      const held = first.map(Math.fround)
      for (const added of held) window.add(added)
      for (const [place, by, how] of changes) {
        const index = place % Math.max(1, held.length)
        if (how === 'add' || held.length === 0) {
          window.add(Math.fround(by))
          held.push(Math.fround(by))
        } else if (how === 'remove') window.remove(held.splice(index, 1)[0]!)
        else window.replace(held.splice(index, 1, Math.fround(by))[0]!, Math.fround(by))
      }
      const sorted = [...held].sort((left, right) => left - right)
      expect(window.count).toBe(held.length)
      for (const [rank, expected] of sorted.entries()) expect(window.quantile(sorted.length === 1 ? 0 : rank / (sorted.length - 1))).toBeCloseTo(expected, 3)
    }), trials(200))
  })
})

describe('a rolling maximum', () => {
  it('is the highest of the last values', () => {
    fc.assert(fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 80 }), (values, span) => {
      const highest = rollingMaximum(Float32Array.from(values), span)
      for (const [index, found] of highest.entries()) expect(found).toBe(Math.fround(Math.max(...values.slice(Math.max(0, index + 1 - span), index + 1))))
    }), trials(100))
  })
})
