import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concentratedShares, evenShares, levelShares, sharesSearch } from '../../../sim/whatif/shares.ts'

const caps = fc.array(fc.nat(4), { minLength: 1, maxLength: 4 })
const total = (shares: readonly number[]): number => shares.reduce((sum, share) => sum + share, 0)

describe('spreading new VMs over hosts', () => {
  it('spreads all of them, none beyond what a host can take', () => {
    fc.assert(fc.property(caps, fc.double({ min: 0, max: 1, noNaN: true }), fc.array(fc.double({ min: 0, max: 1.2, noNaN: true }), { minLength: 4, maxLength: 4 }), (room, part, level) => {
      const count = Math.floor(total(room) * part)
      for (const shares of [evenShares(room, count), levelShares(room, level, count), concentratedShares(room, room.map(() => 0), count)]) {
        expect(total(shares)).toBe(count)
        shares.forEach((share, host) => expect(share).toBeLessThanOrEqual(room[host]!))
      }
    }))
  })

  it('finds the most that some way of spreading survives, as trying each does', () => {
    // What survives: any spread below one of a few ceilings, so that taking a VM away never breaks anything.
    const ceilings = (hosts: number): fc.Arbitrary<number[][]> => fc.array(fc.array(fc.nat(4), { minLength: hosts, maxLength: hosts }), { minLength: 1, maxLength: 3 })
    fc.assert(fc.property(caps.chain((room) => fc.tuple(fc.constant(room), ceilings(room.length))), ([room, tops]) => {
      const survives = (shares: readonly number[]): boolean => tops.some((top) => shares.every((share, host) => share <= top[host]!))
      const most = Math.max(...tops.map((top) => total(top.map((ceiling, host) => Math.min(ceiling, room[host]!)))))
      expect(sharesSearch(room, 0, total(room), survives, { left: 1e9 })).toEqual({ atLeast: most, atMost: most, proven: true })
    }))
  })

  it('claims no more than it has searched when its effort runs out', () => {
    const room = [9, 9, 9, 9, 9, 9]
    expect(sharesSearch(room, 2, 54, (shares) => total(shares) < 20, { left: 3000 })).toMatchObject({ proven: false, atMost: 54 })
  })
})
