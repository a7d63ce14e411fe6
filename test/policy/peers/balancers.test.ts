import { describe, expect, it } from 'vitest'
import { vmId } from '../../../src/model/ids.ts'
import { NO_PEER_MEMORY } from '../../../src/policy/peers/peer.ts'
import { drsLike } from '../../../src/policy/peers/drsLike.ts'
import { hbal } from '../../../src/policy/peers/hbal.ts'
import { ovirtEven } from '../../../src/policy/peers/ovirt.ts'
import { proxlbGreedy } from '../../../src/policy/peers/proxlbGreedy.ts'
import { pveCrs } from '../../../src/policy/peers/pveCrs.ts'
import { watcherStabilization } from '../../../src/policy/peers/watcherStabilization.ts'
import { xoPerformance } from '../../../src/policy/peers/xenOrchestra.ts'
import { MINUTE } from '../../support/parts.ts'
import { smallPool } from '../../support/pools.ts'
import { NOW, does, host, moved, seenOf, viewOf } from './seen.ts'

// Hosts have 10,000 MHz and 100 GiB; VMs 4 GiB.
const two = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h0' }, d: { on: 'h1' } })

describe('drs-like', () => {
  it('moves what lowers the deviation most, while it is above 0.2 / sqrt(hosts)', () => {
    // 60 % and 10 %: deviation 0.25, target 0.141; with b moved 40 % and 30 %: 0.05.
    expect(does(two, drsLike, seenOf(two, { a: 3500, b: 2000, c: 500, d: 1000 }))).toEqual(['b>h1'])
  })

  it('leaves a smaller imbalance alone', () => {
    // 40 % and 15 %: 0.125.
    expect(does(two, drsLike, seenOf(two, { a: 2000, b: 1500, c: 500, d: 1500 }))).toEqual([])
  })

  it('moves at most eight VMs off a host in one run', () => {
    const many = smallPool({ h0: {}, h1: {} }, Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`v${at}`, { on: 'h0', memoryMib: 1024 }])))
    expect(does(many, drsLike, seenOf(many, Object.fromEntries(many.pool.vms.map(({ id }) => [id, 200]))))).toHaveLength(8)
  })
})

describe('ovirt-even', () => {
  const three = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h1' }, d: { on: 'h2' } })

  it('moves one VM, the busiest that fits below 80 %, to the least used host below 64 %', () => {
    expect(does(three, ovirtEven, seenOf(three, { a: 6500, b: 2000, c: 3000, d: 1000 }))).toEqual(['a>h2'])
    // With a, h2 would be at 85 %.
    expect(does(three, ovirtEven, seenOf(three, { a: 6500, b: 2000, c: 3000, d: 2000 }))).toEqual(['b>h2'])
  })

  it('waits for two minutes above 80 %, and leaves hosts with a migration out', () => {
    const low = { a: 2000, b: 2000, c: 3000, d: 1000 }
    const high = { ...low, a: 6500 }
    expect(does(three, ovirtEven, viewOf(three, [low, low, high, high]))).toEqual([])
    expect(does(three, ovirtEven, viewOf(three, [low, high, high, high]))).toEqual(['a>h2'])
    const moving = smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h0', to: 'h1' }, d: { on: 'h2' } })
    expect(does(moving, ovirtEven, seenOf(moving, { a: 6500, b: 2000, c: 500, d: 1000 }))).toEqual([])
  })
})

describe('xo-performance', () => {
  it('relieves a host above 76.5 % until it is below 58.5 %, and lets a VM rest for 30 minutes', () => {
    const loads = { a: 4000, b: 3000, c: 2000, d: 500 }
    expect(does(two, xoPerformance, seenOf(two, loads))).toEqual(['a>h1'])
    expect(does(two, xoPerformance, seenOf(two, loads, { movedAtMs: moved(two, 'a', NOW - 29 * MINUTE) }))).toEqual(['b>h1', 'c>h1'])
    expect(does(two, xoPerformance, seenOf(two, { a: 3500, b: 3000, c: 1000, d: 500 }))).toEqual([])
  })

  it('weighs the last minute with 75 % and the last half hour with 25 %', () => {
    const rows = (last: number) => [...Array.from({ length: 30 }, () => ({ a: 2000, b: 500, c: 0, d: 0 })), { a: last, b: 500, c: 0, d: 0 }]
    // 0.75 x 8500 + 0.25 x about 2700, and 0.75 x 10000 + the same.
    expect(does(two, xoPerformance, viewOf(two, rows(8000)))).toEqual([])
    expect(does(two, xoPerformance, viewOf(two, rows(9500)))).toEqual(['b>h1', 'c>h1'])
  })

  it('starts all halted hosts, and takes a host in maintenance for a target', () => {
    const pool = smallPool({ h0: {}, h1: { power: 'off' }, h2: { mode: 'maintenance' } }, { a: { on: 'h0' }, b: { on: 'h0' } })
    expect(does(pool, xoPerformance, seenOf(pool, { a: 5000, b: 4000 }))).toEqual(['+h1', 'a>h2'])
  })
})

