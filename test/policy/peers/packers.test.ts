import { describe, expect, it } from 'vitest'
import { vmId } from '../../../src/model/ids.ts'
import { cloudstackCondensed } from '../../../src/policy/peers/cloudstackCondensed.ts'
import { draftOf, freeMemoryMib } from '../../../src/policy/peers/draft.ts'
import { evacuate } from '../../../src/policy/peers/evacuate.ts'
import { dpmLike } from '../../../src/policy/peers/dpmLike.ts'
import { hsqueeze } from '../../../src/policy/peers/hsqueeze.ts'
import { ovirtPowerSaving } from '../../../src/policy/peers/ovirt.ts'
import { xoDensity } from '../../../src/policy/peers/xenOrchestra.ts'
import { smallPool } from '../../support/pools.ts'
import { does, host, seenOf, viewOf } from './seen.ts'

const three = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h2' } })

describe('emptying a host on a draft', () => {
  it('leaves the draft as it was when one VM finds no place', () => {
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 9000 }, b: { on: 'h0' } })
    const draft = draftOf(seenOf(pool, { a: 1000, b: 500 }), 0)
    expect(evacuate(draft, 0, (vm) => (vm === 0 ? [1] : []))).toBeNull()
    expect([...draft.pool.vmHost.subarray(0, 2)]).toEqual([0, 0])
    expect([freeMemoryMib(draft, 1), draft.hostMhz[0], draft.hostMhz[1]]).toEqual([102_400, 1500, 0])
    expect(evacuate(draft, 0, () => [1])).toHaveLength(2)
  })
})

describe('dpm-like', () => {
  it('empties the least loaded host when the last 40 minutes of all are below 45 %, then powers it off', () => {
    const answer = dpmLike.decide(seenOf(three, { a: 4000, b: 3000, c: 1000 }))
    expect(answer.memory.emptying).toEqual([host(three, 'h2')])
    expect(does(three, dpmLike, seenOf(three, { a: 4000, b: 3000, c: 1000 }))).toEqual(['c>h1'])
    const emptied = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h1' } })
    expect(does(emptied, dpmLike, seenOf(emptied, { a: 4000, b: 3000, c: 1000 }, { memory: answer.memory }))).toEqual(['-h2'])
  })

  it('leaves hosts on while one is above 45 %, while less than 40 minutes are known, and the last two', () => {
    expect(does(three, dpmLike, seenOf(three, { a: 4600, b: 3000, c: 2500 }))).toEqual([])
    expect(does(three, dpmLike, viewOf(three, Array.from({ length: 20 }, () => ({ a: 1000, b: 1000, c: 1000 }))))).toEqual([])
    const two = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h1' } })
    expect(does(two, dpmLike, seenOf(two, { a: 100, b: 100 }))).toEqual([])
  })

  it('wakes a host when five minutes of one are above 81 %, but none that failed to wake', () => {
    const pool = smallPool({ h0: {}, h1: { power: 'off' }, h2: { power: 'off' } }, { a: { on: 'h0' } })
    expect(does(pool, dpmLike, seenOf(pool, { a: 8200 }))).toEqual(['+h1'])
    expect(does(pool, dpmLike, seenOf(pool, { a: 8200 }, { failedWakes: [1] }))).toEqual(['+h2'])
    expect(does(pool, dpmLike, seenOf(pool, { a: 8000 }))).toEqual([])
  })

  it('reads missing samples as no load', () => {
    expect(does(three, dpmLike, seenOf(three, { a: 3000, b: 3000 }))).toEqual(['c>h0'])
  })
})

