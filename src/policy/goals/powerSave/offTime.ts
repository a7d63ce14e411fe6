import { DAY_MS, MINUTE_MS } from '../../../model/resources.ts'

/** Demand of the pool in steps of ten minutes, the highest of each; NaN where nothing was seen. */
export interface DemandDays {
  /** Number of the first step since the Unix epoch. */
  readonly firstStep: number
  readonly mhz: readonly number[]
}

export const NO_DEMAND_DAYS: DemandDays = { firstStep: 0, mhz: [] }

const STEP_MS = 10 * MINUTE_MS
const STEPS_A_DAY = DAY_MS / STEP_MS
const DAYS_KEPT = 8
const DAYS_ASKED = 7

const stepAt = (unixMs: number): number => Math.floor(unixMs / STEP_MS)

/** Enters what demand is now. */
export function rememberDemand({ firstStep, mhz }: DemandDays, unixMs: number, demandMhz: number): DemandDays {
  const step = stepAt(unixMs)
  if (mhz.length === 0) return { firstStep: step, mhz: [demandMhz] }
  const gap = Math.max(0, step - firstStep - mhz.length)
  const long = [...mhz, ...Array.from({ length: gap }, () => NaN)]
  const at = step - firstStep
  if (at < long.length) long[at] = Math.max(Number.isNaN(long[at]!) ? 0 : long[at]!, demandMhz)
  else long.push(demandMhz)
  const old = Math.max(0, long.length - DAYS_KEPT * STEPS_A_DAY)
  return { firstStep: firstStep + old, mhz: old === 0 ? long : long.slice(old) }
}

/**
 * How long demand stayed at or below `enoughMhz` from this time of the day on, on the days before: the median of up to seven of them,
 * of the two in the middle the shorter. At most a day; null: no such day was seen whole.
 */
export function stayedLowMs(days: DemandDays, unixMs: number, enoughMhz: number): number | null {
  const spans: number[] = []
  for (let day = 1; day <= DAYS_ASKED; day++) {
    const span = spanFrom(days, stepAt(unixMs) - day * STEPS_A_DAY, enoughMhz)
    if (span !== null) spans.push(span)
  }
  spans.sort((a, b) => a - b)
  return spans.length === 0 ? null : spans[Math.floor((spans.length - 1) / 2)]! * STEP_MS
}

/** Steps from one on until demand passes the mark; null where that was not seen. */
function spanFrom({ firstStep, mhz }: DemandDays, step: number, enoughMhz: number): number | null {
  const from = step - firstStep
  if (from < 0) return null
  for (let ahead = 0; ahead < STEPS_A_DAY; ahead++) {
    const demandMhz = mhz[from + ahead]
    if (demandMhz === undefined || Number.isNaN(demandMhz)) return null
    if (demandMhz > enoughMhz) return ahead
  }
  return STEPS_A_DAY
}
