import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRng } from '../../../sim/random.ts'
import { demandModel, type DemandModel } from '../../../src/optimize/risk/demandModel.ts'
import { demandPaths } from '../../../src/optimize/risk/demandPaths.ts'
import type { DemandWindow } from '../../../src/optimize/risk/demandWindow.ts'
import { trials } from '../../support/parts.ts'

/** A window from one course an item. */
function windowOf(courses: readonly (readonly number[])[], size = courses.map(() => 1)): DemandWindow {
  const instantCount = courses[0]?.length ?? 0
  const values = new Float64Array(courses.length * instantCount)
  courses.forEach((course, item) => course.forEach((value, instant) => (values[instant * courses.length + item] = value)))
  return { itemCount: courses.length, instantCount, values, size: Float64Array.from(size) }
}

const asSeen = { factorsMax: 4, poolSamples: 0 }

/** Mean and variance of the sum of some items, by the model. */
function sumOf(model: DemandModel, items: readonly number[]): { mean: number; variance: number } {
  let variance = items.reduce((sum, item) => sum + model.ownVariance[item]!, 0)
  for (let factor = 0; factor < model.factorCount; factor++) variance += items.reduce((sum, item) => sum + model.loadings[item * model.factorCount + factor]!, 0) ** 2
  return { mean: items.reduce((sum, item) => sum + model.mean[item]!, 0), variance }
}

function momentsOf(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}

const wave = (phase: number): number[] => Array.from({ length: 48 }, (_, hour) => Math.cos((Math.PI * hour) / 12 + phase))

describe('demand as mean, own variance and shared factors', () => {
  it('gives a sum the variance that it has when one course drives all: c_i = m_i + a_i w(t)', () => {
    const amplitudes = [1, 2, 3, -2, 0.5]
    const courses = amplitudes.map((amplitude, item) => wave(0).map((value) => 10 + item + amplitude * value))
    const model = demandModel(windowOf(courses), asSeen)
    expect(model.factorCount).toBe(1)
    for (const items of [[0], [0, 1], [1, 3], [0, 1, 2, 3, 4]]) {
      const seen = momentsOf(courses[0]!.map((_, instant) => items.reduce((sum, item) => sum + courses[item]![instant]!, 0)))
      const { mean, variance } = sumOf(model, items)
      expect(mean).toBeCloseTo(seen.mean, 9)
      expect(variance).toBeCloseTo(seen.variance, 9)
    }
  })
  it('takes two that peak at opposite hours as steady together', () => {
    const model = demandModel(windowOf([wave(0), wave(Math.PI), wave(0), wave(Math.PI), wave(0), wave(Math.PI)].map((course) => course.map((value) => 5 + value))), asSeen)
    expect(sumOf(model, [0, 1]).variance).toBeCloseTo(0, 9)
    expect(sumOf(model, [0, 2]).variance).toBeCloseTo(2, 9)
  })
  it('finds as many factors as drive the items, largest first', () => {
    const courses = Array.from({ length: 12 }, (_, item) => wave(item < 8 ? 0 : Math.PI / 2).map((value) => 5 + (1 + item / 10) * value))
    const model = demandModel(windowOf(courses), asSeen)
    expect(model.factorCount).toBe(2)
    const squares = [0, 1].map((factor) => Array.from({ length: 12 }, (_, item) => (model.loadings[item * 2 + factor]! / (1 + item / 10)) ** 2).reduce((sum, value) => sum + value, 0))
    expect(squares[0]).toBeCloseTo(4, 6)
    expect(squares[1]).toBeCloseTo(2, 6)
  })
  it('finds no factor in independent noise', () => {
    const rng = seededRng(3)
    const model = demandModel(windowOf(Array.from({ length: 60 }, () => Array.from({ length: 300 }, () => rng.normal() + 10))), asSeen)
    expect(model.factorCount).toBe(0)
  })
  it('keeps the mean and variance of every single item, whatever the factors', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 24, maxLength: 24 }), { minLength: 1, maxLength: 12 }), (courses) => {
        const model = demandModel(windowOf(courses), asSeen)
        courses.forEach((course, item) => {
          const seen = momentsOf(course)
          const { mean, variance } = sumOf(model, [item])
          expect(mean).toBeCloseTo(seen.mean, 6)
          expect(variance).toBeCloseTo(seen.variance, 6)
        })
      }),
      trials(100),
    )
  })
  it('adds up: the model of a sum of items is the sum of their models', () => {
    const rng = seededRng(5)
    const courses = Array.from({ length: 20 }, (_, item) => wave(item).map((value) => 10 + 3 * value + rng.normal()))
    const model = demandModel(windowOf(courses), asSeen)
    const left = sumOf(model, [1, 2, 3])
    const right = sumOf(model, [7, 8])
    const both = sumOf(model, [1, 2, 3, 7, 8])
    const shared = Array.from({ length: model.factorCount }, (_, factor) => [1, 2, 3].reduce((sum, item) => sum + model.loadings[item * model.factorCount + factor]!, 0) * [7, 8].reduce((sum, item) => sum + model.loadings[item * model.factorCount + factor]!, 0))
    expect(both.mean).toBeCloseTo(left.mean + right.mean, 9)
    expect(both.variance).toBeCloseTo(left.variance + right.variance + 2 * shared.reduce((sum, value) => sum + value, 0), 9)
  })
  it('agrees with draws: the chance that a sum passes its quantile is what was asked', () => {
    const rng = seededRng(9)
    const truth = Array.from({ length: 30 }, () => ({ mean: 5 + 5 * rng.next(), shared: 2 * rng.normal(), own: 0.5 + rng.next() }))
    const draw = (): number[] => {
      const common = rng.normal()
      return truth.map(({ mean, shared, own }) => mean + shared * common + own * rng.normal())
    }
    const seen = Array.from({ length: 2_000 }, draw)
    const model = demandModel(windowOf(truth.map((_, item) => seen.map((row) => row[item]!))), asSeen)
    const items = [0, 3, 4, 8, 11, 20, 21, 29]
    const { mean, variance } = sumOf(model, items)
    const limit = mean + 1.6448536269514722 * Math.sqrt(variance)
    const above = Array.from({ length: 20_000 }, draw).filter((row) => items.reduce((sum, item) => sum + row[item]!, 0) > limit).length
    expect(above / 20_000).toBeGreaterThan(0.042)
    expect(above / 20_000).toBeLessThan(0.058)
  })
})

