import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { leftToOthers, NO_OTHERS } from '../../src/control/others.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import { DEFAULT_POLICY } from '../../src/model/policy.ts'
import type { ScenarioEvent } from '../../src/model/scenario.ts'
import { DAY, HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'
import { smallPool } from '../support/pools.ts'

/** Hours between our migrations of a VM that somebody else brings back within ten minutes each time. */
function gapsH(foreignBackOffMs: number): number[] {
  const back = Array.from({ length: 95 }, (_, at): ScenarioEvent => ({ kind: 'foreignMigrate', atMs: (at + 1) * 10 * MINUTE + MINUTE, vm: vmId('v'), target: hostId('h0') }))
  const big = (name: string, movable: boolean) => workloadVm(makeVm(name, { vcpus: 5, cpuMhz: 5000, movable }), 'h0', { cpuColumn: 0 })
  const policy = makePolicy({ evenDistribution: { enabled: true }, availability: { foreignBackOffMs } })
  const { events } = simulate(makeRun({ hosts: ['h0', 'h1'].map((name) => initially(makeHost(name))), workload: { vms: [big('v', true), big('w', false)], cpu: loadOf(HOUR, [[0.9]]), memory: null, network: null, disk: null }, durationMs: 16 * HOUR, events: back, policy }))
  const times = events.flatMap((event) => (event.kind === 'start' && event.reason.code !== 'foreign' ? [event.atMs] : []))
  return times.slice(1).map((atMs, at) => (atMs - times[at]!) / HOUR)
}

describe('a VM that somebody else brings back', () => {
  it('is left to them for twice as long each time', () => {
    const gaps = gapsH(30 * MINUTE)
    expect(gaps.length).toBeGreaterThanOrEqual(4)
    gaps.slice(0, 4).forEach((gap, at) => {
      expect(gap).toBeGreaterThanOrEqual(0.5 * 2 ** at)
      expect(gap).toBeLessThan(0.5 * 2 ** at + 0.5)
    })
  })

  it('is moved again after its own rest where nobody backs off', () => {
    expect(Math.max(...gapsH(0))).toBeLessThan(0.8)
  })

  it('is free again after a day at the latest, and another VM in its slot is free at once', () => {
    const { pool } = smallPool({ h0: {} }, { v: { on: 'h0', sinceMs: 0 } })
    const moves = Array.from({ length: 9 }, (_, at) => ({ vm: 0, vmSinceMs: 0, atMs: at * HOUR }))
    const left = (atMs: number): number[] => leftToOthers({ ...NO_OTHERS, moves }, pool, DEFAULT_POLICY, atMs)
    expect([left(8 * HOUR + DAY - 1), left(8 * HOUR + DAY)]).toEqual([[0], []])
    pool.vmSinceMs[0] = 5
    expect(left(9 * HOUR)).toEqual([])
  })
})
