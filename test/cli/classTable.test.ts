import { describe, expect, it } from 'vitest'
import { classTable } from '../../src/cli/summaryText.ts'
import type { RunSummary, SlaFigures } from '../../src/model/run.ts'

const figures = (vmCount: number, violationRatio: number): SlaFigures => ({ vmCount, vmMinutes: 1000 * vmCount, violationMinutes: 1000 * vmCount * violationRatio, violationRatio, p99VmRatio: 0.02, worstVmRatio: 0.04, worstVm: null, downtimeS: 0 })
const run = (policy: string, slaByClass: Readonly<Record<string, SlaFigures>>): RunSummary => ({ scenario: 's', policy, seed: 3, slaByClass }) as unknown as RunSummary

describe('the table of classes', () => {
  it('says of each class and run what share of its VM-minutes was within the service level', () => {
    const lines = classTable([run('a', { gold: figures(2, 0.001), desk: figures(8, 0.25) }), run('b', { gold: figures(2, 0) })])!.split('\n').map((line) => line.trim().split(/\s{2,}/))
    expect(lines).toEqual([
      ['policy', 'seed', 'class', 'VMs', 'SLA attainment', 'p99 VM violates', 'worst VM violates'],
      ['a', '3', 'gold', '2', '99.900 %', '2.000 %', '4.000 %'],
      ['a', '3', 'desk', '8', '75.000 %', '2.000 %', '4.000 %'],
      ['b', '3', 'gold', '2', '100.000 %', '2.000 %', '4.000 %'],
    ])
  })

  it('is left out where no run has two classes', () => {
    expect(classTable([run('a', { standard: figures(2, 0.5) })])).toBeNull()
  })
})
