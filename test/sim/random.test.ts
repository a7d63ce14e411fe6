import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rng } from '../../src/model/random.ts'
import { seededRng } from '../../sim/random.ts'
import { trials } from '../support/parts.ts'

const draw = (rng: Rng, count: number): number[] => Array.from({ length: count }, () => rng.next())

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number): number => x.reduce((sum, value, index) => sum + (value - mx) * (y[index]! - my), 0)
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb))
}

describe('the seeded generator', () => {
  it('gives the same numbers for the same seed and label, others for another', () => {
    fc.assert(fc.property(fc.integer(), fc.string({ maxLength: 12 }), (seed, label) => {
      expect(draw(seededRng(seed, label), 5)).toEqual(draw(seededRng(seed, label), 5))
      expect(draw(seededRng(seed, label), 5)).not.toEqual(draw(seededRng(seed, `${label}x`), 5))
      expect(draw(seededRng(seed, label), 5)).not.toEqual(draw(seededRng(seed + 1, label), 5))
    }), trials(200))
  })

  it('is the same on every machine and in every version', () => {
    expect(draw(seededRng(7, 'simulation').split('gaps'), 3)).toMatchInlineSnapshot(`
      [
        0.3863709354773164,
        0.023029534379020333,
        0.38564185076393187,
      ]
    `)
  })

  it('splits into sources that draws from others never shift', () => {
    const [one, other] = [seededRng(3), seededRng(3)]
    draw(other, 17)
    draw(other.split('faults'), 17)
    expect(draw(one.split('gaps'), 5)).toEqual(draw(other.split('gaps'), 5))
  })

  it('splits into sources that do not follow each other', () => {
    const labels = ['gaps', 'migrations', 'wakes', 'hosts', 'hosts/h1', 'hosts/h2']
    const streams = labels.map((label) => draw(seededRng(1).split(label), 20_000))
    for (let i = 0; i < labels.length; i++) for (let j = 0; j < i; j++) expect(Math.abs(correlation(streams[i]!, streams[j]!))).toBeLessThan(0.03)
    const neighbours = Array.from({ length: 2000 }, (_, seed) => seededRng(seed, 'x').next())
    expect(Math.abs(correlation(neighbours.slice(1), neighbours.slice(0, -1)))).toBeLessThan(0.08)
  })

  it('is uniform in [0, 1), below a bound, and normal where asked', () => {
    const rng = seededRng(11)
    const bins = new Array<number>(20).fill(0)
    for (let n = 0; n < 100_000; n++) bins[Math.floor(rng.next() * 20)]!++
    // Chi-squared with 19 degrees of freedom: 99.9 % are below 43.8.
    expect(bins.reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0)).toBeLessThan(43.8)
    const normals = Array.from({ length: 50_000 }, () => rng.normal())
    expect(normals.every(Number.isFinite)).toBe(true)
    const mean = normals.reduce((a, b) => a + b, 0) / normals.length
    expect(mean).toBeCloseTo(0, 1)
    expect(normals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / normals.length).toBeCloseTo(1, 1)
    expect(normals.filter((value) => Math.abs(value) < 1).length / normals.length).toBeCloseTo(0.6827, 2)
    const below = Array.from({ length: 1000 }, () => rng.below(3))
    expect(new Set(below)).toEqual(new Set([0, 1, 2]))
  })
})
