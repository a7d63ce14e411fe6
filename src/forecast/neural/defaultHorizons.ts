import type { Horizon } from '../forecaster.ts'

const MINUTE_MS = 60_000
const VALUES_MIN = [5, 10, 15, 30, 60, 120, 360, 720, 1440]
const MAXIMA_MIN = [60, 360, 1440]

/** What models are trained for unless others are named: from one sample to a day ahead, and the highest of an hour, six and a day. Shorter ones than a step are left out. */
export function defaultHorizons(stepMs: number): readonly Horizon[] {
  const of = (kind: Horizon['kind'], minutes: readonly number[]): Horizon[] => {
    const steps = new Set(minutes.map((count) => Math.max(1, Math.round((count * MINUTE_MS) / stepMs))))
    return [...steps].map((count) => ({ name: `${kind === 'value' ? '' : 'max '}${inWords((count * stepMs) / MINUTE_MS)}`, steps: count, kind }))
  }
  return [...of('value', VALUES_MIN), ...of('maximum', MAXIMA_MIN)]
}

const inWords = (minutes: number): string => (minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`)
