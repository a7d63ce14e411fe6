import { type Packing, type PackingRisk, UNASSIGNED } from './packing.ts'

/** Sums of a packing's risk by bin, kept in step with a placement under construction. */
export interface RiskLoads {
  readonly given: PackingRisk
  readonly mean: Float64Array
  readonly variance: Float64Array
  /** The largest of all items that were in the bin since the beginning: it never falls within one solve. */
  readonly deviations: Float64Array
}

export function riskLoadsOf({ binCount }: Pick<Packing, 'binCount'>, given: PackingRisk, assignment: Int32Array): RiskLoads {
  const loads = { given, mean: new Float64Array(binCount), variance: new Float64Array(binCount), deviations: new Float64Array(binCount) }
  for (let item = 0; item < assignment.length; item++) shiftRisk(loads, item, UNASSIGNED, assignment[item]!)
  return loads
}

/** An item leaves one bin for another; UNASSIGNED: none. */
export function shiftRisk({ given, mean, variance, deviations }: RiskLoads, item: number, source: number, target: number): void {
  if (source !== UNASSIGNED) {
    mean[source]! -= given.mean[item]!
    variance[source] = Math.max(0, variance[source]! - given.variance[item]!)
  }
  if (target === UNASSIGNED) return
  mean[target]! += given.mean[item]!
  variance[target]! += given.variance[item]!
  deviations[target] = Math.max(deviations[target]!, given.deviations[item]!)
}

/** What must stay within the bin's limit once the item is there too. */
export function riskWith({ given, mean, variance, deviations }: RiskLoads, item: number, bin: number): number {
  return mean[bin]! + given.mean[item]! + Math.max(deviations[bin]!, given.deviations[item]!) * Math.sqrt(variance[bin]! + given.variance[item]!)
}

/** Bins that an assignment fills beyond their limit, and that are not less full than before. */
export function passesRisk({ binCount, risk, assignment: before }: Packing, assignment: Int32Array): boolean {
  if (!risk) return false
  const was = riskLoadsOf({ binCount }, risk, before)
  const now = riskLoadsOf({ binCount }, risk, assignment)
  const at = ({ mean, variance, deviations }: RiskLoads, bin: number): number => mean[bin]! + deviations[bin]! * Math.sqrt(variance[bin]!)
  for (let bin = 0; bin < binCount; bin++) if (at(now, bin) > Math.max(risk.limit[bin]!, at(was, bin)) * (1 + 1e-9)) return true
  return false
}
