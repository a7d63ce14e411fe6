import { describe, expect, it } from 'vitest'
import type { LoadHistory } from '../../src/model/history.ts'
import { DEFAULT_POLICY } from '../../src/model/policy.ts'
import { remember } from '../../src/observe/history.ts'
import { MINUTE } from '../support/parts.ts'
import { type SmallPool, sampleOf, smallPool } from '../support/pools.ts'

const SETTINGS = DEFAULT_POLICY.observation
const small = (): SmallPool => smallPool({ h0: { coreMhz: 1000 } }, { a: { on: 'h0', cpuMhz: 4000, vcpus: 4 } })
const add = (history: LoadHistory, takenAtMs: number, used: number | null, delay = 0, weight = 1): LoadHistory =>
  remember(history, small().pool, sampleOf(small(), takenAtMs, { a: used }, { delay }), { ...SETTINGS, delayWeight: weight }, 10 * MINUTE)
const last = (history: LoadHistory): number => history.at(-1)!.vmCpuMhz[0]!

describe('the load history', () => {
  it('keeps what its windows reach and no more', () => {
    let history: LoadHistory = []
    for (let minute = 1; minute <= 30; minute++) history = add(history, minute * MINUTE, minute)
    expect(history.map(({ takenAtMs }) => takenAtMs / MINUTE)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30])
  })

  it('ignores a sample that is not newer than the last', () => {
    const history = add([], 5 * MINUTE, 1000)
    expect(add(history, 5 * MINUTE, 2000)).toBe(history)
    expect(add(history, 4 * MINUTE, 2000)).toBe(history)
  })

  it('counts waiting vCPUs as demand, as far as the VM\'s size and the weight say', () => {
    expect(last(add([], MINUTE, 1000, 1.5))).toBe(2500)
    expect(last(add([], MINUTE, 1000, 1.5, 0.5))).toBe(1750)
    expect(last(add([], MINUTE, 1000, 1.5, 0))).toBe(1000)
    expect(last(add([], MINUTE, 3500, 4))).toBe(4000)
    expect(last(add([], MINUTE, 5000, 4))).toBe(5000)
  })

  it.each([[-1], [Number.NaN], [Infinity], [8001]])('takes an impossible value (%f MHz) for unknown', (used) => {
    expect(last(add([], MINUTE, used))).toBeNaN()
  })

  it('takes a waiting time that makes no sense for none', () => {
    expect(last(add([], MINUTE, 1000, -0.5))).toBe(1000)
    expect(last(add([], MINUTE, 1000, Number.NaN))).toBe(1000)
  })

  it('leaves earlier histories as they were', () => {
    const history = add([], MINUTE, 1000)
    add(history, 2 * MINUTE, 2000)
    expect(history).toHaveLength(1)
  })
})