describe('pve-crs', () => {
  const uneven = seenOf(two, { a: 3000, b: 2000, c: 1000, d: 0 })
  const after = (rounds: number) => ({ ...uneven, memory: { ...NO_PEER_MEMORY, rounds } })

  it('acts in the third round above 0.3, by one migration', () => {
    expect([0, 1, 2].map((rounds) => does(two, pveCrs, after(rounds)).length)).toEqual([0, 0, 1])
    expect(pveCrs.decide(after(1)).memory.rounds).toBe(2)
  })

  it('waits while a motion is queued or running, and forgets its rounds when the pool is even', () => {
    expect(does(two, pveCrs, { ...after(2), busy: true })).toEqual([])
    expect(pveCrs.decide({ ...seenOf(two, { a: 1000, b: 100, c: 100, d: 1200 }), memory: { ...NO_PEER_MEMORY, rounds: 2 } }).memory.rounds).toBe(0)
  })

  it('sees an idle pool as uneven, since its measure is relative', () => {
    const idle = { ...seenOf(two, { a: 30, b: 20, c: 10, d: 0 }), memory: { ...NO_PEER_MEMORY, rounds: 2 } }
    expect(does(two, pveCrs, idle)).toHaveLength(1)
  })
})

describe('proxlb-greedy', () => {
  it('gives every guest in turn to the node with least memory in use, the idle ones too', () => {
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 30_000 }, b: { on: 'h0', memoryMib: 20_000 }, c: { on: 'h1', memoryMib: 10_000 } })
    // 49 % and 10 %: a goes, then h0 has 20 GB and h1 40 GB; b stays; c goes.
    expect(does(pool, proxlbGreedy, seenOf(pool, { a: 0, b: 0, c: 0 }))).toEqual(['a>h1', 'c>h0'])
  })

  it('does nothing within 10 percent points, however busy one node is', () => {
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0', memoryMib: 30_000 }, b: { on: 'h1', memoryMib: 22_000 } })
    expect(does(pool, proxlbGreedy, seenOf(pool, { a: 10_000, b: 0 }))).toEqual([])
  })
})

describe('hbal', () => {
  it('evens free memory, virtual CPUs and instances, and looks at no load', () => {
    const pool = smallPool({ h0: {}, h1: {} }, Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { on: 'h0', memoryMib: 10_000 }])))
    expect(does(pool, hbal, seenOf(pool, { a: 1, b: 1, c: 1, d: 1 }))).toHaveLength(2)
    const even = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h1' } })
    expect(does(even, hbal, seenOf(even, { a: 9900, b: 0 }))).toEqual([])
  })

  it('keeps what is to be kept apart apart', () => {
    const rule = { id: 'r', kind: 'apart' as const, vms: [vmId('a'), vmId('d')] }
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h0' }, d: { on: 'h1' } }, [rule])
    expect(does(pool, hbal, seenOf(pool, {}))).toEqual(['b>h1'])
  })
})

describe('watcher-stabilization', () => {
  it('moves VMs to a host by chance while the deviation of CPU or memory is above 0.2 and falls', () => {
    // 60 % and 0 %: deviation 0.3; the only other host is the chance host. After a it is 0.0.
    expect(does(two, watcherStabilization, seenOf(two, { a: 3000, b: 2000, c: 1000, d: 0 }))).toEqual(['a>h1'])
    expect(does(two, watcherStabilization, seenOf(two, { a: 2000, b: 1500, c: 0, d: 0 }))).toEqual([])
  })

  it('does not look at rules', () => {
    const pool = smallPool({ h0: {}, h1: {} }, { a: { on: 'h0' }, b: { on: 'h0' }, d: { on: 'h1' } }, [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('d')] }])
    expect(does(pool, watcherStabilization, seenOf(pool, { a: 3000, b: 3000, d: 0 }))).toEqual(['a>h1'])
    expect(host(pool, 'h1')).toBe(1)
  })
})
