import { BUILT_IN_POLICIES } from '../../../src/config/policies.ts'
import { DEFAULT_FAULTS, DEFAULT_PHYSICS, DEFAULT_SENSORS } from '../../../src/config/scenarioDefaults.ts'
import { findHostModel, hostOf, STUDY_VM_SIZES } from '../../../src/model/hostModels.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import type { ScenarioRun } from '../../../src/model/scenario.ts'
import { seededRng } from '../../../sim/random.ts'
import { sizeInBlocks, standingVm, vmOfSize } from '../../../sim/workloads/vm.ts'

/** Samples of one VM, whole percent. */
export type Samples = readonly number[]

export const STUDY_SAMPLES = 288
const HOSTS = 800

/** The study's pool with the load that is given, VM by VM. */
export function studyRun(vms: readonly Samples[], policy: string, seed = 1): ScenarioRun {
  const models = [findHostModel('ml110-g4')!, findHostModel('ml110-g5')!]
  const names = vms.map((_, index) => `vm${String(index).padStart(4, '0')}`)
  const codes = new Float32Array(STUDY_SAMPLES * vms.length)
  vms.forEach((samples, column) => { samples.forEach((percent, row) => { codes[row * vms.length + column] = percent }) })
  return {
    name: 'study', world: 'reference', startUnixMs: 0, durationMs: STUDY_SAMPLES * 300_000, warmupMs: 0, rowMs: 3_600_000, rules: [], events: [],
    hosts: Array.from({ length: HOSTS }, (_, index) => ({ host: hostOf(models[index % 2]!, hostId(String(index))), power: 'on' })),
    workload: {
      vms: names.map((name, index) => ({ ...standingVm(vmOfSize(vmId(name), sizeInBlocks(STUDY_VM_SIZES, index, vms.length))), cpuColumn: index })),
      cpu: { names, stepMs: 300_000, sampleCount: STUDY_SAMPLES, codes, divisor: 100 }, memory: null, network: null, disk: null,
    },
    sensors: DEFAULT_SENSORS, faults: DEFAULT_FAULTS, physics: DEFAULT_PHYSICS, solveDelayMs: 0, policy: BUILT_IN_POLICIES.get(policy)!.settings, seed,
  }
}

/** Kinds of load that lead a run into different corners. */
export const SHAPES = {
  /** As PlanetLab: mostly low, some high, and now and then a VM that goes to zero for good. */
  mixed: (next: () => number) => {
    const mean = 40 * next() ** 2
    const end = next() < 0.3 ? Math.floor(next() * STUDY_SAMPLES) : STUDY_SAMPLES
    return (sample: number): number => (sample >= end ? 0 : Math.min(100, Math.floor(mean * 2 * next())))
  },
  /** Near full, so that hosts run short and shares are rounded down. */
  heavy: (next: () => number) => () => 60 + Math.floor(next() * 41),
  /** Quiet for hours and then full, all in turn. */
  bursts: (next: () => number) => {
    const phase = Math.floor(next() * 48)
    return (sample: number): number => ((sample + phase) % 48 < 12 ? 85 + Math.floor(next() * 16) : 1 + Math.floor(next() * 4))
  },
  /** Few values, held long: many ties. */
  steps: (next: () => number) => {
    const levels = Array.from({ length: 6 }, () => 10 * Math.floor(next() * 8))
    return (sample: number): number => levels[Math.floor(sample / 48)]!
  },
} as const

export function randomLoad(count: number, shape: keyof typeof SHAPES, seed: number): number[][] {
  const rng = seededRng(seed, `${shape}/${count}`)
  return Array.from({ length: count }, () => {
    const at = SHAPES[shape](() => rng.next())
    return Array.from({ length: STUDY_SAMPLES }, (_, sample) => at(sample))
  })
}
