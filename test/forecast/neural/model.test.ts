import { beforeAll, describe, expect, it } from 'vitest'
import { BadInput } from '../../../src/model/result.ts'
import type { Horizon } from '../../../src/forecast/forecaster.ts'
import { type Member, type SeriesFrame, emptyAnswers } from '../../../src/forecast/member.ts'
import type { NeuralModel } from '../../../src/forecast/neural/model.ts'
import { decodeModel, encodeModel } from '../../../src/forecast/neural/modelFormat.ts'
import { neuralMember } from '../../../src/forecast/neural/neuralMember.ts'
import { loadTensorFlow } from '../../../src/forecast/neural/tensorflow.ts'
import { trainModel } from '../../../src/forecast/neural/trainModel.ts'
import { weekFeatures } from '../../../src/forecast/neural/weekFeatures.ts'
import { seededRng } from '../../../sim/random.ts'
import { rhythms } from './parts.ts'

const HORIZONS: readonly Horizon[] = [{ name: '3 h', steps: 6, kind: 'value' }, { name: 'max 6 h', steps: 12, kind: 'maximum' }]
const LEVELS = [0.5, 0.9]
const SETTINGS = { horizons: HORIZONS, levels: LEVELS, hidden: [32], epochs: 12, batchRows: 64, learningRate: 0.01, seeds: [1], rowsMax: 3000 }

const trainedOn = async (frame: SeriesFrame, seeds: readonly number[] = [1]): Promise<NeuralModel> =>
  trainModel(await loadTensorFlow({ backends: ['wasm'] }), frame, weekFeatures, { ...SETTINGS, seeds }, (seed) => seededRng(seed, 'train'), () => undefined)

/** Answers of all series at one origin. */
const answersAt = (member: Member, frame: SeriesFrame, origin: number, horizons = HORIZONS, levels: readonly number[] = LEVELS) => {
  const answers = emptyAnswers(frame.seriesCount, horizons.length, levels.length)
  member.writeAnswers(frame, { firstSeries: 0, start: Int32Array.from({ length: frame.seriesCount + 1 }, (_, at) => at), at: new Int32Array(frame.seriesCount).fill(origin) }, horizons, levels, answers)
  return answers
}

let model: NeuralModel
beforeAll(async () => {
  model = await trainedOn(rhythms(20, 21))
})

