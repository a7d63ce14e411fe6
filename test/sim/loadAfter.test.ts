import { describe, expect, it } from 'vitest'
import { loadAfterOf, loadsAfterMoves } from '../../sim/loadAfter.ts'
import { simulate } from '../../sim/run.ts'
import type { Input } from '../../src/control/messages.ts'
import type { Sample } from '../../src/model/load.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const policy = makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.4 } })

/** What a controller is told while it relieves the first of three hosts. */
function relieved(vmCount: number): Input[] {
  const inputs: Input[] = []
  const vms = Array.from({ length: vmCount }, (_, at) => workloadVm(makeVm(`v${at}`), 'h0', { cpuColumn: 0 }))
  simulate(makeRun({ hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name))), durationMs: 2 * HOUR, policy, workload: { vms, cpu: loadOf(10 * MINUTE, Array.from({ length: 12 }, () => [0.9])), memory: null, network: null, disk: null } }), { onTurn: (input) => void inputs.push(structuredClone(input)) })
  return inputs
}

describe('the load of hosts after migrations', () => {
  it('is what the VMs on them wanted, where loads stay as they were', () => {
    const moves = loadsAfterMoves(relieved(8), policy.observation)
    expect(moves.length).toBeGreaterThan(2)
    expect(moves.some(({ beforeRatio, seenRatio }) => Math.abs(beforeRatio - seenRatio) > 0.05)).toBe(true)
    const { errorP90Ratio, unchangedMedianRatio } = loadAfterOf(moves)!
    expect(errorP90Ratio).toBeLessThan(0.02)
    expect(unchangedMedianRatio).toBeGreaterThan(0.05)
  })

  it('is foretold wrongly by just as much as the load changed', () => {
    const inputs = relieved(8)
    const all = loadsAfterMoves(inputs, policy.observation)
    const doubled = inputs.map((input): Input => (input.kind === 'tick' && input.atMs > all[0]!.atMs ? { ...input, samples: input.samples.map((sample): Sample => ({ ...sample, hostCpuMhz: sample.hostCpuMhz.map((mhz) => mhz / 2) })) } : input))
    const first = loadsAfterMoves(doubled, policy.observation)[0]!
    expect(first.predictedRatio).toBeCloseTo(all[0]!.predictedRatio, 9)
    expect(first.seenRatio).toBeCloseTo(all[0]!.seenRatio / 2, 9)
  })

  it('is not told where nothing moved or nothing was measured', () => {
    expect(loadAfterOf(loadsAfterMoves(relieved(1), policy.observation))).toBeNull()
    const blind = relieved(8).map((input): Input => (input.kind === 'tick' ? { ...input, samples: [] } : input))
    expect(loadsAfterMoves(blind, policy.observation)).toEqual([])
  })
})
