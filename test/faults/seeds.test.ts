import { describe, expect, it } from 'vitest'
import { runSeeds } from '../../sim/faults/faults.ts'
import { runSeed } from '../../sim/faults/run.ts'
import { EFFECT_NAMES, FAULT_NAMES, Tally } from '../../sim/faults/tally.ts'

const SEEDS = Number(process.env.PLIMSOLL_FAULT_SEEDS ?? '20000')
const PART = Math.max(1, Math.ceil(SEEDS / 20))

/** Seeds that once showed a fault, of the protocol or of a check. */
const REGRESSIONS = [
  [328, 'a copy on its way to a Xen host was not counted as memory'],
  [4633, 'a VM whose size no host told was started on a full host'],
  [4923, 'a doubled VM was migrated when one of its hosts was cut off'],
  [6664, 'the refusal of a second delivery ended the first migration'],
  [9870, 'a wake with a wrong clock came after it was settled'],
  [11610, 'a copy of people on its way to a Xen host was not counted'],
  [12085, 'people stopped the second copy while it was migrated'],
] as const

describe('the protocol under seeded faults', () => {
  it.each(REGRESSIONS)('seed %i breaks nothing any more: %s', (seed) => {
    expect(runSeed(seed).violations).toEqual([])
  })

  it('repeats a seed to the byte', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const [first, second] = [runSeed(seed, { isTraced: true }), runSeed(seed, { isTraced: true })]
      expect(second.trace).toEqual(first.trace)
      expect(runSeed(seed).hash).toBe(first.hash)
    }
  })

  const tally = new Tally()
  it.each(Array.from({ length: Math.ceil(SEEDS / PART) }, (_, part) => [1 + part * PART, Math.min(SEEDS, (part + 1) * PART)] as const))('breaks no invariant in seeds %i to %i', (from, to) => {
    const totals = runSeeds(from, to - from + 1)
    tally.addAll(totals.tally)
    expect(totals.failing.map(({ seed, violations }) => `npm run faults -- --seed ${seed} --trace: ${violations[0]!.invariant}: ${violations[0]!.message}`)).toEqual([])
  }, 600_000)

  it('meets every fault with every effect that it can strike', () => {
    const strikes = ['crashBefore', 'crashAfter', 'lostCommand', 'lostReply', 'lateCommand', 'duplicate', 'cutOff'] satisfies (typeof FAULT_NAMES)[number][]
    const missing = EFFECT_NAMES.flatMap((effect) => strikes.filter((fault) => tally.of(`${effect} ${fault}`) === 0).map((fault) => `${effect} ${fault}`))
    expect(SEEDS < 20000 ? [] : missing).toEqual([])
  })
})
