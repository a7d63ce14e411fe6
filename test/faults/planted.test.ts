import { describe, expect, it } from 'vitest'
import { ALL_DEFENCES } from '../../sim/faults/world.ts'
import { PLANTED_BUGS, plant } from './plantedBugs.ts'

const SEEDS_MAX = 600

describe('bugs planted in the protocol', () => {
  it.each(PLANTED_BUGS)('$name: is caught', async ({ name, edits, without = [], from = 1 }) => {
    const { runSeed } = await plant(edits)
    const defences = { ...ALL_DEFENCES, ...Object.fromEntries(without.map((defence) => [defence, false])) }
    let found: string | null = null
    for (let seed = from; seed < from + SEEDS_MAX && found === null; seed++) {
      try {
        const broken = runSeed(seed, { defences }).violations[0]
        if (broken !== undefined) found = `${seed} ${broken.invariant}`
      } catch (error) {
        // The protocol's own check of what it writes down stops the process.
        if (!(error instanceof Error) || !error.message.startsWith('broken invariant')) throw error
        found = `${seed} its own`
      }
    }
    if (process.env.PLIMSOLL_TOLD) console.log(`${name}: ${found ?? 'NOT'}`)
    expect(found).not.toBeNull()
  }, 400_000)
})
