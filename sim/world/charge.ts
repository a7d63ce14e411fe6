import { HOUR_MS } from '../../src/model/resources.ts'
import type { CostFigures } from '../../src/model/run.ts'
import { type Tariff, integral, priceOfTraffic } from '../../src/model/tariff.ts'
import type { Counts } from '../counts.ts'
import type { Meter } from './meter.ts'

const W_MS_PER_KWH = 1000 * HOUR_MS

/** Charges constant power from an instant (Unix ms) on, exact over the tariff's steps. */
export function chargePower(meter: Meter, { pricePerKwh, carbonGPerKwh }: Tariff, plugW: number, fromUnixMs: number, durationMs: number): void {
  const toUnixMs = fromUnixMs + durationMs
  meter.energyPrice += (plugW * integral(pricePerKwh, fromUnixMs, toUnixMs)) / W_MS_PER_KWH
  if (carbonGPerKwh !== null) meter.carbonG += (plugW * integral(carbonGPerKwh, fromUnixMs, toUnixMs)) / W_MS_PER_KWH
}

/** What a run cost by its tariff. */
export function costOf(tariff: Tariff, meter: Meter, { powerOffs, migratedMib }: Counts): CostFigures {
  const carbonKg = meter.carbonG / 1000
  const parts = { energyPrice: meter.energyPrice, carbonPrice: carbonKg * tariff.carbonPricePerKg, wearPrice: powerOffs * tariff.pricePerPowerCycle, trafficPrice: priceOfTraffic(tariff, migratedMib) }
  return { currency: tariff.currency, ...parts, totalPrice: parts.energyPrice + parts.carbonPrice + parts.wearPrice + parts.trafficPrice, carbonKg: tariff.carbonGPerKwh === null ? null : carbonKg }
}
