import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { FITS, measureFit, synthetic } from './published.ts'
import { fitTable } from './table.ts'
import { mean, quantile, shareOf } from './statistics.ts'

const SEEDS = [7, 101, 20_260]

describe.each(FITS)('$title', (fit) => {
  const runs = SEEDS.map((seed) => measureFit(fit, seed))

  it.each(fit.figures.map((figure, index) => ({ name: figure.name, index })))('$name is within its tolerance of the published figure, for three seeds', ({ index }) => {
    const { published, absolute, relative } = fit.figures[index]!
    for (const run of runs) {
      run[index]!.forEach((generated, place) => {
        expect(Math.abs(generated - published[place]!), `place ${place}: ${generated} against ${published[place]!}`).toBeLessThanOrEqual(absolute + relative * Math.abs(published[place]!))
      })
    }
  })

  it('is written in docs/workloads-synthetic.md as it is with seed 7', () => {
    expect(readFileSync('docs/workloads-synthetic.md', 'utf8')).toContain(fitTable(fit.figures, runs[0]!))
  })
})

describe('churn against Azure 2017', () => {
  const days = 7
  const runs = SEEDS.map((seed) => synthetic({ vmCount: 0, stepMs: 3_600_000, churn: { arrivalsPerHour: 3108, batchMax: 587, lifetimeFactor: 1 } }, seed, days).vms)

  it('starts batches of mean 4.9 (within 0.5), median 1 and 95th percentile 14 (within 2)', () => {
    for (const vms of runs) {
      const batches = [...countBy(vms.map((vm) => vm.arriveMs)).values()]
      expect(Math.abs(mean(batches) - 4.9)).toBeLessThan(0.5)
      expect(quantile(batches, 0.5)).toBe(1)
      expect(Math.abs(quantile(batches, 0.95) - 14)).toBeLessThanOrEqual(2)
      expect(Math.max(...batches)).toBeLessThanOrEqual(587)
    }
  })

  it('brings 259 VMs in a mean 5 minutes, 207 in the median and 600 at the 95th percentile (each within 15 %)', () => {
    for (const vms of runs) {
      const counts = countBy(vms.map((vm) => Math.floor(vm.arriveMs / 300_000)))
      const slots = Array.from({ length: days * 288 }, (_, slot) => counts.get(slot) ?? 0)
      expect(mean(slots) / 259).toBeCloseTo(1, 0.8)
      expect(Math.abs(quantile(slots, 0.5) / 207 - 1)).toBeLessThan(0.15)
      expect(Math.abs(quantile(slots, 0.95) / 600 - 1)).toBeLessThan(0.15)
    }
  })

  it('lets VMs live for quartiles of 900/1,500/3,900 s, p90 21,900 and p95 43,500 (each within 10 % or 300 s)', () => {
    for (const vms of runs) {
      const lifetimes = vms.filter((vm) => vm.arriveMs < 4 * 86_400_000).map((vm) => ((vm.departMs ?? days * 86_400_000) - vm.arriveMs) / 1000)
      const published = [[0.25, 900], [0.5, 1500], [0.75, 3900], [0.9, 21_900], [0.95, 43_500]] as const
      for (const [place, seconds] of published) expect(Math.abs(quantile(lifetimes, place) - seconds), `place ${place}`).toBeLessThan(300 + 0.1 * seconds)
      expect(Math.abs(shareOf(lifetimes, (seconds) => seconds < 86_400) - 0.987)).toBeLessThan(0.01)
    }
  })

  it('has the published share of each size, within 4 points', () => {
    for (const vms of runs) {
      for (const [vcpus, memoryMib, share] of [[1, 1792, 0.6], [2, 3584, 0.19], [4, 7168, 0.1], [8, 14336, 0.09], [1, 768, 0.016], [8, 57_344, 0.006]] as const) {
        expect(Math.abs(shareOf(vms.map(({ vm }) => vm), (vm) => vm.vcpus === vcpus && vm.memoryMib === memoryMib) - share)).toBeLessThan(0.04)
      }
    }
  })
})

it('standing VMs have the Bitbrains share of cores, within 1 point, and its large VMs are the busy ones', () => {
  const { vms, cpu } = synthetic({ vmCount: 500, stepMs: 3_600_000 }, 7, 31)
  for (const [vcpus, count] of [[1, 229], [2, 93], [4, 115], [8, 56], [32, 3]] as const) {
    expect(Math.abs(vms.filter(({ vm }) => vm.vcpus === vcpus).length - count)).toBeLessThanOrEqual(5)
  }
  const meanOf = (vcpus: number): number => mean(vms.flatMap(({ vm }, column) => (vm.vcpus === vcpus ? [columnMean(cpu!.codes, column, vms.length)] : [])))
  expect(meanOf(8)).toBeGreaterThan(3 * meanOf(1))
})

function columnMean(codes: Float32Array, column: number, width: number): number {
  let sum = 0
  for (let index = column; index < codes.length; index += width) sum += codes[index]!
  return sum / (codes.length / width)
}

function countBy(keys: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
