import type { RunSummary } from '../model/run.ts'

/** Figures of a run's summary that a scenario may set limits to. */
export const FIGURES = [
  'energyKwh', 'hostsOnMean', 'hostsOnMin', 'hostsOnMax', 'utilizationMean', 'demandMhzMean', 'undeliveredRatio',
  'sla.violationMinutes', 'sla.violationRatio', 'sla.p99VmRatio', 'sla.worstVmRatio', 'sla.downtimeS',
  'migrations', 'migrationsFailed', 'migratedMib', 'migrationMeanS', 'powerOns', 'powerOffs', 'wakeFailures', 'hostFailures', 'placements', 'placementWaitMeanS', 'unplacedAtEnd', 'decisions',
  'reference.energyKwh', 'reference.migrations', 'reference.slatah', 'reference.pdm', 'reference.slav', 'reference.esv', 'reference.hostShutdowns', 'reference.energyToBound',
  'cost.energyPrice', 'cost.carbonPrice', 'cost.wearPrice', 'cost.trafficPrice', 'cost.totalPrice', 'cost.carbonKg',
] as const
export type Figure = (typeof FIGURES)[number]

/** The figure's value, or null where the run has none (the reference study's figures outside its world, costs without a tariff). */
export function figureOf(summary: RunSummary, figure: Figure): number | null {
  let value: unknown = summary
  for (const key of figure.split('.')) value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : null
  return typeof value === 'number' ? value : null
}
