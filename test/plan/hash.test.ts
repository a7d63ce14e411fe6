import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText } from '../../src/plan/canonical.ts'
import { sha256 } from '../../src/model/sha256.ts'
import { trials } from '../support/parts.ts'

const reference = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

describe('the address of a plan', () => {
  it('is the SHA-256 that everyone else computes, at every length around a block', () => {
    for (let length = 0; length < 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 255)
      expect(sha256(bytes)).toBe(reference(bytes))
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(sha256(bytes)).toBe(reference(bytes))
    }), trials(100))
  })

  it('does not depend on the order in which keys came', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse())
      expect(canonicalText(turned)).toBe(canonicalText(value))
      expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }), trials(300))
  })

  it('is never that of a number JSON has no word for', () => {
    expect(() => canonicalText({ a: [NaN] })).toThrow(/no canonical text/)
    expect(canonicalText({ b: 1, a: undefined, c: { z: 'ä', y: [1.5, null] } })).toBe('{"b":1,"c":{"y":[1.5,null],"z":"ä"}}')
  })
})