describe('ovirt-power-saving', () => {
  it('moves one VM of the least used host below 20 % to the fullest that stays below 80 %', () => {
    expect(does(three, ovirtPowerSaving, seenOf(three, { a: 5000, b: 7500, c: 1000 }))).toEqual(['c>h0'])
    expect(does(three, ovirtPowerSaving, seenOf(three, { a: 5000, b: 6500, c: 1000 }))).toEqual(['c>h1'])
    expect(does(three, ovirtPowerSaving, seenOf(three, { a: 5000, b: 7500, c: 2000 }))).toEqual([])
  })

  it('powers one of several empty hosts off, keeps the last as a spare, and wakes none', () => {
    const pool = smallPool({ h0: {}, h1: {}, h2: {}, h3: { power: 'off' } }, { a: { on: 'h0' } })
    expect(does(pool, ovirtPowerSaving, seenOf(pool, { a: 5000 }))).toEqual(['-h1'])
    const spare = smallPool({ h0: {}, h1: {}, h2: { power: 'off' } }, { a: { on: 'h0' }, b: { on: 'h0' } })
    expect(does(spare, ovirtPowerSaving, seenOf(spare, { a: 7900, b: 2100 }))).toEqual(['a>h1'])
  })
})

describe('xo-density', () => {
  it('empties hosts onto the master first, and powers empty ones off, never the master', () => {
    expect(does(three, xoDensity, seenOf(three, { a: 500, b: 400, c: 300 }))).toEqual(['b>h0', 'c>h0'])
    const empty = smallPool({ h0: {}, h1: {} }, { a: { on: 'h1' } })
    expect(does(empty, xoDensity, seenOf(empty, { a: 500 }))).toEqual([])
    const emptied = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' } })
    expect(does(emptied, xoDensity, seenOf(emptied, { a: 500 }))).toEqual(['-h1'])
  })

  it('fills hosts up to the critical 90 %, and starts none again', () => {
    expect(does(three, xoDensity, seenOf(three, { a: 5000, b: 4500, c: 3900 }))).toEqual(['b>h2'])
    const full = smallPool({ h0: {}, h1: { power: 'off' } }, { a: { on: 'h0' }, b: { on: 'h0' } })
    expect(does(full, xoDensity, seenOf(full, { a: 5000, b: 5000 }))).toEqual([])
  })
})

describe('cloudstack-condensed', () => {
  it('packs by allocated memory until the imbalance is 0.4, whatever the CPUs do', () => {
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h1' }, d: { on: 'h1' } })
    // 2 and 2 VMs: imbalance 0; 3 and 1: 0.5.
    expect(does(pool, cloudstackCondensed, seenOf(pool, { a: 9000, b: 1000, c: 9000, d: 1000 }))).toEqual(['a>h1'])
    const packed = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h1' }, d: { on: 'h1' } })
    expect(does(packed, cloudstackCondensed, seenOf(packed, {}))).toEqual([])
  })

  it('does not see anti-affinity, nor that a host is in maintenance, but keeps to memory', () => {
    const pool = smallPool({ h0: {}, h1: { mode: 'maintenance' } }, { a: { on: 'h0' }, b: { on: 'h1' } }, [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }])
    expect(does(pool, cloudstackCondensed, seenOf(pool, {}))).toEqual(['a>h1'])
    const full = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 60_000 }, b: { on: 'h1', memoryMib: 60_000 } })
    expect(does(full, cloudstackCondensed, seenOf(full, {}))).toEqual([])
  })
})

describe('hsqueeze', () => {
  it('takes the node with fewest instances offline while each keeps room for two of them, never the master', () => {
    const pool = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h1' }, d: { on: 'h2' } })
    const answer = hsqueeze.decide(seenOf(pool, {}))
    expect(answer.memory.emptying).toEqual([host(pool, 'h2')])
    expect(does(pool, hsqueeze, seenOf(pool, {}))).toEqual(['d>h0'])
    const tight = smallPool({ h0: { memoryMib: 14_500 }, h1: { memoryMib: 14_500 } }, { a: { on: 'h0' }, b: { on: 'h1' } })
    expect(does(tight, hsqueeze, seenOf(tight, {}))).toEqual([])
  })

  it('brings back a node that it took offline when one lacks room for an instance', () => {
    const pool = smallPool({ h0: { memoryMib: 10_000 }, h1: { power: 'off' }, h2: { power: 'off' } }, { a: { on: 'h0' }, b: { on: 'h0' } })
    expect(does(pool, hsqueeze, seenOf(pool, {}, { poweredOff: [host(pool, 'h2')] }))).toEqual(['+h2'])
    expect(does(pool, hsqueeze, seenOf(pool, {}))).toEqual([])
  })
})
