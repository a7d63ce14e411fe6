import { type DemandOutlook, type OutlookHorizons, type OutlookMemory, learnOutlook, viewOutlook } from '../forecast/online/outlook.ts'
import type { LoadHistory } from '../model/history.ts'
import type { LoadView } from '../model/loadView.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Pool } from '../model/pool.ts'
import { expectedVmMhz } from '../policy/expectedDemand.ts'
import type { ControllerConfig, ControllerState } from './state.ts'

/** The memory after the frames that are newer than what it knows; as it was where forecasts are switched off. */
export function learnDemand(config: ControllerConfig, { outlook, policy }: ControllerState, pool: Pool, history: LoadHistory): OutlookMemory {
  if (!policy.forecast.enabled) return outlook
  const horizons = horizonsOf(pool, policy)
  return history.filter(({ takenAtMs }) => takenAtMs > outlook.takenAtMs).reduce((before, frame) => learnOutlook(before, pool, frame, config.startUnixMs + frame.takenAtMs, horizons, policy.forecast), outlook)
}

/** A host that is woken now is of use after the longest boot, the margin, and at most one more decision. */
function horizonsOf(pool: Pool, { forecast, decisionIntervalMs, powerSave }: PolicySettings): OutlookHorizons {
  const bootMs = pool.hosts.reduce((longest, { power, powerManaged }) => (powerManaged ? Math.max(longest, power.bootMs) : longest), 0)
  return { wakeMs: bootMs + forecast.wakeMarginMs + decisionIntervalMs, restMs: Math.max(forecast.horizonMs, bootMs + forecast.wakeMarginMs + decisionIntervalMs), windowMs: powerSave.offWindowMs }
}

/** What may be relied on now. */
export const foresee = ({ outlook, policy }: ControllerState, pool: Pool, unixMs: number): DemandOutlook =>
  policy.forecast.enabled ? viewOutlook(outlook, pool, unixMs, policy.forecast) : { wake: null, rest: null }

/**
 * Loads as consolidation is to see them: the highest demand is what is expected within the horizon instead of what the
 * long window saw, and each VM counts with what it is expected to want when demand is highest. So the sums over VMs are
 * those of one instant.
 */
export function withOutlook(load: LoadView, { rest }: DemandOutlook): LoadView {
  if (rest === null) return load
  const presentMhz = load.vmShortMhz.reduce((total, mhz) => total + mhz, 0)
  const expected = expectedVmMhz(rest)
  return { ...load, poolPeakMhz: Math.max(presentMhz, rest.upperMhz), vmLongMhz: expected.map((mhz, vm) => Math.max(load.vmShortMhz[vm]!, mhz)) }
}
