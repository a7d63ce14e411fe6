import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandwidthMs, boundMs, makespanBound } from '../../src/plan/bound.ts'
import type { Jobs, Lanes } from '../../src/plan/jobs.ts'
import { precopy } from '../../src/plan/precopy.ts'
import { schedule, scheduleBy } from '../../src/plan/schedule.ts'
import { trials } from '../support/parts.ts'

const LANES: Lanes = { hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 2, poolBootsMax: 1, linkMibPerS: new Float64Array(4).fill(100), streamMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 }

interface Job {
  readonly source: number
  readonly target: number
  readonly memoryMib: number
  readonly after?: readonly number[]
  readonly dirty?: number
}

const jobsFrom = (list: readonly Job[]): Jobs => ({
  count: list.length, source: Int32Array.from(list, ({ source }) => source), target: Int32Array.from(list, ({ target }) => target), memoryMib: Float64Array.from(list, ({ memoryMib }) => memoryMib),
  dirtyMibPerS: Float64Array.from(list, ({ dirty = 0 }) => dirty), durationMs: new Float64Array(list.length), boots: new Uint8Array(list.length), after: list.map(({ after = [] }) => after),
})

const job = fc.record({ source: fc.nat({ max: 3 }), target: fc.nat({ max: 3 }), memoryMib: fc.integer({ min: 1, max: 9 }).map((units) => units * 100), mask: fc.nat({ max: 31 }) })
const jobList = fc.array(job, { minLength: 1, maxLength: 5 }).map((list): Job[] => list.filter(({ source, target }) => source !== target).map(({ mask, ...one }, number) => ({ ...one, after: Array.from({ length: number }, (_, before) => before).filter((before) => mask === (1 << before)) })))

/** Least makespan of jobs that never share a link (lanes of one each way on hosts that only send or only receive), over every order of starting. */
function bestByTrying(list: readonly Job[], lanes: Lanes): number {
  const lengthMs = list.map(({ memoryMib }) => (memoryMib / 100) * 1000)
  let best = Infinity
  const explore = (endMs: (number | null)[], beginMs: (number | null)[], nowMs: number): void => {
    const running = list.flatMap((_, number) => (beginMs[number] !== null && endMs[number]! > nowMs ? [number] : []))
    if (beginMs.every((begin) => begin !== null)) best = Math.min(best, Math.max(...endMs.map((end) => end!)))
    for (const [number, { source, target, after = [] }] of list.entries()) {
      if (beginMs[number] !== null || after.some((before) => endMs[before] === null || endMs[before]! > nowMs)) continue
      if (running.length >= lanes.poolMigrationsMax! || running.some((other) => list[other]!.source === source || list[other]!.target === target)) continue
      explore(endMs.with(number, nowMs + lengthMs[number]!), beginMs.with(number, nowMs), nowMs)
    }
    const next = Math.min(...running.map((number) => endMs[number]!))
    if (running.length > 0) explore(endMs, beginMs, next)
  }
  explore(list.map(() => null), list.map(() => null), 0)
  return best
}

