import { describe, expect, it } from 'vitest'
import { limitsOf } from '../../../src/control/conclude.ts'
import { inputLine, inputsOf } from '../../../src/control/inputRecord.ts'
import { type Decision, decisionOf, replayInputs } from '../../../src/control/replay.ts'
import { type ControllerConfig, initialState } from '../../../src/control/state.ts'
import { type Controlling, type Surroundings, controlPool } from '../../../src/drivers/live/controlLoop.ts'
import type { Step } from '../../../src/model/plan.ts'
import { MODE, copyPool } from '../../../src/model/pool.ts'
import type { PolicySettings } from '../../../src/model/policy.ts'
import { type Begun, begin, finish } from '../../../src/model/transition.ts'
import { greedySolver } from '../../../src/optimize/greedy.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, makePolicy } from '../../support/parts.ts'
import { type SmallPool, sampleOf, smallPool } from '../../support/pools.ts'

const CONFIG: ControllerConfig = { fallback: greedySolver, startUnixMs: MONDAY_UNIX_MS, memoryEnforced: true, baseline: null }
const STEP_MS = 20_000

interface Played {
  readonly small: SmallPool
  readonly started: readonly Step[]
  readonly lines: readonly string[]
  readonly decisions: readonly Decision[]
  readonly failures: readonly unknown[]
  readonly nowMs: number
}

interface Trouble {
  /** Looks that fail, by number. */
  readonly blind?: (look: number) => boolean
  readonly solver?: 'none' | 'broken'
}

/** A pool under a clock of the test's own: waiting is what lets time pass, and steps end meanwhile. */
async function play(small: SmallPool, policy: PolicySettings, usedMhz: Record<string, number>, durationMs: number, trouble: Trouble = {}, meanwhile: (loop: Controlling, nowMs: number) => void = () => undefined): Promise<Played> {
  const { pool, index } = small
  const started: Step[] = []
  const lines: string[] = []
  const decisions: Decision[] = []
  const failures: unknown[] = []
  const ends: { readonly atMs: number; readonly step: Step; readonly begun: Begun }[] = []
  let nowMs = 0
  let looks = 0
  let state = initialState(policy)
  const around: Surroundings = {
    observe() {
      if (trouble.blind?.(looks++) === true) return Promise.reject(new Error('nobody answers'))
      return Promise.resolve({ pool: copyPool(pool), samples: [sampleOf(small, nowMs, usedMhz)] })
    },
    start(step) {
      const begun = begin(pool, index, step, limitsOf(state, CONFIG, pool))
      if (!begun.ok) throw new Error(begun.refusal.message)
      started.push(step)
      ends.push({ atMs: nowMs + STEP_MS, step, begun: begun.value })
    },
    mode: (host, mode) => void (pool.hostMode[index.hosts.get(host)!] = MODE[mode]),
    solve: (packing, limits) => (trouble.solver === 'broken' ? Promise.reject(new Error('the thread died')) : Promise.resolve(trouble.solver === 'none' ? null : greedySolver.solve(packing, limits, () => false))),
    nowMs: () => nowMs,
    async wait(waitMs, until) {
      const letter = { arrived: false }
      void until.then(() => (letter.arrived = true))
      await new Promise((resolve) => setImmediate(resolve))
      if (letter.arrived) return
      const end = ends[0]
      nowMs = Math.min(nowMs + waitMs, end?.atMs ?? Infinity)
      meanwhile(loop, nowMs)
      if (end !== undefined && end.atMs <= nowMs) {
        ends.shift()
        finish(pool, end.begun)
        loop.ended(end.step.id, 'done', null)
      }
      if (nowMs >= durationMs) loop.stop()
    },
    turned(input, outputs, after) {
      state = after
      lines.push(inputLine(input, null))
      decisions.push(decisionOf(input.atMs, outputs))
    },
    failed: (error) => void failures.push(error),
  }
  const loop = controlPool(CONFIG, state, { tickMs: 30_000 }, around)
  await loop.over
  return { small, started, lines, decisions, failures, nowMs }
}

const EVEN = makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.3 } })
const loaded = (): SmallPool => smallPool({ h0: {}, h1: {}, h2: {} }, Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`v${number}`, { on: 'h0' }])))
const BUSY = Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`v${number}`, 1500]))

describe('the loop around the controller', () => {
  it('relieves a loaded host and then is quiet, as in simulation', async () => {
    const { started, small } = await play(loaded(), EVEN, BUSY, 2 * HOUR)
    expect(started.length).toBeGreaterThan(1)
    expect(started.every(({ kind, reason }) => kind === 'migrate' && reason.code === 'relieve')).toBe(true)
    expect(new Set(small.pool.vmHost.slice(0, 6)).size).toBeGreaterThan(1)
  })

  it('writes down what reaches the controller: turned again, it decides the same', async () => {
    const { lines, decisions } = await play(loaded(), EVEN, BUSY, HOUR)
    expect([...replayInputs(CONFIG, initialState(EVEN), inputsOf(lines, 'live'))]).toEqual(decisions)
    expect(decisions.flatMap(({ plans }) => plans).length).toBeGreaterThan(0)
  })

  it('does nothing while the pool can’t be seen, and goes on when it can', async () => {
    const blind = await play(loaded(), EVEN, BUSY, HOUR, { blind: () => true })
    expect([blind.started, blind.lines, blind.nowMs]).toEqual([[], [], expect.any(Number)])
    expect(blind.failures.length).toBeGreaterThan(10)
    const lately = await play(loaded(), EVEN, BUSY, 2 * HOUR, { blind: (look) => look < 20 })
    expect(lately.started.length).toBeGreaterThan(1)
  })

  it.each(['none', 'broken'] as const)('decides with the quick solver when the other gives no answer: %s', async (solver) => {
    const { started, failures } = await play(loaded(), EVEN, BUSY, HOUR, { solver })
    expect(started.length).toBeGreaterThan(1)
    expect(failures.length > 0).toBe(solver === 'broken')
  })

  it('hears people between two ticks', async () => {
    let asked = false
    const { small, started } = await play(loaded(), makePolicy(), BUSY, HOUR, {}, (loop) => {
      if (!asked) loop.request({ kind: 'maintenanceEnter', host: loaded().pool.hosts[0]!.id, method: null })
      asked = true
    })
    expect(started.length).toBe(6)
    expect(small.pool.hostMode[0]).toBe(MODE.maintenance)
    expect([...small.pool.vmHost.slice(0, 6)]).not.toContain(0)
  })

  it('turns nothing after it was stopped', async () => {
    const { nowMs } = await play(loaded(), EVEN, BUSY, MINUTE)
    expect(nowMs).toBeLessThan(2 * MINUTE)
  })
})