describe('few samples', () => {
  const steady = Array.from({ length: 10 }, (_, item) => Array.from({ length: 40 }, (_, instant) => 10 + item + (instant % 2)))
  const gap = (course: readonly number[], kept: number): number[] => course.map((value, instant) => (instant < kept ? value : NaN))

  it('count as a mixture with the pool: n samples of 4 + n', () => {
    const courses = [...steady, gap(new Array<number>(40).fill(100), 4)]
    const model = demandModel(windowOf(courses), { factorsMax: 0, poolSamples: 4 })
    const all = [...steady.flat(), 100, 100, 100, 100]
    const pool = momentsOf(all)
    expect(model.mean[10]).toBeCloseTo(0.5 * 100 + 0.5 * pool.mean, 9)
    expect(model.ownVariance[10]).toBeCloseTo(0.5 * 0 + 0.5 * pool.variance + 0.25 * (100 - pool.mean) ** 2, 9)
  })
  it('count less the more there are', () => {
    const means = [0, 1, 3, 10, 40].map((kept) => demandModel(windowOf([...steady, gap(new Array<number>(40).fill(100), kept)])).mean[10]!)
    expect(means).toEqual([...means].sort((a, b) => a - b))
    expect(means[4]).toBeGreaterThan(90)
  })
  it('make a VM without samples a copy of the pool at its size', () => {
    const model = demandModel(windowOf([...steady, new Array<number>(40).fill(NaN)], [...new Array<number>(10).fill(20), 40]), { factorsMax: 0, poolSamples: 4 })
    const pool = momentsOf(steady.flat())
    expect(model.mean[10]).toBeCloseTo(2 * pool.mean, 9)
    expect(model.ownVariance[10]).toBeCloseTo(4 * pool.variance, 9)
  })
  it('none at all make every VM want its whole size', () => {
    const model = demandModel(windowOf([[NaN, NaN], [NaN, NaN]], [3, 5]))
    expect([...model.mean]).toEqual([3, 5])
    expect([...model.ownVariance]).toEqual([0, 0])
  })
})

describe('whatever was sampled', () => {
  const sample = fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 1000 }) }, { weight: 1, arbitrary: fc.constant(NaN) }, { weight: 1, arbitrary: fc.constant(7) })
  const courses = fc.integer({ min: 0, max: 9 }).chain((instants) => fc.array(fc.oneof(fc.array(sample, { minLength: instants, maxLength: instants }), fc.constant(new Array<number>(instants).fill(4))), { maxLength: 8 }))

  it('every figure is finite and no variance negative; paths have no gap', () => {
    fc.assert(
      fc.property(courses, fc.integer({ min: 0, max: 12 }), (given, pathsMax) => {
        const window = windowOf(given)
        const model = demandModel(window)
        for (const column of [model.mean, model.ownVariance, model.loadings, model.scores]) expect(column.every(Number.isFinite)).toBe(true)
        expect(model.ownVariance.every((value) => value >= 0)).toBe(true)
        const paths = demandPaths(window, model, pathsMax)
        expect(paths.values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
        expect(paths.values.length).toBe(paths.itemCount * paths.pathCount)
        expect(paths.pathCount).toBe(Math.min(pathsMax, window.instantCount))
      }),
      trials(300),
    )
  })
  it('the same samples give the same bytes', () => {
    const rng = seededRng(2)
    const given = Array.from({ length: 15 }, (_, item) => wave(item % 3).map((value) => value + rng.normal()))
    expect(demandModel(windowOf(given))).toEqual(demandModel(windowOf(given)))
  })
})

describe('aligned paths', () => {
  it('are the samples themselves where there are no gaps', () => {
    const window = windowOf([[1, 2, 3, 4], [5, 6, 7, 8]])
    expect([...demandPaths(window, demandModel(window), 4).values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
  it('are spread evenly over the window where fewer are asked for', () => {
    const window = windowOf([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]])
    expect([...demandPaths(window, demandModel(window), 5).values]).toEqual([1, 3, 5, 7, 9])
  })
  it('fill a gap with what all others do at that instant', () => {
    const courses = Array.from({ length: 8 }, (_, item) => wave(0).map((value) => 10 + (1 + item) * value))
    const window = windowOf(courses.map((course, item) => (item === 3 ? course.map((value, instant) => (instant >= 7 && instant <= 17 ? NaN : value)) : course)))
    const path = demandPaths(window, demandModel(window, asSeen), 48).values.subarray(3 * 48, 4 * 48)
    // The trough of 6 lies in the gap; the nearest sample to it is 10.
    expect(courses[3]![12]).toBeCloseTo(6, 9)
    expect(path[12]).toBeGreaterThan(5)
    expect(path[12]).toBeLessThan(7)
  })
  it('of a VM without samples are those of another, at its size', () => {
    const window = windowOf([[1, 2, 3], [NaN, NaN, NaN]], [10, 40])
    expect([...demandPaths(window, demandModel(window), 3).values]).toEqual([1, 2, 3, 4, 8, 12])
  })
})
