import type { SeriesFrame } from '../../../src/forecast/member.ts'
import type { Network } from '../../../src/forecast/neural/network.ts'
import { seededRng } from '../../../sim/random.ts'

export const STEP_MS = 1_800_000
const DAY_STEPS = 48

/** Series with a daily rhythm of their own height and noise on it, half-hourly. */
export function rhythms(seriesCount: number, days: number, seed = 1, edit: (values: Float32Array) => void = () => undefined): SeriesFrame {
  const rng = seededRng(seed, 'rhythms')
  const length = days * DAY_STEPS
  const known = new Float32Array(seriesCount * length)
  for (let series = 0; series < seriesCount; series++) {
    const level = 10 + 90 * rng.next()
    for (let at = 0; at < length; at++) known[series * length + at] = level * (1 + 0.8 * Math.sin((2 * Math.PI * at) / DAY_STEPS) + 0.1 * rng.normal())
  }
  edit(known)
  const filled = known.slice()
  const firstKnown = new Int32Array(seriesCount)
  for (let series = 0; series < seriesCount; series++) {
    const values = filled.subarray(series * length, (series + 1) * length)
    const first = values.findIndex((value) => !Number.isNaN(value))
    firstKnown[series] = first === -1 ? length : first
    for (let at = 0; at < length; at++) if (Number.isNaN(values[at])) values[at] = at === 0 ? 0 : values[at - 1]!
    values.fill(0, 0, firstKnown[series])
  }
  return { seriesCount, length, stepMs: STEP_MS, startUnixMs: Date.UTC(2026, 2, 2), zoneOffsetMinutes: 0, known, filled, firstKnown, valueMax: null }
}

export function randomNetwork(widths: readonly number[], seed = 1): Network {
  const rng = seededRng(seed, 'network')
  return {
    layers: widths.slice(1).map((outputs, at) => ({
      inputs: widths[at]!, outputs, weights: Float32Array.from({ length: widths[at]! * outputs }, () => rng.normal() / Math.sqrt(widths[at]!)), biases: Float32Array.from({ length: outputs }, () => 0.1 * rng.normal()),
    })),
  }
}
