import { cpuForVmsMhz, memoryForVmsMib } from '../../model/pool.ts'
import { addedMemoryMib } from '../../model/poolIndex.ts'
import type { PlaceView } from './view.ts'

/** How well a host suits a VM, 0 ... 1. */
export type Scorer = (view: PlaceView, vm: number, host: number) => number

const ratio = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole)))

/** What is left for others once the VM is there, as a ratio of what the host has for VMs. */
export const SCORERS: Readonly<Record<'cpuFree' | 'memoryFree', Scorer>> = {
  cpuFree: ({ pool, vmCpuMhz, hostCpuMhz }, vm, host) => ratio(cpuForVmsMhz(pool.hosts[host]!) - hostCpuMhz[host]! - vmCpuMhz[vm]!, cpuForVmsMhz(pool.hosts[host]!)),
  memoryFree: ({ pool }, vm, host) => ratio(memoryForVmsMib(pool.hosts[host]!) - pool.hostMemoryMib[host]! - addedMemoryMib(pool, vm, host), memoryForVmsMib(pool.hosts[host]!)),
}
export type ScorerName = keyof typeof SCORERS

/** Free CPU ranks hosts; memory decides between those that are nearly alike. */
export const DEFAULT_WEIGHTS: Readonly<Record<ScorerName, number>> = { cpuFree: 3, memoryFree: 1 }

/** The weighted mean of all scorers. */
export function scoreOf(view: PlaceView, vm: number, host: number, weights = DEFAULT_WEIGHTS): number {
  return (weights.cpuFree * SCORERS.cpuFree(view, vm, host) + weights.memoryFree * SCORERS.memoryFree(view, vm, host)) / (weights.cpuFree + weights.memoryFree)
}

/** What each scorer says. */
export const partsOf = (view: PlaceView, vm: number, host: number): Readonly<Record<ScorerName, number>> => ({ cpuFree: SCORERS.cpuFree(view, vm, host), memoryFree: SCORERS.memoryFree(view, vm, host) })

/** A score as 1 to 5 stars, in halves. */
export const starsOf = (score: number): number => 1 + Math.round(8 * score) / 2
