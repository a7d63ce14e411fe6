import type { Input, Output, Request } from '../../src/control/messages.ts'
import type { Gate } from '../../src/control/hold.ts'
import { type ControllerConfig, type ControllerState, initialState } from '../../src/control/state.ts'
import { turn } from '../../src/control/turn.ts'
import type { Sample } from '../../src/model/load.ts'
import type { Step } from '../../src/model/plan.ts'
import type { PolicySettings } from '../../src/model/policy.ts'
import type { RunEvent } from '../../src/model/run.ts'
import { type Begun, abandon, begin, finish } from '../../src/model/transition.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import { limitsOf } from '../../src/control/conclude.ts'
import { MODE } from '../../src/model/pool.ts'
import type { Packed } from '../../src/optimize/packing.ts'
import { MINUTE, MONDAY_UNIX_MS } from './parts.ts'
import type { SmallPool } from './pools.ts'

type StepEvent = Extract<RunEvent, { kind: 'note' }>

export type Asked = Extract<Output, { kind: 'solve' }>

/** A controller over a pool whose steps end when the test says so. */
export interface Driven {
  readonly small: SmallPool
  /** Steps that were started and have not ended. */
  readonly open: readonly Step[]
  /** Every step that was ever started. */
  readonly started: readonly Step[]
  readonly notes: readonly StepEvent[]
  readonly events: readonly RunEvent[]
  /** Placements that were asked for and not answered, where the test answers them itself. */
  readonly asked: readonly Asked[]
  state(): ControllerState
  tick(atMs: number, samples?: readonly Sample[]): readonly Output[]
  request(atMs: number, request: Request): readonly Output[]
  end(atMs: number, step: Step, ok?: boolean): readonly Output[]
  /** Tells an answer; without one, what the greedy solver says. */
  answer(atMs: number, asked: Asked, answer?: Packed): readonly Output[]
}

const CONFIG: ControllerConfig = { fallback: greedySolver, startUnixMs: MONDAY_UNIX_MS, memoryEnforced: true, baseline: null }

/**
 * Drives the controller by hand: what it starts begins on the pool at once and ends when `end` is called. What it asks to
 * be solved is answered at once, or `byHand`, when `answer` is called.
 */
export function drive(small: SmallPool, policy: PolicySettings, answers: 'atOnce' | 'byHand' = 'atOnce', gate: Gate = 'automatic'): Driven {
  const { pool, index } = small
  const config = { ...CONFIG, gate }
  let state = initialState(policy)
  const open: Step[] = []
  const started: Step[] = []
  const events: RunEvent[] = []
  const begun = new Map<string, Begun>()
  const asked: Asked[] = []
  const tell = (input: Input): readonly Output[] => {
    const turned = turn(config, state, input)
    state = turned.state
    for (const output of turned.outputs) obey(output)
    const open = answers === 'atOnce' ? turned.outputs.find((output) => output.kind === 'solve') : undefined
    return open === undefined ? turned.outputs : [...turned.outputs, ...answer(input.atMs, open)]
  }
  const answer = (atMs: number, open: Asked, packed: Packed = greedySolver.solve(open.packing, open.limits, () => false)): readonly Output[] => {
    if (asked.includes(open)) asked.splice(asked.indexOf(open), 1)
    return tell({ kind: 'solved', atMs, pool, index, id: open.id, answer: packed })
  }
  const obey = (output: Output): void => {
    if (output.kind === 'record') events.push(output.event)
    if (output.kind === 'mode') pool.hostMode[index.hosts.get(output.host)!] = MODE[output.mode]
    if (output.kind === 'solve' && answers === 'byHand') asked.push(output)
    if (output.kind !== 'start') return
    const result = begin(pool, index, output.step, limitsOf(state, CONFIG, pool))
    if (!result.ok) throw new Error(`${output.step.id}: ${result.refusal.message}`)
    begun.set(output.step.id, result.value)
    open.push(output.step)
    started.push(output.step)
  }
  return {
    small, open, started, events, asked, answer, state: () => state,
    get notes() {
      return events.filter((event) => event.kind === 'note')
    },
    tick: (atMs, samples = []) => tell({ kind: 'tick', atMs, pool, index, samples }),
    request: (atMs, request) => tell({ kind: 'request', atMs, pool, index, request }),
    end(atMs, step, ok = true) {
      ;(ok ? finish : abandon)(pool, begun.get(step.id)!)
      open.splice(open.indexOf(step), 1)
      return tell({ kind: 'stepEnded', atMs, pool, index, step: step.id, outcome: ok ? 'done' : 'failed', message: null })
    },
  }
}

/** Ticks once a minute from `fromMs` to `toMs` with the samples that `sampleAt` gives; steps end at the next minute. */
export function runMinutes(driven: Driven, fromMs: number, toMs: number, sampleAt: (atMs: number) => Sample | null): void {
  for (let atMs = fromMs; atMs < toMs; atMs += MINUTE) {
    for (const step of [...driven.open]) driven.end(atMs, step)
    const sample = sampleAt(atMs)
    driven.tick(atMs, sample ? [sample] : [])
  }
}
