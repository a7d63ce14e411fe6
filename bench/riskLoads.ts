import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DemandWindow } from '../src/optimize/risk/demandWindow.ts'
import { openSource } from '../src/store/bytes.ts'
import type { WorkloadVm } from '../src/model/scenario.ts'
import type { LoadSeries } from '../src/model/load.ts'
import { seededRng } from '../sim/random.ts'
import { readLoad } from '../sim/workloads/formats.ts'

/** What plans are made from, and what happens afterwards to the same VMs. */
export interface RiskLoad {
  readonly name: string
  /** What a host has for VMs. */
  readonly hostMhz: number
  readonly before: DemandWindow
  readonly after: DemandWindow
}

const STEPS_A_DAY = 288
const HOST_MHZ = 40_000
const BITBRAINS_HOST_MHZ = 160_000
const SIZES_MHZ = [2_000, 4_000, 4_000, 8_000]

/** Where a VM's daily peak is, as a part of the day; null: it has none. */
type PeakOf = (vm: number) => number | null

const SYNTHETIC: ReadonlyMap<string, PeakOf> = new Map<string, PeakOf>([
  ['peaks together', () => 0.6],
  ['peaks in turn', (vm) => (vm % 2 === 0 ? 0.6 : 0.1)],
  ['no daily peak', () => null],
])

/** Two days of VMs that use a tenth to half of their size, with the daily course `peakOf` says and noise of their own; one day tells of the next but for the noise. */
export function syntheticLoads(vmCount: number, seed: number): RiskLoad[] {
  return [...SYNTHETIC].map(([name, peakOf]) => {
    const rng = seededRng(seed, name)
    const vms = Array.from({ length: vmCount }, (_, vm) => ({ sizeMhz: SIZES_MHZ[rng.below(SIZES_MHZ.length)]!, mean: 0.1 + 0.3 * rng.next(), swing: 0.4 + 0.5 * rng.next(), noise: 0.2 + 0.3 * rng.next(), peak: peakOf(vm) }))
    const day = (): DemandWindow => windowOf(vms.map(({ sizeMhz }) => sizeMhz), STEPS_A_DAY, (vm, instant) => {
      const { mean, swing, noise, peak, sizeMhz } = vms[vm]!
      const wave = peak === null ? 0 : swing * Math.cos(2 * Math.PI * (instant / STEPS_A_DAY - peak))
      return sizeMhz * Math.min(1, Math.max(0, mean * (1 + wave + noise * rng.normal())))
    })
    return { name, hostMhz: HOST_MHZ, before: day(), after: day() }
  })
}

/** Days of recorded traces, as far as the folder holds them. */
export function recordedLoads(folder: string): RiskLoad[] {
  const loads: RiskLoad[] = []
  const [first, second] = ['20110303', '20110309'].map((day) => join(folder, 'planetlab', `${day}.csv.gz`))
  if (existsSync(first!) && existsSync(second!)) loads.push(planetlab(first!, second!))
  const months = join(folder, 'bitbrains-rnd')
  if (existsSync(months)) loads.push(...bitbrains(months))
  return loads
}

/** The VMs that are on both days. */
function planetlab(first: string, second: string): RiskLoad {
  const [before, after] = [first, second].map((path) => readLoad('planetlab', openSource(path)).workload)
  const columns = new Map(after!.vms.map((vm) => [vm.vm.id, vm.cpuColumn!]))
  const both = before!.vms.filter(({ vm }) => columns.has(vm.id))
  return {
    name: 'PlanetLab, 3 and 9 March', hostMhz: HOST_MHZ,
    before: recorded(before!.cpu!, both.map(({ cpuColumn }) => cpuColumn!), both, 0),
    after: recorded(after!.cpu!, both.map(({ vm }) => columns.get(vm.id)!), both, 0),
  }
}

/** A Tuesday and the Wednesday after it, then the week before that Wednesday. */
function bitbrains(folder: string): RiskLoad[] {
  const { vms, cpu } = readLoad('bitbrains', openSource(folder), { select: '2013-8' }).workload
  const columns = vms.map(({ cpuColumn }) => cpuColumn!)
  const wednesday = 6 * STEPS_A_DAY
  const after = recorded(cpu!, columns, vms, wednesday)
  return [
    { name: 'Bitbrains, 6 and 7 August', hostMhz: BITBRAINS_HOST_MHZ, before: recorded(cpu!, columns, vms, wednesday - STEPS_A_DAY), after },
    { name: 'Bitbrains, 1-6 and 7 August', hostMhz: BITBRAINS_HOST_MHZ, before: recorded(cpu!, columns, vms, 0, wednesday), after },
  ]
}

function recorded(cpu: LoadSeries, columns: readonly number[], vms: readonly WorkloadVm[], from: number, count = STEPS_A_DAY): DemandWindow {
  const sizes = vms.map(({ vm }) => vm.cpuMhz)
  return windowOf(sizes, count, (vm, instant) => (sizes[vm]! * cpu.codes[(from + instant) * cpu.names.length + columns[vm]!]!) / cpu.divisor)
}

function windowOf(sizes: readonly number[], instantCount: number, valueOf: (vm: number, instant: number) => number): DemandWindow {
  const itemCount = sizes.length
  const values = new Float64Array(itemCount * instantCount)
  for (let instant = 0; instant < instantCount; instant++) for (let vm = 0; vm < itemCount; vm++) values[instant * itemCount + vm] = valueOf(vm, instant)
  return { itemCount, instantCount, values, size: Float64Array.from(sizes) }
}
