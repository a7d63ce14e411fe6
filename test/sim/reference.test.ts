import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import type { ReferenceFigures } from '../../src/model/run.ts'
import { type Policy, runOracle } from '../reference/oracle.ts'
import { randomLoad, type SHAPES, studyRun } from './strategies/studyRun.ts'

const FIXED = ['npa', 'dvfs'] as const
const MOVING = ['thr-mmt-0.8', 'thr-mu-0.8', 'thr-mc-0.8', 'iqr-mmt-1.5', 'mad-mmt-2.5', 'lr-mmt-1.2'] as const

function figuresOf(load: readonly number[][], policy: string, seed = 1): ReferenceFigures {
  return simulate(studyRun(load, policy, seed)).summary.reference!
}

/** Equal to the last bit. */
function expectOracle(load: number[][], policy: Policy): void {
  const found = figuresOf(load, policy)
  expect(found).toEqual({ ...runOracle(load, policy), energyToBound: found.energyToBound })
}

describe('the study’s world gives the same doubles as the plain model of its specification', () => {
  it.each([...FIXED, ...MOVING])('%s on a mixed load of 130 VMs', (policy) => {
    expectOracle(randomLoad(130, 'mixed', 1), policy)
  })

  const LOADS: [number, keyof typeof SHAPES][] = [[1, 'bursts'], [2, 'bursts'], [7, 'steps'], [23, 'heavy'], [61, 'steps'], [97, 'bursts']]
  describe.each(LOADS)('with %i VMs of %s load', (count, shape) => {
    it.each(MOVING)('%s', (policy) => {
      expectOracle(randomLoad(count, shape, 2), policy)
    })
  })

  it.each([[400, 'bursts', 8], [900, 'mixed', 3]] as const)('THR-MMT with %i VMs of %s load', (count, shape, seed) => {
    expectOracle(randomLoad(count, shape, seed), 'thr-mmt-0.8')
  })
})

describe('random selection', () => {
  const load = randomLoad(80, 'bursts', 4)

  it('gives the same run for the same seed and another for another', () => {
    const first = figuresOf(load, 'thr-rs-0.8', 5)
    expect(figuresOf(load, 'thr-rs-0.8', 5)).toEqual(first)
    expect(figuresOf(load, 'thr-rs-0.8', 6)).not.toEqual(first)
  })

  it('is as good on the mean of some seeds as the plain model', () => {
    const seeds = [1, 2, 3]
    const mean = (of: (seed: number) => number): number => seeds.reduce((sum, seed) => sum + of(seed), 0) / seeds.length
    const found = mean((seed) => figuresOf(load, 'thr-rs-0.8', seed).energyKwh)
    expect(found / mean((seed) => runOracle(load, 'thr-rs-0.8', seed).energyKwh)).toBeCloseTo(1, 1)
  })
})

describe('a run in the study’s world', () => {
  it('records each migration with its cause, from start to end', () => {
    const { events, summary } = simulate(studyRun(randomLoad(60, 'bursts', 7), 'thr-mmt-0.8'))
    const starts = events.filter((event) => event.kind === 'start')
    const ends = events.filter((event) => event.kind === 'end')
    expect(new Set(starts.map(({ reason }) => reason.code))).toEqual(new Set(['relieve', 'empty']))
    expect(starts.length).toBe(summary.reference!.migrations)
    expect(new Set(ends.map(({ step, outcome }) => `${step} ${outcome}`))).toEqual(new Set(starts.map(({ step }) => `${step} done`)))
    expect(new Set(ends.map(({ durationMs }) => durationMs))).toEqual(new Set([9808, 13_920, 27_840]))
  })

  it('carries out and counts both migrations of a VM that is named twice in a round', () => {
    const { events } = simulate(studyRun(randomLoad(400, 'bursts', 8), 'thr-mmt-0.8'))
    const named = new Map<string, string[]>()
    for (const event of events) if (event.kind === 'start') named.set(`${event.atMs} ${event.vm!}`, [...(named.get(`${event.atMs} ${event.vm!}`) ?? []), event.target!])
    const twice = [...named].filter(([, targets]) => targets.length > 1)
    expect(twice.length).toBeGreaterThan(0)
    for (const [key, targets] of twice) {
      const vm = key.split(' ')[1]!
      const next = events.find((event) => event.kind === 'start' && event.vm === vm && event.atMs > Number(key.split(' ')[0]!))
      if (next?.kind === 'start') expect(next.source).toBe(targets.at(-1))
    }
  })

  it('has the general figures of the same run', () => {
    const { summary } = simulate(studyRun(randomLoad(60, 'mixed', 9), 'thr-mmt-0.8'))
    const { reference } = summary
    expect(summary.energyKwh).toBeCloseTo(reference!.energyKwh, 9)
    expect(summary.migrations).toBe(reference!.migrations)
    expect(summary.powerOffs).toBe(reference!.hostShutdowns)
    expect(summary.undeliveredRatio).toBeCloseTo(reference!.overallSla, 9)
    expect(summary.hostsOnMax).toBeLessThanOrEqual(60)
  })

  it.each(['none', 'even-distribution', 'power-save', 'balanced'])('also takes our own policy %s, with the study’s first placement and accounts', (policy) => {
    const load = randomLoad(60, 'bursts', 10)
    const { summary } = simulate(studyRun(load, policy))
    expect(summary.sla.vmCount).toBe(60)
    expect(summary.reference!.energyToBound).toBeGreaterThan(1)
    expect(summary.energyKwh).toBeCloseTo(summary.reference!.energyKwh, 9)
    expect(summary.migrationsFailed).toBe(0)
  })

  it('lets our own policies pack hosts beyond their memory, which counts at t = 0 only', () => {
    const quiet = Array.from({ length: 60 }, () => new Array<number>(288).fill(3))
    const { columns } = simulate({ ...studyRun(quiet, 'power-save'), rowMs: 300_000 })
    expect(columns.hostMemory.some((ratio) => ratio > 1)).toBe(true)
  })

  it('draws no less than the bound, and no more than everything at full power', () => {
    const load = randomLoad(200, 'mixed', 11)
    const npa = figuresOf(load, 'npa')
    for (const policy of MOVING) {
      const figures = figuresOf(load, policy)
      expect(figures.energyToBound).toBeGreaterThan(1)
      expect(figures.energyKwh).toBeLessThan(npa.energyKwh)
      expect(figures.energyToBound / figures.energyKwh).toBeCloseTo(npa.energyToBound / npa.energyKwh, 9)
    }
  })
})
