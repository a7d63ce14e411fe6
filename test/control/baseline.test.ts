import { describe, expect, it } from 'vitest'
import { NO_BASELINE_MEMORY, baselineStepEnded, decideBaseline } from '../../src/control/baseline.ts'
import { type ControllerState, initialState } from '../../src/control/state.ts'
import { DEFAULT_POLICY } from '../../src/model/policy.ts'
import { VM, type Pool } from '../../src/model/pool.ts'
import { indexPool } from '../../src/model/poolIndex.ts'
import type { Baseline, BaselineMove, BaselineView } from '../../src/policy/baseline/baseline.ts'
import { poolOf } from '../policy/baseline/round.ts'

const pool = (): Pool => poolOf(3, [0, 0, 1, 1].map((host) => ({ host, mips: 500, memoryMib: 613, past: [0.5] })))

/** A baseline that names these moves and keeps what it was shown. */
function naming(moves: readonly BaselineMove[]): Baseline & { readonly seen: BaselineView[] } {
  const seen: BaselineView[] = []
  return { name: 'named', historyMs: 0, seen, decide: (view) => (seen.push(view), moves) }
}

function ended(state: ControllerState, all: Pool, step: string, outcome: 'done' | 'failed' = 'done'): ControllerState {
  return baselineStepEnded(state, { kind: 'stepEnded', atMs: 1, pool: all, index: indexPool(all), step: step as never, outcome, message: null })!.state
}

describe('a baseline’s controller', () => {
  it('starts every migration at once, in the order named, with its cause on record', () => {
    const baseline = naming([{ vm: 2, target: 0, cause: 'relieve' }, { vm: 0, target: 2, cause: 'empty' }])
    const { outputs } = decideBaseline(baseline, initialState(DEFAULT_POLICY), pool(), 300_100)
    expect(outputs.flatMap((output) => (output.kind === 'start' ? [output.step] : []))).toMatchObject([{ vm: 'v2', source: 'h1', target: 'h0' }, { vm: 'v0', source: 'h0', target: 'h2' }])
    expect(outputs.flatMap((output) => (output.kind === 'record' ? [output.event] : []))).toMatchObject([{ kind: 'plan', steps: 2, reason: { numbers: { relieving: 1, emptying: 1 } } }, { kind: 'start', reason: { code: 'relieve' } }, { kind: 'start', reason: { code: 'empty' } }])
  })

  it('knows VMs by slot at first, then in the order in which they arrived', () => {
    const baseline = naming([{ vm: 0, target: 1, cause: 'empty' }, { vm: 1, target: 1, cause: 'empty' }])
    const all = pool()
    let state = decideBaseline(baseline, initialState(DEFAULT_POLICY), all, 300_100).state
    expect([...baseline.seen[0]!.arrivalOrder]).toEqual([0, 1, 2, 3])
    // The second one was faster.
    state = ended(ended(state, all, 'p0.1'), all, 'p0.0')
    decideBaseline(baseline, state, all, 600_100)
    expect([...baseline.seen[1]!.arrivalOrder]).toEqual([2, 3, 1, 0])
  })

  it('counts the last of two arrivals, and leaves out VMs that are gone and moves that failed', () => {
    const baseline = naming([0, 1, 2, 0].map((vm) => ({ vm, target: 2, cause: 'empty' })))
    const all = pool()
    let state = decideBaseline(baseline, initialState(DEFAULT_POLICY), all, 300_100).state
    state = ended(ended(ended(ended(state, all, 'p0.0'), all, 'p0.1'), all, 'p0.2', 'failed'), all, 'p0.3')
    all.vmState[3] = VM.gone
    decideBaseline(baseline, state, all, 600_100)
    expect([...baseline.seen[1]!.arrivalOrder]).toEqual([2, 1, 0])
  })

  it('leaves steps that are not its own to others', () => {
    const all = pool()
    expect(baselineStepEnded(initialState(DEFAULT_POLICY), { kind: 'stepEnded', atMs: 1, pool: all, index: indexPool(all), step: 'o0' as never, outcome: 'done', message: null })).toBeNull()
    expect(NO_BASELINE_MEMORY.migrating.size).toBe(0)
  })

  it('still knows a migration that outlasts the round', () => {
    const baseline = naming([{ vm: 0, target: 1, cause: 'empty' }])
    const all = pool()
    let state = decideBaseline(baseline, initialState(DEFAULT_POLICY), all, 300_100).state
    all.vmState[0] = VM.migrating
    state = decideBaseline(naming([]), state, all, 600_100).state
    expect(ended(state, all, 'p0.0').baseline.arrived).toEqual({ vm: 0, before: null })
  })
})
