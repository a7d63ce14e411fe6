import { reason } from '../../src/model/result.ts'
import type { Instant } from './instant.ts'
import type { Judgement } from './judge.ts'

/** Chains that an instant is compared with, the latest first. */
const COMPARED_CHAINS_MAX = 16

/**
 * Judges instants, as few as needed. Where the pool stays the same and every VM needs at least what it needed (growth,
 * on the same days of a repeating week), a later "fits" proves the earlier ones and an earlier "does not fit" the later
 * ones, so that in each such chain only the instants around a turn are judged. The first that does not fit always is.
 */
export function judgeEach(instants: readonly Instant[], judgeOne: (instant: Instant) => Judgement): Judgement[] {
  const verdicts = new Array<Judgement>(instants.length)
  for (const chain of chainsOf(instants)) {
    const at = (position: number): Judgement => (verdicts[chain[position]!] ??= judgeOne(instants[chain[position]!]!))
    const between = (low: number, high: number): void => {
      if (high - low < 2) return
      if (at(low).verdict === at(high).verdict) {
        for (let position = low + 1; position < high; position++) verdicts[chain[position]!] = inherited(at(low), instants[chain[position]!]!)
        return
      }
      const middle = Math.floor((low + high) / 2)
      at(middle)
      between(low, middle)
      between(middle, high)
    }
    at(0)
    at(chain.length - 1)
    between(0, chain.length - 1)
  }
  return verdicts
}

/** The verdict of an earlier instant that holds at this one too. */
function inherited(judged: Judgement, instant: Instant): Judgement {
  switch (judged.verdict) {
    case 'fits':
      return judged
    case 'doesNotFit': {
      const { broken } = judged
      return { verdict: 'doesNotFit', broken: { ...broken, atMs: instant.atMs, reason: reason('stillDoesNotFit', `needs no less than before: ${broken.reason.text}`, broken.reason.numbers) } }
    }
    case 'unknown':
      return judged
  }
}

/** Splits instants into chains (of positions, rising in time) in which each is at least as hard as the one before. */
function chainsOf(instants: readonly Instant[]): number[][] {
  const chains: number[][] = []
  instants.forEach((instant, position) => {
    const chain = chains.slice(-COMPARED_CHAINS_MAX).find((candidate) => isAtLeastAsHard(instant, instants[candidate.at(-1)!]!))
    if (chain) chain.push(position)
    else chains.push([position])
  })
  return chains
}

/** Whether everything that fits at `later` fits at `earlier`: same hosts, VMs, places and rules, no less demand, no more capacity. */
function isAtLeastAsHard(later: Instant, earlier: Instant): boolean {
  return later.rules === earlier.rules && later.hosts.length === earlier.hosts.length && later.vms.length === earlier.vms.length
    && same(later.place, earlier.place) && same(later.closed, earlier.closed) && same(later.fixed, earlier.fixed)
    && noLess(later.demand, earlier.demand) && noLess(earlier.capacity, later.capacity)
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}

function noLess(a: Float64Array, b: Float64Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at]! < b[at]!) return false
  return true
}
