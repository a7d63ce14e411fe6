import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLoad } from '../../../sim/workloads/formats.ts'
import { aliveMax, type LoadOptions } from '../../../sim/workloads/load.ts'
import { openSource } from '../../../src/store/bytes.ts'
import type { LoadSeries } from '../../../src/model/load.ts'
import { hasTraces, TRACES } from './support.ts'

const load = (format: string, path: string, options: Partial<LoadOptions> = {}) => readLoad(format, openSource(join(TRACES, path)), options)

/** Mean, deviation and share of cells with a sample, in percent of the VM's size; and each VM's mean, ascending. */
function shapeOf({ codes, names, divisor }: LoadSeries): { mean: number; deviation: number; coverage: number; vmMeans: number[] } {
  const sums = names.map(() => ({ sum: 0, count: 0 }))
  let [sum, squares, count] = [0, 0, 0]
  codes.forEach((code, cell) => {
    if (Number.isNaN(code)) return
    const value = (100 * code) / divisor
    sum += value
    squares += value * value
    count++
    const vm = sums[cell % names.length]!
    vm.sum += value
    vm.count++
  })
  const mean = sum / count
  return { mean, deviation: Math.sqrt(squares / count - mean * mean), coverage: count / codes.length, vmMeans: sums.map((vm) => vm.sum / vm.count).sort((left, right) => left - right) }
}
const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!

describe.skipIf(!hasTraces)('the shared traces have the shapes of their READMEs (skipped without PLIMSOLL_SHARED)', () => {
  it('Bitbrains, August 2013', () => {
    const { workload, startUnixMs } = load('bitbrains', 'bitbrains-rnd', { select: '2013-8' })
    const cpu = shapeOf(workload.cpu!)
    expect(startUnixMs).toBe(Date.UTC(2013, 6, 31, 22))
    expect(workload.cpu).toMatchObject({ sampleCount: 8640, stepMs: 300_000 })
    expect(workload.vms).toHaveLength(500)
    expect(cpu.mean).toBeCloseTo(7, 1)
    expect(cpu.deviation).toBeCloseTo(20.2, 1)
    expect(cpu.coverage).toBeCloseTo(0.99, 2)
    expect(cpu.vmMeans.filter((mean) => mean < 1).length / 500).toBeCloseTo(0.37, 2)
    expect(at(cpu.vmMeans, 0.75)).toBeCloseTo(4.2, 1)
    expect(Math.abs(at(shapeOf(workload.memory!).vmMeans, 0.5) / 5.3 - 1)).toBeLessThan(0.02)
    expect(workload.vms.filter(({ vm }) => vm.vcpus === 1)).toHaveLength(229)
  })

  it('Bitbrains, July 2013: VMs come and go', () => {
    const { workload } = load('bitbrains', 'bitbrains-rnd', { select: '2013-7' })
    expect(shapeOf(workload.cpu!).coverage).toBeCloseTo(0.85, 2)
    expect(workload.cpu!.codes.reduce((most, code) => (code > most ? code : most), 0)).toBe(1821)
  })

  it('GCD', () => {
    const { workload } = load('gcd', 'gcd-hipro')
    const cpu = shapeOf(workload.cpu!)
    expect(workload.vms).toHaveLength(1600)
    expect(workload.cpu!.sampleCount).toBe(288)
    expect(cpu.mean).toBeCloseTo(21.85, 2)
    expect(cpu.deviation).toBeCloseTo(13.6, 1)
    expect(Math.round(at(cpu.vmMeans, 0.5))).toBe(19)
    expect(shapeOf(workload.memory!).mean).toBeCloseTo(19.6, 0)
  })

  it('Azure, with lifetimes', () => {
    const { workload } = load('azure', 'azure2017-flavors/dev.csv.gz', { lifetimes: 'lowerEdge' })
    const { vms } = workload
    expect(vms).toHaveLength(259_159)
    expect(vms.at(-1)!.arriveMs).toBe(299_700_000)
    expect(vms.filter(({ vm }) => vm.vcpus === 1 && vm.memoryMib === 1792).length / vms.length).toBeCloseTo(0.6, 2)
    expect(vms.filter(({ departMs }) => departMs === null).length / vms.length).toBeCloseTo(0.055, 3)
    const lifetimes = vms.flatMap(({ arriveMs, departMs }) => (departMs === null ? [] : [(departMs - arriveMs) / 1000])).sort((left, right) => left - right)
    expect([0.25, 0.5, 0.75, 0.9, 0.95, 0.99].map((share) => at(lifetimes, share))).toEqual([900, 1500, 3900, 21_900, 43_500, 86_700])
  })

  it('Azure, arrivals only', () => {
    const { workload } = load('azure', 'azure2017-flavors', { select: 'train-arrivals' })
    expect(workload.vms).toHaveLength(1_200_998)
    expect(workload.vms.at(-1)!.arriveMs).toBe(1_799_400_000)
    expect(aliveMax(workload.vms)).toBeLessThan(20_000)
  })

  it.each([['default', 8152], ['cpu0', 7064], ['cpu250', 9420]])('Alibaba openb, list %s', (select, pods) => {
    const { workload, hosts } = load('openb', 'alibaba-openb-2023', { select })
    expect(hosts).toHaveLength(1523)
    expect(workload.vms).toHaveLength(pods)
    expect(workload.vms.every((vm, index) => index === 0 || workload.vms[index - 1]!.arriveMs <= vm.arriveMs)).toBe(true)
  })
})
