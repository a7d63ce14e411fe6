import { describe, expect, it } from 'vitest'
import { simulate } from '../../sim/run.ts'
import type { Output } from '../../src/control/messages.ts'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { RunEvent } from '../../src/model/run.ts'
import { NOWHERE, POWER, VM } from '../../src/model/pool.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import type { Packed } from '../../src/optimize/packing.ts'
import { type Asked, type Driven, drive } from '../support/controller.ts'
import { HOUR, MINUTE, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from '../support/parts.ts'
import { hostNumber, sampleOf, smallPool, vmNumber } from '../support/pools.ts'

const SECOND = 1000
const DEADLINE = 20 * SECOND
/** When the first placement is asked for. */
const ASKED = 5 * MINUTE

/** h0 is loaded by six VMs and asks for relief; the test answers. */
function asking(): Driven & { readonly first: Asked } {
  const small = smallPool({ h0: {}, h1: {}, h2: {} }, Object.fromEntries(Array.from({ length: 6 }, (_, number) => [`v${number}`, { on: 'h0' }])))
  const driven = drive(small, makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.3 }, availability: { foreignBackOffMs: 0 } }), 'byHand')
  for (let atMs = MINUTE; atMs <= ASKED; atMs += MINUTE) driven.tick(atMs, [sampleOf(small, atMs, Object.fromEntries(small.pool.vms.map(({ id }) => [id, 1500])))])
  expect(driven.asked).toHaveLength(1)
  return Object.assign(Object.create(driven) as Driven, { first: driven.asked[0]! })
}

const greedy = ({ packing, limits }: Asked): Packed => greedySolver.solve(packing, limits, () => false)
const codes = (outputs: readonly Output[]): string[] => outputs.flatMap((output) => (output.kind === 'record' && 'reason' in output.event ? [output.event.reason.code] : []))
const kinds = (outputs: readonly Output[]): string[] => outputs.map(({ kind }) => kind).filter((kind) => kind !== 'record')

/** Puts a VM on another host behind the controller's back, as an administrator may. */
function carry({ small }: Driven, name: string, host: string): void {
  const vm = vmNumber(small, name)
  small.pool.vmHost[vm] = hostNumber(small, host)
  small.pool.revision++
}

describe('a placement that is asked for', () => {
  it('starts nothing until it is answered, and then what the answer says', () => {
    const driven = asking()
    expect(driven.started).toEqual([])
    const moves = greedy(driven.first).moves.length
    expect(moves).toBeGreaterThan(1)
    driven.answer(ASKED + 3 * SECOND, driven.first)
    expect(driven.started).toHaveLength(1)
    expect(driven.state().progress.waiting).toHaveLength(moves - 1)
  })

  it('carries its deadline', () => {
    expect(asking().first.deadlineMs).toBe(ASKED + DEADLINE)
  })

  it('is the only one: no tick before the deadline asks again', () => {
    const driven = asking()
    for (let atMs = ASKED + SECOND; atMs < ASKED + DEADLINE; atMs += SECOND) expect(kinds(driven.tick(atMs))).toEqual([])
  })

  it('holds up no step: when one ends, the next that waits is started', () => {
    const driven = asking()
    driven.answer(ASKED, driven.first)
    driven.tick(ASKED + MINUTE)
    expect(driven.asked).toHaveLength(1)
    driven.end(ASKED + MINUTE + SECOND, driven.open[0]!)
    expect(driven.started).toHaveLength(2)
  })

  it('holds up no operator', () => {
    const driven = asking()
    driven.request(ASKED + SECOND, { kind: 'migrate', vm: vmId('v5'), target: hostId('h2') })
    expect(driven.started.map(({ reason }) => reason.code)).toEqual(['operator'])
  })

  it('is followed by the decision that came due meanwhile, at once', () => {
    const driven = asking()
    driven.request(ASKED + SECOND, { kind: 'place', vm: vmId('v0') })
    expect(kinds(driven.tick(ASKED + SECOND))).toEqual([])
    expect(driven.answer(ASKED + 2 * SECOND, driven.first).at(-1)).toEqual({ kind: 'wakeAt', atMs: ASKED + 2 * SECOND })
    driven.tick(ASKED + 2 * SECOND)
    expect(driven.asked).toHaveLength(1)
  })
})

