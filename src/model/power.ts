/** Electric behaviour of a host model. All powers are at the plug, before PUE. */
export interface PowerModel {
  /** Power at utilization 0, 0.1, ..., 1 (11 points, as SPECpower publishes them); between them linear. */
  readonly curveW: readonly number[]
  /** Draw of a host that is off: its BMC. */
  readonly offW: number
  readonly bootMs: number
  /** Mean power while booting. */
  readonly bootW: number
  readonly shutdownMs: number
  readonly shutdownW: number
}

/**
 * Power at a utilization: linear between the curve's points. A utilization above 1 counts as 1.
 * Source: SPECpower_ssj2008 reporting points. The order of operations is that of the PlanetLab study, where rounding
 * decides between hosts of one model: a slope per percent times percent, left to right.
 */
export function powerAtW(curveW: readonly number[], utilization: number): number {
  const segments = curveW.length - 1
  if (utilization >= 1) return curveW[segments]!
  const low = Math.floor(utilization * segments)
  const lowW = curveW[low]!
  const highW = curveW[Math.ceil(utilization * segments)]!
  return lowW + ((highW - lowW) / segments) * (utilization - low / segments) * (segments * segments)
}

/**
 * Power of a host of which only the cores are known: 80 W and 2 W a core when idle, 9 W a core at full load, linear
 * between. An assumption in the range of two-socket servers; whoever wants energy figures that count gives curves.
 */
export function assumedPower(cores: number): PowerModel {
  const idleW = 80 + 2 * cores
  const fullW = 80 + 9 * cores
  const curveW = Array.from({ length: 11 }, (_, tenth) => idleW + ((fullW - idleW) * tenth) / 10)
  return { curveW, offW: 8, bootMs: 180_000, bootW: (idleW + fullW) / 2, shutdownMs: 60_000, shutdownW: idleW }
}
