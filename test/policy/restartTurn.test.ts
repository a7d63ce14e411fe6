import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { Vm } from '../../src/model/pool.ts'
import type { Rule } from '../../src/model/rules.ts'
import type { Run } from '../../src/model/run.ts'
import { HOUR, MINUTE, initially, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

const GIB = 1024

/** Two hosts of 32 GiB, of which the first fails; on the second 8 GiB are held. */
function afterFailure(vms: Readonly<Record<string, Partial<Vm>>>, rules: readonly Rule[] = []): Run {
  const hosts = ['h0', 'h1'].map((name) => initially(makeHost(name, { memoryMib: 32 * GIB })))
  const lost = Object.entries(vms).map(([name, parts]) => workloadVm(makeVm(name, parts), 'h0'))
  return simulate(makeRun({
    hosts, rules, durationMs: HOUR, policy: makePolicy({ availability: { hostFailures: 0 } }), events: [{ kind: 'hostFail', atMs: 10 * MINUTE, host: hostId('h0') }],
    workload: { vms: [workloadVm(makeVm('stays', { memoryMib: 8 * GIB }), 'h1'), ...lost], cpu: null, memory: null, network: null, disk: null },
  }))
}

const started = ({ events }: Run): string[] => events.flatMap((event) => (event.kind === 'start' && event.action === 'startVm' ? [event.vm as string] : []))
const unmet = ({ events }: Run): string[] => events.flatMap((event) => (event.kind === 'note' && event.goal === 'unmet' ? [event.reason.code] : []))

describe('VMs of a failed host where memory is short', () => {
  it('one whose turn is first, but that a rule lets on no other host, holds nobody up', () => {
    const rule: Rule = { id: 'licence', kind: 'runOn', vms: [vmId('a')], hosts: [hostId('h0')] }
    const run = afterFailure({ a: { memoryMib: 8 * GIB, restartPriority: 0 }, b: { memoryMib: 8 * GIB }, c: { memoryMib: 12 * GIB } }, [rule])
    expect(started(run).sort()).toEqual(['b', 'c'])
  })

  it('one that needs what no other host has holds nobody up', () => {
    const run = afterFailure({ a: { memoryMib: 8 * GIB, restartPriority: 0, cpuReservationMhz: 50_000 }, b: { memoryMib: 8 * GIB }, c: { memoryMib: 12 * GIB } })
    expect(started(run).sort()).toEqual(['b', 'c'])
  })

  it('while some wait for their turn, that is on record, and then which of them fit nowhere', () => {
    const run = afterFailure({ a: { memoryMib: 14 * GIB, restartPriority: 0 }, b: { memoryMib: 14 * GIB } })
    expect(started(run)).toEqual(['a'])
    expect(unmet(run).slice(0, 2)).toEqual(['laterInLine', 'noHostFits'])
    expect(unmet(run)).not.toContain('allMet')
  })
})
