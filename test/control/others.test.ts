import { describe, expect, it } from 'vitest'
import { NO_OTHERS, followOthers, standsAside } from '../../src/control/others.ts'
import { NO_PROGRESS } from '../../src/execute/walk.ts'
import { MINUTE, makePolicy } from '../support/parts.ts'
import { smallPool } from '../support/pools.ts'

const policy = makePolicy()
const known = (others = NO_OTHERS, movedAtMs = new Float64Array(4).fill(NaN)) => ({ others, movedAtMs, progress: NO_PROGRESS, policy })
const small = () => smallPool({ a: {}, b: {} }, { v: { on: 'a' }, w: { on: 'a' }, x: { on: 'a' } })

describe('what others do', () => {
  it('is noticed: a VM that moved without a step of ours was moved by somebody else, and that is remembered', () => {
    const { pool } = small()
    const before = followOthers(known(), pool, MINUTE)
    pool.vmHost[0] = 1
    const seen = followOthers(known(before), pool, 2 * MINUTE)
    expect(seen.moves.map(({ vm, atMs }) => [vm, atMs])).toEqual([[0, 2 * MINUTE]])
    expect(followOthers(known(seen), pool, 31 * MINUTE).moves).toHaveLength(1)
  })

  it('is not what a step of ours did', () => {
    const { pool } = small()
    const before = followOthers(known(), pool, MINUTE)
    pool.vmHost[0] = 1
    expect(followOthers(known(before, Float64Array.of(90_000, NaN, NaN)), pool, 2 * MINUTE).moves).toEqual([])
  })

  it('is stood aside for: three moves, or a host that does not answer, for so long at most', () => {
    const { pool } = small()
    const before = followOthers(known(), pool, MINUTE)
    pool.vmHost.fill(1, 0, 2)
    const two = followOthers(known(before), pool, 2 * MINUTE)
    expect(standsAside(two, policy, 2 * MINUTE)).toBeNull()
    pool.vmHost[2] = 1
    expect(standsAside(followOthers(known(two), pool, 3 * MINUTE), policy, 3 * MINUTE)?.code).toBe('otherBalancer')
    const silent = small().pool
    silent.hostReachable[1] = 0
    const busy = followOthers(known(), silent, MINUTE)
    expect(standsAside(busy, policy, 30 * MINUTE)?.code).toBe('standsAside')
    expect(standsAside(busy, policy, 31 * MINUTE)).toBeNull()
  })
})
