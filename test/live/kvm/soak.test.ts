import { describe, expect, it } from 'vitest'
import { races } from '../soak/races.ts'
import { soak } from '../soak/soak.ts'
import { whyNoBed } from '../support/beds.ts'

const why = whyNoBed('kvm')
const quiet = (): void => undefined

// The long one is `npm run soak`; the figures of one stand in docs/benchmarks/live.md.
describe.skipIf(why !== null)(`a short soak on KVM hosts${why === null ? '' : ` (${why})`}`, () => {
  it('loses, stops or doubles no VM while things go wrong, settles every intent, and calls failures what they are', async () => {
    const { violations, migrations, rounds } = await soak({ seed: 4, faults: ['none', 'controller killed', 'abort by hand', 'target daemon killed'], migrationsMin: 0, killsMin: 0, hosts: 3, vmsPerHost: 1, say: quiet })
    expect([violations, rounds]).toEqual([[], 4])
    expect(migrations.filter(({ settled }) => settled === 'done').length).toBeGreaterThan(0)
  }, 900_000)

  it('switches no host off on which a person has just started a VM', async () => {
    const told = await races(4, 4, quiet)
    expect(told.filter(({ ended }) => ended === 'killed')).toEqual([])
    expect(told).toHaveLength(4)
  }, 600_000)
})
