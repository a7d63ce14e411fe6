import { WEIGHT } from '../optimize/objective.ts'
import { grouped, percent } from '../model/text.ts'

/** What a term of the goals' objective measures, and how its cost reads as an amount. */
interface TermWords {
  readonly words: string
  readonly amount: (cost: number) => string
}

const count = (weight: number) => (cost: number): string => String(Math.round(cost / weight))
const ofOneHost = (weight: number) => (cost: number): string => `${percent(cost / weight)} of a host`

const TERMS: Readonly<Record<string, TermWords>> = {
  undrained: { words: 'VMs on hosts that must be left', amount: count(WEIGHT.undrained) },
  overfull: { words: 'load above the fill limit', amount: ofOneHost(WEIGHT.overfull) },
  overload: { words: 'load above the mark that hosts are relieved to', amount: ofOneHost(WEIGHT.overload) },
  away: { words: 'VMs away from their home', amount: count(WEIGHT.away) },
  binsInUse: { words: 'idle power of hosts in use', amount: (cost) => `${Math.round(cost)} W` },
  uneven: { words: 'utilization outside the band around the mean', amount: ofOneHost(WEIGHT.uneven) },
}

/** A term in words; soft rules and terms of other objectives keep their name. */
export const termWords = (name: string): string => name === 'moves' ? 'price of migrations' : (TERMS[name]?.words ?? name)

/** A figure of a score line, by the words of its term: as the amount that it measures, else grouped. */
export function scoreText(words: string, cost: number): string {
  const term = Object.values(TERMS).find((one) => one.words === words)
  return term === undefined ? grouped(Number(cost.toPrecision(4))) : term.amount(cost)
}

/** The cost of a goals' term as the amount it measures; null for terms whose cost is a price alone, such as that of moves. */
export const termAmount = (name: string, cost: number): string | null => TERMS[name]?.amount(cost) ?? null
