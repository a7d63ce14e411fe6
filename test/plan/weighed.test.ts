import { describe, expect, it } from 'vitest'
import { WEIGHT } from '../../src/optimize/objective.ts'
import { problemOf } from '../../src/optimize/problem.ts'
import { weighedLines } from '../../src/plan/weighed.ts'
import { grouped } from '../../src/model/text.ts'

/** Two VMs on the first of three hosts; host 1 must be left, and has one that can't go. */
const problem = problemOf({
  itemCount: 5, binCount: 3, dimensions: 1, demand: Float64Array.of(40, 10, 5, 5, 5), capacity: new Float64Array(3).fill(100), initial: Int32Array.of(0, 0, 1, 1, -1), movable: Uint8Array.of(1, 1, 1, 0, 1),
  terms: [
    { kind: 'perItem', name: 'undrained', weight: WEIGHT.undrained, cost: Float64Array.of(0, 1, 0) },
    { kind: 'excess', name: 'overload', weight: WEIGHT.overload, dimension: 0, limit: Float64Array.of(30, 100, 100), scale: Float64Array.of(0.01, 0.01, 0.01) },
    { kind: 'inUse', name: 'binsInUse', weight: 1, cost: Float64Array.of(70, 70, 70) },
  ],
})
const lines = (...places: number[]): string => weighedLines({ problem, assignment: Int32Array.from(places), itemOf: (vm) => vm, binOf: (host) => host, dimensionNames: ['CPU'] }, ['a', 'b', 'c']).join('\n')

describe('what was weighed', () => {
  it('tells each wish as an amount, before and after, without VMs that stay whatever is done', () => {
    expect(lines(0, 2, 2, 1, 2)).toBe(`Weighed, the first before all that follow:
  VMs without a place: 1, then 0
  VMs on hosts that must be left: 1, then 0
  load above the mark that hosts are relieved to: 20 % of a host, then 10 % of a host
  idle power of hosts in use: 140 W, then 210 W`)
  })

  it('says why a host that only had to be relieved ends empty, and nothing of one that had to be left', () => {
    expect(lines(2, 2, 2, 1, 2)).toMatch(/a ends without VMs: .* \(70 W\)/)
    expect(lines(0, 2, 2, 2, 2)).not.toContain('ends without VMs')
  })

  it('says nothing where nothing changes', () => expect(lines(0, 0, 1, 1, -1)).toBe(''))
})

describe('numbers for people', () => {
  it.each([[102_023_633.4, '102,023,633'], [350.0337, '350'], [1.25977, '1.26'], [0.0181036, '0.0181'], [12.345, '12.35'], [-1234, '-1,234'], [0, '0'], [999, '999'], [1000, '1,000']])('%d reads %s', (value, text) => expect(grouped(value)).toBe(text))
})
