import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import { makeSimulation } from '../../sim/simulation.ts'
import { standard } from '../../sim/presets/standard.ts'
import { inputLine, inputsOf } from '../../src/control/inputRecord.ts'
import type { Input } from '../../src/control/messages.ts'
import { type Decision, decisionOf, replayInputs } from '../../src/control/replay.ts'
import { copyPool } from '../../src/model/pool.ts'
import { BadInput } from '../../src/model/result.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'

/** A run in which hosts are relieved, emptied and woken, as lines of what reached its controller. */
function recorded(): { readonly lines: string[]; readonly decisions: Decision[]; readonly run: ReturnType<typeof makeRun> } {
  const samples = Array.from({ length: 48 }, (_, at) => (at % 24 < 12 ? 0.9 : 0.02))
  const vms = Array.from({ length: 8 }, (_, number) => workloadVm(makeVm(`v${number}`), 'h0', { cpuColumn: 0 }))
  const run = makeRun({ hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name))), durationMs: 8 * HOUR, workload: { vms, cpu: loadOf(10 * MINUTE, samples.map((sample) => [sample])), memory: null, network: null, disk: null }, policy: makePolicy({ evenDistribution: { enabled: true }, powerSave: { enabled: true, offWindowMs: 20 * MINUTE, hostOnMinMs: 0 } }) })
  const lines: string[] = []
  const decisions: Decision[] = []
  simulate(run, {
    onTurn: (input: Input, outputs) => {
      lines.push(inputLine({ ...input, pool: copyPool(input.pool) }, null))
      decisions.push(decisionOf(input.atMs, outputs))
    },
  })
  return { lines, decisions, run }
}

describe('a record of what reached a controller', () => {
  it('turned again, gives the same plans and the same steps at the same instants', () => {
    const { lines, decisions, run } = recorded()
    const { config, controller } = makeSimulation(run, standard)
    expect([...replayInputs(config, controller, inputsOf(lines, 'inputs'))]).toEqual(decisions)
    expect(decisions.flatMap(({ plans }) => plans).length).toBeGreaterThan(2)
    expect(decisions.flatMap(({ starts }) => starts).length).toBeGreaterThan(2)
  })

  it('keeps every number, also those that JSON does not have', () => {
    const [line] = recorded().lines
    const [input] = inputsOf([line!], 'inputs')
    const odd = { ...input!, pool: { ...input!.pool, vmSinceMs: Float64Array.of(NaN, Infinity, -Infinity, 0.1, 1e300) } } as Input
    const [back] = inputsOf([inputLine(odd, null)], 'inputs')
    expect(back!.pool.vmSinceMs).toEqual(odd.pool.vmSinceMs)
    expect(back!.pool.hostPower).toBeInstanceOf(Uint8Array)
  })

  it('names a pool once while it is the same', () => {
    const [input] = inputsOf([recorded().lines[0]!], 'inputs')
    const lines = [inputLine(input!, null), inputLine(input!, input!.pool)]
    expect(lines[1]!.length).toBeLessThan(lines[0]!.length / 2)
    expect([...inputsOf(lines, 'inputs')][1]!.pool.hosts).toEqual(input!.pool.hosts)
    expect(() => [...inputsOf(lines.slice(1), 'inputs')]).toThrow(BadInput)
  })

  it.each(['{', '{}', 'null', '{"kind":"tick"}', '{"kind":"other","atMs":1}'])('that is damaged is refused with the line: %s', (line) => {
    expect(() => [...inputsOf([line], 'inputs')]).toThrow(/inputs:1/)
  })
})