describe('a trained network', () => {
  it('learns a rhythm: on series it has not seen it halves the error of the last value three hours ahead, and nine in ten maxima stay at or below its quantile', () => {
    const frame = rhythms(40, 10, 99)
    const member = neuralMember(model)
    let own = 0
    let simple = 0
    let covered = 0
    let asked = 0
    for (let origin = 7 * 48; origin < frame.length - 12; origin += 5) {
      const { expected, quantiles } = answersAt(member, frame, origin)
      for (let series = 0; series < frame.seriesCount; series++) {
        const values = frame.known.subarray(series * frame.length, (series + 1) * frame.length)
        own += Math.abs(values[origin + 6]! - expected[series * 2]!)
        simple += Math.abs(values[origin + 6]! - values[origin]!)
        asked++
        if (Math.max(...values.subarray(origin + 1, origin + 13)) <= quantiles[(series * 2 + 1) * 2 + 1]!) covered++
      }
    }
    expect(own / simple).toBeLessThan(0.5)
    expect(covered / asked).toBeGreaterThan(0.75)
    expect(covered / asked).toBeLessThan(0.99)
  })

  it('is the same from the same seed, and another from another', async () => {
    const again = await trainedOn(rhythms(20, 21))
    expect(encodeModel(again)).toEqual(encodeModel(model))
    const other = await trainedOn(rhythms(20, 21), [2])
    expect(other.networks).not.toEqual(model.networks)
  })

  it('answers finite, rising quantiles within limits for constant, idle, spiky, young and gappy series, and nothing for the unknown', () => {
    const days = 10
    const length = days * 48
    const frame = { ...rhythms(7, days, 5, (values) => {
      const of = (series: number): Float32Array => values.subarray(series * length, (series + 1) * length)
      of(0).fill(50)
      of(1).fill(0)
      of(2).fill(0)
      of(2)[300] = 1e6
      of(3).fill(Number.NaN, 0, length - 3 * 48)
      of(4).fill(Number.NaN, 0, length - 10)
      of(5).fill(Number.NaN)
      for (let at = 0; at < length; at += 3) of(6)[at] = Number.NaN
    }), valueMax: 1000 }
    const { expected, quantiles } = answersAt(neuralMember(model), frame, length - 1, HORIZONS, [0.5, 0.6, 0.9])
    for (const series of [0, 1, 2, 3, 6]) {
      for (let horizon = 0; horizon < 2; horizon++) {
        const said = [...quantiles.subarray((series * 2 + horizon) * 3, (series * 2 + horizon + 1) * 3)]
        expect(said.every((value) => value >= 0 && value <= 1000)).toBe(true)
        expect(said).toEqual(said.toSorted((left, right) => left - right))
        expect(expected[series * 2 + horizon]).toBe(said[0])
      }
    }
    expect(expected[0]).toBeCloseTo(50, 0)
    expect(expected[2]).toBeCloseTo(0, 1)
    for (const series of [4, 5]) expect([...quantiles.subarray(series * 6, series * 6 + 6)].every(Number.isNaN)).toBe(true)
  })

  it('says nothing of horizons and levels that it has not learned', () => {
    const frame = rhythms(2, 10, 5)
    const { expected, quantiles } = answersAt(neuralMember(model), frame, frame.length - 1, [{ name: '1 h', steps: 2, kind: 'value' }, HORIZONS[0]!], [0.1, 0.9, 0.99])
    expect([...expected].map(Number.isNaN)).toEqual([true, false, true, false])
    expect([...quantiles].map(Number.isNaN)).toEqual([true, true, true, true, false, true, true, true, true, true, false, true])
  })

  it('says nothing of what lies further ahead than it may speak of', () => {
    const frame = rhythms(1, 10, 5)
    const said = (aheadMaxMs: number | null): boolean[] => [...answersAt(neuralMember(model, undefined, aheadMaxMs), frame, frame.length - 1).expected].map((value) => !Number.isNaN(value))
    expect([null, 6 * 3_600_000, 3 * 3_600_000, 1].map(said)).toEqual([[true, true], [true, true], [true, false], [false, false]])
  })

  it('looks at nothing past the origin, and at no other series', () => {
    const frame = rhythms(3, 10, 5)
    const origin = 8 * 48
    const changed = rhythms(3, 10, 5, (values) => {
      for (let series = 0; series < 3; series++) values.fill(7, series * frame.length + origin + 1, (series + 1) * frame.length)
      values.fill(3, 2 * frame.length)
    })
    const [before, after] = [frame, changed].map((given) => answersAt(neuralMember(model), given, origin))
    expect(after!.quantiles.subarray(0, 8)).toEqual(before!.quantiles.subarray(0, 8))
    expect(after!.quantiles.subarray(8)).not.toEqual(before!.quantiles.subarray(8))
  })

  it('refuses demand with another step, and demand that teaches nothing', async () => {
    expect(() => answersAt(neuralMember(model), { ...rhythms(1, 10), stepMs: 900_000 }, 400)).toThrow(/trained on samples every 1800 s, the demand has one every 900 s/)
    await expect(trainedOn(rhythms(2, 5))).rejects.toThrow(/instants with enough known/)
    await expect(trainedOn({ ...rhythms(2, 21), stepMs: 7_000_000 })).rejects.toThrow(/a step that divides an hour/)
  })
})

describe('a model’s file', () => {
  const issueOf = (bytes: Uint8Array): string => {
    try {
      decodeModel('day.model', bytes)
    } catch (error) {
      if (error instanceof BadInput) return error.message
      throw error
    }
    return 'read'
  }
  const withHeader = (edit: (header: Record<string, unknown>) => void): Uint8Array => {
    const bytes = encodeModel(model)
    const end = bytes.indexOf(10)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as Record<string, unknown>
    edit(header)
    return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes.subarray(end + 1)])
  }

  it('gives the model back to the bit, with what it was trained on', () => {
    expect(decodeModel('day.model', encodeModel(model))).toEqual(model)
    expect(model.training).toMatchObject({ seriesCount: 20, seeds: [1], backend: 'wasm', dataFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  })

  it('is refused when a bit of its weights is turned, when its end is missing, and when it is something else', () => {
    const bytes = encodeModel(model)
    const turned = bytes.slice()
    turned[bytes.length - 40]! ^= 1
    expect(issueOf(turned)).toMatch(/day\.model: is damaged: its weights are not those/)
    expect(issueOf(bytes.subarray(0, bytes.length - 4))).toMatch(/day\.model: is damaged: \d+ bytes of weights follow/)
    for (const other of ['', 'hello\n', '{"a":1}\n', 'null\n']) expect(issueOf(new TextEncoder().encode(other))).toMatch(/is no forecast model/)
  })

  it.each([
    ['another format version', (header: Record<string, unknown>) => void (header.formatVersion = 9), /formatVersion: is 9, this release reads 1/],
    ['features of another version', (header: Record<string, unknown>) => void (header.features = { name: 'week', version: 77 }), /features: are week 77, which this release can't compute/],
    ['levels that fall', (header: Record<string, unknown>) => void (header.levels = [0.9, 0.5]), /levels: must be rising numbers/],
    ['more horizons than outputs', (header: Record<string, unknown>) => void (header.horizons = [...HORIZONS, ...HORIZONS]), /widths: end with 4 outputs, 4 horizons and 2 levels need 8/],
    ['no widths', (header: Record<string, unknown>) => { delete header.widths }, /widths: must be a list/],
  ])('is refused with %s', (_, edit, message) => {
    expect(issueOf(withHeader(edit))).toMatch(message)
  })
})
