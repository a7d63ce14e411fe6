import type { Comparison } from './comparison.ts'
import { BOOTSTRAP_DAYS_MIN, blockDays } from './intervals.ts'
import { durationText } from './figureText.ts'

/** What a reader must know before believing a difference; one sentence each. */
export function comparisonNotes(comparison: Omit<Comparison, 'notes'>, leftOutSeeds: readonly number[]): readonly string[] {
  const notes = [measuredNote(comparison)]
  if (comparison.policies.length > 1) notes.push(...methodNotes(comparison))
  if (leftOutSeeds.length > 0) notes.push(`Left out, because not every policy has run with them: seed ${leftOutSeeds.join(', ')}.`)
  return notes
}

function measuredNote({ seeds, measuredMs, warmupMs, policies }: Omit<Comparison, 'notes'>): string {
  const warmup = warmupMs === 0 ? 'there is no warm-up' : `the warm-up before it, ${durationText(warmupMs)}, is left out of all figures`
  const length = `each run is measured for ${durationText(measuredMs)}; ${warmup}.`
  return `${counted(policies.length, 'policy', 'policies')}, ${counted(seeds.length, 'seed', 'seeds')} (${seeds.join(', ')}); ${length}`
}

function methodNotes(comparison: Omit<Comparison, 'notes'>): string[] {
  const differences = comparison.metrics.flatMap((metric) => metric.policies.flatMap(({ difference }) => (difference === null ? [] : [difference])))
  const has = (kind: 'seeds' | 'days'): boolean => differences.some(({ method }) => method.kind === kind)
  if (!has('seeds') && !has('days')) return [noIntervalNote(comparison)]
  const notes: string[] = []
  if (has('seeds')) notes.push(`Differences are paired by seed (common random numbers); 95 % intervals by Student's t over ${comparison.seeds.length} pairs. They speak of what the seed changes.`)
  if (has('days')) notes.push(`Differences are paired by day; 95 % intervals by block bootstrap over ${comparison.dayCount} days in blocks of ${blockDays(comparison.dayCount)}. They speak of days like these.`)
  const judged = differences.filter(({ interval }) => interval !== null).length
  notes.push(`"Not distinguishable" stands where the interval holds zero. Each of the ${judged} intervals stands alone: of 20 true zeros about one is taken for a difference.`)
  return notes
}

/** Never a claim from one run of a day: what differs may be chance. */
function noIntervalNote({ seeds, dayCount }: Omit<Comparison, 'notes'>): string {
  const cause = seeds.length === 1 && dayCount <= 1 ? 'One run: no interval.' : `${counted(dayCount, 'day', 'days')} and ${counted(seeds.length, 'seed', 'seeds')}: no interval.`
  return `${cause} Whether a difference is more than chance can't be told; run at least 2 seeds or ${BOOTSTRAP_DAYS_MIN} days.`
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`
