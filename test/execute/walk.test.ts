import { describe, expect, it } from 'vitest'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { copyPool, draftOf } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'
import type { TransitionLimits } from '../../src/model/transition.ts'
import { NO_PROGRESS, type Progress, type Walked, endStep, startReady } from '../../src/execute/walk.ts'
import { type SmallPool, smallPool } from '../support/pools.ts'

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 8, poolBootsMax: 2, hostsOnMin: 1 }
const hosts = { h0: { memoryMib: 10_000 }, h1: { memoryMib: 10_000 }, h2: { memoryMib: 10_000 }, h3: { memoryMib: 10_000 } }
const base = (id: string, after: string[]) => ({ id: stepId(id), after: after.map(stepId), estimateMs: 0, reason: reason('test', 'test') })
const move = (id: string, vm: string, source: string, target: string, after: string[] = []): Step => ({ ...base(id, after), kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target) })
const powerOff = (id: string, host: string, after: string[] = []): Step => ({ ...base(id, after), kind: 'powerOff', host: hostId(host) })
const walk = ({ pool, index }: SmallPool, progress: Progress, limits: Partial<TransitionLimits> = {}, mustWait?: (step: Step) => boolean): Walked => startReady(copyPool(pool), index, progress, { ...LIMITS, ...limits }, 5, mustWait)
const ids = (steps: readonly { readonly id: string }[]): string[] => steps.map(({ id }) => id)
const waiting = (...steps: Step[]): Progress => ({ ...NO_PROGRESS, waiting: steps })

describe('the walk over a plan', () => {
  it('starts what is ready and keeps what comes after it', () => {
    const walked = walk(smallPool(hosts, { a: { on: 'h0' } }), waiting(move('s0', 'a', 'h0', 'h1'), powerOff('s1', 'h0', ['s0'])))
    expect(ids(walked.started)).toEqual(['s0'])
    expect(ids(walked.progress.waiting)).toEqual(['s1'])
    expect(walked.progress.running).toMatchObject([{ sinceMs: 5 }])
  })

  it('starts the next when its predecessor has ended well', () => {
    const first = walk(smallPool(hosts, { a: { on: 'h0' } }), waiting(move('s0', 'a', 'h0', 'h1'), powerOff('s1', 'h0', ['s0'])))
    const { progress, ended } = endStep(first.progress, stepId('s0'), true)
    expect(ended).toMatchObject({ sinceMs: 5, step: { id: 's0' } })
    expect(ids(walk(smallPool(hosts, { a: { on: 'h1' } }), progress).started)).toEqual(['s1'])
  })

  it('drops what comes after a step that was lost, and all that comes after that', () => {
    const first = walk(smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1' } }), waiting(move('s0', 'a', 'h0', 'h1'), powerOff('s1', 'h0', ['s0']), move('s2', 'b', 'h1', 'h2', ['s1']), move('s3', 'b', 'h1', 'h3')))
    const { progress } = endStep(first.progress, stepId('s0'), false)
    const second = walk(smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1' } }), progress)
    expect(second.dropped.map(({ step, refusal }) => [step.id, refusal.code])).toEqual([['s1', 'predecessorLost'], ['s2', 'predecessorLost']])
    expect(second.progress.waiting).toEqual([])
  })

  it('keeps a step that is refused for a while, and drops one that is stale', () => {
    const small = smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h2', memoryMib: 9000 }, d: { on: 'h1', memoryMib: 9000 } })
    const walked = walk(small, waiting(move('s0', 'a', 'h0', 'h3'), move('s1', 'b', 'h0', 'h2'), move('s2', 'c', 'h2', 'h1'), move('s3', 'd', 'h0', 'h1'), powerOff('s4', 'h1'), move('s5', 'gone', 'h0', 'h1')))
    expect(ids(walked.started)).toEqual(['s0'])
    expect(ids(walked.progress.waiting)).toEqual(['s1', 's2', 's4'])
    expect(walked.dropped.map(({ refusal }) => refusal.code)).toEqual(['vmElsewhere', 'unknownVm'])
  })

  it('counts what it has just started against the limits', () => {
    const small = smallPool(hosts, { a: { on: 'h0', memoryMib: 6000 }, b: { on: 'h1', memoryMib: 6000 }, c: { on: 'h2', memoryMib: 4000 } })
    const walked = walk(small, waiting(move('s0', 'a', 'h0', 'h3'), move('s1', 'b', 'h1', 'h3'), move('s2', 'c', 'h2', 'h3')), { hostIncomingMax: 2 })
    expect(ids(walked.started)).toEqual(['s0', 's2'])
  })

  it('drops what is stale and keeps what could begin when the pool runs as many migrations as it may', () => {
    const small = smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h2' } })
    const walked = walk(small, waiting(move('s0', 'a', 'h0', 'h3'), move('s1', 'b', 'h1', 'h2'), move('s2', 'c', 'h0', 'h1'), move('s3', 'c', 'h2', 'h1'), move('s4', 'gone', 'h0', 'h1'), powerOff('s5', 'h3', ['s1'])), { poolMigrationsMax: 1 })
    expect(ids(walked.started)).toEqual(['s0'])
    expect(ids(walked.progress.waiting)).toEqual(['s1', 's3', 's5'])
    expect(walked.dropped.map(({ step, refusal }) => [step.id, refusal.code])).toEqual([['s2', 'vmElsewhere'], ['s4', 'unknownVm']])
  })

  it('begins steps on a draft without a trace in the pool that it was drawn from', () => {
    const { pool, index } = smallPool({ ...hosts, h4: { memoryMib: 10_000, power: 'off' } }, { a: { on: 'h0' }, b: { on: 'h1' }, c: {} })
    const before = JSON.stringify(pool)
    const on: Step = { ...base('s1', []), kind: 'powerOn', host: hostId('h4') }
    const start: Step = { ...base('s2', []), kind: 'startVm', vm: vmId('c'), target: hostId('h2') }
    const stop: Step = { ...base('s3', []), kind: 'shutdownVm', vm: vmId('b'), source: hostId('h1') }
    const walked = startReady(draftOf(pool), index, waiting(move('s0', 'a', 'h0', 'h3'), on, start, stop), LIMITS, 5)
    expect(ids(walked.started)).toEqual(['s0', 's1', 's2', 's3'])
    expect(JSON.stringify(pool)).toBe(before)
  })

  it('leaves the pool that it was given a copy of as it is', () => {
    const small = smallPool(hosts, { a: { on: 'h0' } })
    const { revision } = small.pool
    walk(small, waiting(move('s0', 'a', 'h0', 'h1')))
    expect(small.pool.revision).toBe(revision)
  })

  it('holds back a step that must wait, and what comes after it', () => {
    const walked = walk(smallPool(hosts, { a: { on: 'h0' } }), waiting(move('s0', 'a', 'h0', 'h1'), powerOff('s1', 'h0', ['s0'])), {}, (step) => step.kind === 'migrate')
    expect(ids(walked.progress.waiting)).toEqual(['s0', 's1'])
    expect(walked.started).toEqual([])
  })

  it('knows no end of a step that does not run', () => {
    const progress = waiting(move('s0', 'a', 'h0', 'h1'))
    expect(endStep(progress, stepId('s0'), true)).toEqual({ progress, ended: null })
    expect(endStep(progress, stepId('s9'), false)).toEqual({ progress, ended: null })
  })
})