describe('the schedule of a plan', () => {
  it('never ends before its bound, keeps every lane and order, and of small plans none is more than a third longer than the best', () => {
    let optimal = 0
    let tried = 0
    fc.assert(fc.property(jobList, (drawn) => {
      // Hosts 0 and 1 send, 2 and 3 receive: links are then never shared, and the oracle needs no rates.
      const list = drawn.map((one) => ({ ...one, source: one.source & 1, target: 2 | (one.target & 1) }))
      if (list.length === 0) return
      const jobs = jobsFrom(list)
      const found = schedule(jobs, LANES)
      const best = bestByTrying(list, LANES)
      expect(found.makespanMs).toBeGreaterThanOrEqual(best)
      expect(found.makespanMs).toBeLessThanOrEqual(best * (4 / 3))
      expect(Math.floor(boundMs(makespanBound(jobs, LANES)))).toBeLessThanOrEqual(best)
      tried++
      if (found.makespanMs === best) optimal++
      expectKept(list, found)
    }), trials(300))
    expect(optimal / tried).toBeGreaterThan(0.9)
  })

  it('of any plan starts everything, keeps lanes and order, and never ends before its bound, whatever VMs dirty', () => {
    const many = fc.array(fc.tuple(job, fc.nat({ max: 60 })), { minLength: 1, maxLength: 25 })
    fc.assert(fc.property(many, fc.constantFrom<Partial<Lanes>>({}, { hostIncomingMax: 2, hostOutgoingMax: 2, poolMigrationsMax: 5 }, { hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null }), (drawn, more) => {
      const list = drawn.filter(([{ source, target }]) => source !== target).map(([{ mask, ...one }, dirty], number) => ({ ...one, dirty, after: Array.from({ length: number }, (_, before) => before).filter((before) => mask === (1 << before % 5)) }))
      const lanes = { ...LANES, ...more }
      const jobs = jobsFrom(list)
      for (const priority of ['mostLeft', 'longestChain', 'inOrder'] as const) {
        const found = scheduleBy(jobs, lanes, priority)
        expectKept(list, found, lanes)
        expect(found.makespanMs).toBeGreaterThanOrEqual(Math.floor(boundMs(makespanBound(jobs, lanes)) - 1e-6))
        list.forEach((_, number) => expect(found.endMs[number]!).toBeGreaterThan(0))
      }
    }), trials(200))
  })

  it('gives a migration alone the time of pre-copy, and two that share a link half of it each', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 90 }), (memoryMib, dirty) => {
      const alone = precopy({ memoryMib, dirtyMibPerS: dirty, linkMibPerS: 100, downtimeMaxMs: 300, roundsMax: 30 })
      expect(scheduleBy(jobsFrom([{ source: 0, target: 1, memoryMib, dirty }]), LANES, 'inOrder').makespanMs).toBe(Math.ceil(alone.durationMs - 1e-6))
    }), trials(300))
    const open = { ...LANES, hostOutgoingMax: null, poolMigrationsMax: null }
    expect(schedule(jobsFrom([{ source: 0, target: 1, memoryMib: 1000 }, { source: 0, target: 2, memoryMib: 1000 }]), open)).toMatchObject({ makespanMs: 20_000, sentMib: 2000 })
    // 500 MiB by 10 s, then the other alone: 1000 + 500 at 100 MiB/s.
    expect(Array.from(schedule(jobsFrom([{ source: 0, target: 1, memoryMib: 500 }, { source: 0, target: 2, memoryMib: 1000 }]), open).endMs)).toEqual([10_000, 15_000])
  })

  it('begins what has the longest chain behind it first', () => {
    const lanes = { ...LANES, poolMigrationsMax: 1 }
    const list = [{ source: 0, target: 2, memoryMib: 100 }, { source: 1, target: 3, memoryMib: 100 }, { source: 1, target: 3, memoryMib: 800, after: [1] }]
    expect(Array.from(scheduleBy(jobsFrom(list), lanes, 'longestChain').beginMs)).toEqual([9000, 0, 1000])
  })

  it('is bounded by the busiest host, the pool and the longest chain', () => {
    const list = [{ source: 0, target: 1, memoryMib: 1000 }, { source: 0, target: 2, memoryMib: 1000 }, { source: 3, target: 2, memoryMib: 500, after: [1] }]
    const bound = makespanBound(jobsFrom(list), LANES)
    expect(bound).toEqual({ hostMs: 20_000, poolMs: 12_500, chainMs: 15_000, bootMs: 0 })
    expect([bandwidthMs(bound), boundMs(bound)]).toEqual([20_000, 20_000])
  })
})

/** At no instant more than lanes allow; nothing before what it waits for. */
function expectKept(list: readonly Job[], { beginMs, endMs }: { readonly beginMs: Float64Array; readonly endMs: Float64Array }, lanes: Lanes = LANES): void {
  list.forEach(({ after = [] }, number) => {
    for (const before of after) expect(beginMs[number]!).toBeGreaterThanOrEqual(endMs[before]!)
    // Just after this one begins: those that have begun and not ended (times are rounded up to ms).
    const beside = list.filter((_, other) => beginMs[other]! <= beginMs[number]! && endMs[other]! > beginMs[number]! + 1)
    const { source, target } = list[number]!
    expect(beside.length).toBeLessThanOrEqual(lanes.poolMigrationsMax ?? Infinity)
    expect(beside.filter((other) => other.source === source).length).toBeLessThanOrEqual(lanes.hostOutgoingMax ?? Infinity)
    expect(beside.filter((other) => other.target === target).length).toBeLessThanOrEqual(lanes.hostIncomingMax ?? Infinity)
  })
}