describe('an answer', () => {
  it('that does not come is not waited for: at the deadline the greedy one is taken, and it is said', () => {
    const driven = asking()
    const outputs = driven.tick(ASKED + DEADLINE)
    expect(codes(outputs)[0]).toBe('solveLate')
    expect(driven.started).toHaveLength(1)
    expect(driven.state().solving).toBeNull()
  })

  it('that comes after that is dropped, and it is said', () => {
    const driven = asking()
    driven.tick(ASKED + DEADLINE)
    const outputs = driven.answer(ASKED + DEADLINE + SECOND, driven.first)
    expect(codes(outputs)).toEqual(['solveClosed'])
    expect(driven.started).toHaveLength(1)
  })

  it('that comes late, but before anything else has decided, is used', () => {
    const driven = asking()
    driven.answer(ASKED + DEADLINE + SECOND, driven.first)
    expect(driven.started).toHaveLength(1)
  })

  it('that comes twice is used once', () => {
    const driven = asking()
    driven.answer(ASKED, driven.first)
    const waiting = driven.state().progress.waiting.length
    expect(codes(driven.answer(ASKED, driven.first))).toEqual(['solveClosed'])
    expect([driven.started.length, driven.state().progress.waiting.length]).toEqual([1, waiting])
  })

  it('to a question that was never asked is dropped', () => {
    const driven = asking()
    expect(codes(driven.answer(ASKED, { ...driven.first, id: 'solve-99' }))).toEqual(['solveClosed'])
    expect(driven.state().solving?.id).toBe(driven.first.id)
  })

  it('that the pool has overtaken is dropped, and the question asked anew', () => {
    const driven = asking()
    const answer = greedy(driven.first)
    carry(driven, 'v5', 'h1')
    const outputs = driven.answer(ASKED + SECOND, driven.first, answer)
    expect(codes(outputs)).toEqual(['solveStale'])
    expect(driven.started).toEqual([])
    expect(driven.asked.map(({ id }) => id)).toEqual(['solve-1'])
    driven.answer(ASKED + 2 * SECOND, driven.asked[0]!)
    expect(driven.started).toHaveLength(1)
  })

  it('that the pool keeps overtaking gives way to the greedy one after the third', () => {
    const driven = asking()
    for (const [round, host] of ['h1', 'h2'].entries()) {
      const [open] = driven.asked
      const answer = greedy(open!)
      carry(driven, 'v5', host)
      driven.answer(ASKED + round * SECOND, open!, answer)
    }
    expect(driven.started).toEqual([])
    const [open] = driven.asked
    carry(driven, 'v5', 'h1')
    expect(codes(driven.answer(ASKED + 3 * SECOND, open!))[0]).toBe('solveOvertaken')
    expect(driven.started).toHaveLength(1)
    expect(driven.asked).toEqual([])
  })

  it('to a host that serves no more is dropped', () => {
    const driven = asking()
    const answer = greedy(driven.first)
    driven.small.pool.hostPower[answer.moves[0]!.target] = POWER.failed
    expect(codes(driven.answer(ASKED + SECOND, driven.first, answer))).toEqual(['solveStale'])
    expect(driven.started).toEqual([])
  })

  it('is used though a VM left the pool, or is where the answer wants it', () => {
    const driven = asking()
    const answer = greedy(driven.first)
    const { pool } = driven.small
    const [gone, there, ...rest] = answer.moves.map(({ item }) => driven.first.packing.itemCount > item ? item : -1)
    pool.vmState[gone!] = VM.gone
    pool.vmHost[gone!] = NOWHERE
    pool.vmHost[there!] = answer.assignment[there!]!
    const outputs = driven.answer(ASKED + SECOND, driven.first, answer)
    expect(outputs.flatMap((output) => (output.kind === 'record' && output.event.kind === 'plan' ? output.event.unmet : []))).toEqual([])
    const moved = [...driven.started, ...driven.state().progress.waiting].map((step) => ('vm' in step ? step.vm : ''))
    expect(rest).toHaveLength(2)
    expect(moved.sort()).toEqual(rest.map((item) => pool.vms[item]!.id).sort())
  })

  it('is dropped when wishes change: maintenance is asked for anew, and the old answer moves nothing', () => {
    const driven = asking()
    expect(codes(driven.request(ASKED + SECOND, { kind: 'maintenanceEnter', host: hostId('h1'), method: null }))).toContain('solveDropped')
    driven.tick(ASKED + SECOND)
    const [, second] = driven.asked
    expect(second!.id).not.toBe(driven.first.id)
    expect([...second!.packing.receives]).toEqual([1, 0, 1])
    expect(codes(driven.answer(ASKED + 2 * SECOND, driven.first))).toEqual(['solveClosed'])
    expect(driven.started).toEqual([])
    driven.answer(ASKED + 2 * SECOND, second!)
    expect(driven.started.every((step) => !('target' in step) || step.target !== 'h1')).toBe(true)
  })

  it('that was given up leaves waiting VMs to be looked at again', () => {
    const small = smallPool({ h0: {} }, { a: {} })
    const driven = drive(small, makePolicy(), 'byHand')
    driven.tick(MINUTE)
    expect(driven.asked).toHaveLength(1)
    driven.tick(MINUTE + DEADLINE)
    expect(driven.started.map(({ kind }) => kind)).toEqual(['startVm'])
  })
})

describe('in simulation the optimizer takes its time', () => {
  const run = (solveDelayMs: number) => {
    const vms = Array.from({ length: 6 }, (_, number) => workloadVm(makeVm(`v${number}`), 'h0', { cpuColumn: 0 }))
    const hosts = ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name)))
    return makeRun({ hosts, durationMs: HOUR, solveDelayMs, policy: makePolicy({ evenDistribution: { enabled: true } }), workload: { vms, cpu: loadOf(HOUR, [[0.75]]), memory: null, network: null, disk: null } })
  }
  const of = (delayMs: number, kind: RunEvent['kind']): readonly RunEvent[] => simulate(run(delayMs)).events.filter((event) => event.kind === kind)
  const plainly = (event: RunEvent): object => ({ ...event, atMs: 0 })

  it('so that plans come by so much later, and are otherwise the same', () => {
    const [now, later] = [of(0, 'plan'), of(7000, 'plan')]
    expect(now.length).toBeGreaterThan(0)
    expect(later[0]!.atMs).toBe(now[0]!.atMs + 7000)
    expect(plainly(later[0]!)).toEqual(plainly(now[0]!))
  })

  it('and when it takes longer than the deadline, the plan comes at the deadline, and the answer is dropped', () => {
    const [now, later] = [of(0, 'plan'), of(25_000, 'plan')]
    expect(later[0]!.atMs).toBe(now[0]!.atMs + DEADLINE)
    const said = of(25_000, 'note').flatMap((event) => (event.kind === 'note' && event.goal === 'optimizer' ? [event.reason.code] : []))
    expect(said.slice(0, 2)).toEqual(['solveLate', 'solveClosed'])
  })
})
