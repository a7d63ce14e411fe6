import { describe, expect, it } from 'vitest'
import type { LearnedMigrations, MigrationSample } from '../../src/model/migrations.ts'
import { vmId } from '../../src/model/ids.ts'
import { learnMigrations } from '../../src/plan/learnMigrations.ts'
import { schedule } from '../../src/plan/schedule.ts'
import { expectedMigration } from '../../src/plan/timing.ts'
import { seededRng } from '../../sim/random.ts'
import { exampleLoad } from '../support/examplePlan.ts'
import { hostNamed, smallPool } from '../support/pools.ts'

/** Over a link of 100 MiB/s, 2 s besides; a VM that dirties nothing sends its memory once. */
const took = (vm: string, memoryMib: number, times = 1): MigrationSample => ({ vm: vmId(vm), memoryMib, dirtyMibPerS: 0, durationMs: times * (2000 + 10 * memoryMib), downtimeMs: 80, converged: true })
const small = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 4000, dirtyMibPerS: 0 }, slow: { on: 'h0', memoryMib: 4000, dirtyMibPerS: 0 } })
const expected = (vm: number, migrations: LearnedMigrations | null) => expectedMigration(small.pool, vm, hostNamed(small, 'h0'), hostNamed(small, 'h1'), { ...exampleLoad(small), ...(migrations === null ? {} : { migrations }) })

describe('what migrations took', () => {
  it('is not believed before there are enough, and not by those that never ended', () => {
    const samples = [400, 800, 1600, 3200].map((mib) => took('x', mib))
    expect(learnMigrations(samples, 5)).toBeNull()
    expect(learnMigrations([...samples, { ...took('x', 100), converged: false }], 5)).toBeNull()
    expect(learnMigrations([...samples, took('x', 6400)], 5)).not.toBeNull()
  })

  it('foretells what the next takes, of any size, over an unknown link', () => {
    const rng = seededRng(3, 'sizes')
    const learned = learnMigrations(Array.from({ length: 40 }, (_, at) => took(`v${at}`, 200 + Math.floor(8000 * rng.next()))), 5)!
    expect(learned.count).toBe(40)
    const truth = 2000 + 10 * 4000
    expect(Math.abs(expected(0, learned).durationMs - truth) / truth).toBeLessThan(0.05)
    expect(expected(0, learned).downtimeMs).toBe(80)
    // By sizes and links alone it would be a few seconds.
    expect(expected(0, null).durationMs).toBeLessThan(truth / 4)
  })

  it('counts for a VM of its own from its third migration on', () => {
    const others = Array.from({ length: 20 }, (_, at) => took(`v${at}`, 500 * (1 + (at % 8))))
    const ratio = (count: number): number => expected(1, learnMigrations([...others, ...Array.from({ length: count }, () => took('slow', 4000, 2))], 5)).durationMs / expected(0, learnMigrations(others, 5)).durationMs
    expect(ratio(2)).toBeCloseTo(1, 1)
    expect(ratio(3)).toBeGreaterThan(1.8)
    expect(ratio(3)).toBeLessThan(2.2)
  })

  it('forgets what a VM took long ago', () => {
    const others = Array.from({ length: 20 }, (_, at) => took(`v${at}`, 500 * (1 + (at % 8))))
    const learned = learnMigrations([...others, ...Array.from({ length: 20 }, () => took('slow', 4000, 3)), ...Array.from({ length: 8 }, () => took('slow', 4000))], 5)!
    expect(learned.vms.get(vmId('slow'))!.timeRatio).toBeLessThan(1.3)
  })

  it('says nothing of the rate where all were of one size: what is larger is not reckoned in proportion', () => {
    const learned = learnMigrations(Array.from({ length: 12 }, (_, at) => ({ ...took(`v${at}`, 16), durationMs: 1400 })), 5)!
    expect(learned.overheadMs).toBeGreaterThan(1300)
    expect(expected(0, learned).durationMs).toBeLessThan(1400 + 4500)
  })

  it('tells how often a VM must be tried', () => {
    const others = Array.from({ length: 8 }, (_, at) => took(`v${at}`, 500 * (1 + at)))
    const learned = learnMigrations([...others, ...Array.from({ length: 3 }, () => ({ ...took('slow', 4000), converged: false })), took('slow', 4000)], 5)!
    expect(learned.vms.get(vmId('slow'))!.triesPerMove).toBe(4)
  })
})

describe('a schedule with times besides sending', () => {
  const jobs = (besides: readonly number[]) => ({
    count: 2, source: Int32Array.of(0, 0), target: Int32Array.of(1, 2), memoryMib: Float64Array.of(100, 100), dirtyMibPerS: new Float64Array(2), durationMs: new Float64Array(2), boots: new Uint8Array(2), after: [[], []], besidesMs: Float64Array.from(besides),
  })
  const lanes = (outgoing: number) => ({ hostIncomingMax: 1, hostOutgoingMax: outgoing, poolMigrationsMax: null, poolBootsMax: null, linkMibPerS: new Float64Array(3).fill(100), streamMibPerS: 100, downtimeMaxMs: 1, roundsMax: 30 })
  it('keeps the lane until the migration is over', () => {
    expect(schedule(jobs([0, 0]), lanes(1)).makespanMs).toBe(2000)
    expect(schedule(jobs([500, 700]), lanes(1)).makespanMs).toBe(3200)
  })
  it('leaves the link to others meanwhile', () => {
    // Both share the link for 2 s, then nothing is sent.
    expect(schedule(jobs([500, 700]), lanes(2)).makespanMs).toBe(2700)
  })
})
