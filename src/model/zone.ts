import type { Zone } from './policy.ts'

/** Local wall time of an instant as ms on a scale without zones (Unix ms + offset). */
export function localMs(zone: Zone, unixMs: number): number {
  let low = 0
  let high = zone.fromMs.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (zone.fromMs[middle]! <= unixMs) low = middle
    else high = middle
  }
  return unixMs + (zone.offsetMs[low] ?? 0)
}
