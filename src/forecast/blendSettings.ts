import type { BlendSettings } from './blend.ts'
import type { Horizon } from './forecaster.ts'
import { isLongMaximum } from './members.ts'

/** Two weeks of hourly origins. */
const HALF_LIFE_ORIGINS = 336

const NEAR: BlendSettings = { power: 16, priorOrigins: 72, halfLifeOrigins: HALF_LIFE_ORIGINS, medianShare: 0.5, preferred: null }

/** Hourly origins of a day-long maximum hardly differ: two weeks of them are 14 observations, so the blend trusts slowly. */
const LONG: BlendSettings = { ...NEAR, power: 8, priorOrigins: 168 }

/** How a horizon's members are blended. Chosen with July and August 2013 of Bitbrains in view (docs/forecasting.md). */
export function blendSettingsOf(horizon: Horizon, stepMs: number, isExpected: boolean): BlendSettings {
  if (!isLongMaximum(horizon, stepMs)) return NEAR
  return isExpected ? { ...LONG, preferred: { name: 'same hours 7 d', factor: 3 } } : LONG
}
