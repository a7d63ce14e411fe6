import { cpuForVmsMhz, memoryForVmsMib } from '../../model/pool.ts'
import { DEFAULT_POLICY, SCORER_NAMES, type PlacementSettings, type ScorerName } from '../../model/policy.ts'
import { addedMemoryMib } from '../../model/poolIndex.ts'
import { type BinLook, type BinScorer, binScore, partOf } from '../../optimize/binScore.ts'
import type { PlaceView } from './view.ts'

/** Dimensions of what hosts have free, in a look at one and in every packing. */
export const CPU = 0
export const MEMORY = 1

type Weights = PlacementSettings['scorers']

/** What each name stands for: the one place that both the ranking of hosts and the controller's placement take it from. */
const MEANING: Readonly<Record<ScorerName, (weight: number) => BinScorer>> = {
  cpuFree: (weight) => ({ kind: 'free', dimension: CPU, weight }),
  memoryFree: (weight) => ({ kind: 'free', dimension: MEMORY, weight }),
  fewVms: (weight) => ({ kind: 'fewItems', weight }),
  cpuFull: (weight) => ({ kind: 'full', dimension: CPU, weight }),
}

/** Free CPU ranks hosts; memory decides between those that are nearly alike. */
export const DEFAULT_WEIGHTS: Weights = DEFAULT_POLICY.placement.scorers

/** The scorers that count for something, for a solver. */
export const scorersOf = (weights: Weights): readonly BinScorer[] => SCORER_NAMES.filter((name) => weights[name] > 0).map((name) => MEANING[name](weights[name]))

const ratio = (part: number, whole: number): number => (whole <= 0 ? 0 : part / whole)

/** What is left for others once the VM is there, as a ratio of what the host has for VMs. */
function lookAt({ pool, vmCpuMhz, hostCpuMhz }: PlaceView, vm: number, host: number): BinLook {
  const [cpuMhz, memoryMib] = [cpuForVmsMhz(pool.hosts[host]!), memoryForVmsMib(pool.hosts[host]!)]
  const free = [ratio(cpuMhz - hostCpuMhz[host]! - vmCpuMhz[vm]!, cpuMhz), ratio(memoryMib - pool.hostMemoryMib[host]! - addedMemoryMib(pool, vm, host), memoryMib)]
  return { free, items: pool.hostVmCount[host]! }
}

/** What is left of CPU and memory, and what further scorers say that count for something. */
export type Parts = Readonly<Record<'cpuFree' | 'memoryFree', number> & Partial<Record<ScorerName, number>>>

/** How well a host suits a VM, 0 ... 1: the weighted mean of all scorers. */
export function scoreOf(view: PlaceView, vm: number, host: number): number {
  return binScore(scorersOf(view.scorers ?? DEFAULT_WEIGHTS), lookAt(view, vm, host))
}

export function partsOf(view: PlaceView, vm: number, host: number): Parts {
  const { scorers = DEFAULT_WEIGHTS } = view
  const look = lookAt(view, vm, host)
  const part = (name: ScorerName): number => partOf(MEANING[name](1), look)
  const further = SCORER_NAMES.filter((name) => name !== 'cpuFree' && name !== 'memoryFree' && scorers[name] > 0)
  return { cpuFree: part('cpuFree'), memoryFree: part('memoryFree'), ...Object.fromEntries(further.map((name) => [name, part(name)])) }
}

/** A score as 1 to 5 stars, in halves. */
export const starsOf = (score: number): number => 1 + Math.round(8 * score) / 2
