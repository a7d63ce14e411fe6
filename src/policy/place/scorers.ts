import { cpuForVmsMhz, memoryForVmsMib } from '../../model/pool.ts'
import { DEFAULT_POLICY, SCORER_NAMES, type ScorerName } from '../../model/policy.ts'
import { addedMemoryMib } from '../../model/poolIndex.ts'
import type { PlaceView } from './view.ts'

/** How well a host suits a VM, 0 ... 1. */
export type Scorer = (view: PlaceView, vm: number, host: number) => number

const ratio = (part: number, whole: number): number => (whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole)))

const cpuFree: Scorer = ({ pool, vmCpuMhz, hostCpuMhz }, vm, host) => ratio(cpuForVmsMhz(pool.hosts[host]!) - hostCpuMhz[host]! - vmCpuMhz[vm]!, cpuForVmsMhz(pool.hosts[host]!))

/** What is left for others once the VM is there, as a ratio of what the host has for VMs; and the like. */
export const SCORERS: Readonly<Record<ScorerName, Scorer>> = {
  cpuFree,
  memoryFree: ({ pool }, vm, host) => ratio(memoryForVmsMib(pool.hosts[host]!) - pool.hostMemoryMib[host]! - addedMemoryMib(pool, vm, host), memoryForVmsMib(pool.hosts[host]!)),
  fewVms: ({ pool }, _vm, host) => 1 / (1 + pool.hostVmCount[host]!),
  cpuFull: (view, vm, host) => 1 - cpuFree(view, vm, host),
}

/** Free CPU ranks hosts; memory decides between those that are nearly alike. */
export const DEFAULT_WEIGHTS: Readonly<Record<ScorerName, number>> = DEFAULT_POLICY.placement.scorers

/** What is left of CPU and memory, and what further scorers say that count for something. */
export type Parts = Readonly<Record<'cpuFree' | 'memoryFree', number> & Partial<Record<ScorerName, number>>>

/** The weighted mean of all scorers; 0 where none counts. */
export function scoreOf(view: PlaceView, vm: number, host: number): number {
  const { scorers = DEFAULT_WEIGHTS } = view
  let sum = 0
  let whole = 0
  for (const name of SCORER_NAMES) {
    if (scorers[name] <= 0) continue
    sum += scorers[name] * SCORERS[name](view, vm, host)
    whole += scorers[name]
  }
  return whole === 0 ? 0 : sum / whole
}

export function partsOf(view: PlaceView, vm: number, host: number): Parts {
  const { scorers = DEFAULT_WEIGHTS } = view
  const further = SCORER_NAMES.filter((name) => name !== 'cpuFree' && name !== 'memoryFree' && scorers[name] > 0)
  return { cpuFree: SCORERS.cpuFree(view, vm, host), memoryFree: SCORERS.memoryFree(view, vm, host), ...Object.fromEntries(further.map((name) => [name, SCORERS[name](view, vm, host)])) }
}

/** A score as 1 to 5 stars, in halves. */
export const starsOf = (score: number): number => 1 + Math.round(8 * score) / 2
