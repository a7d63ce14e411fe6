import { DAY_MS } from '../model/resources.ts'
import type { WhatIfAnswer, WhatIfBounds, WhatIfMoment, WhatIfResource, WhatIfStretch } from '../model/whatif.ts'

/** Rows of the timeline that are shown; the others are counted. */
const ROWS_MAX = 14

/** The answer to a capacity question as text for people: the conclusion, a table over time, and what else fits. Ends with a line feed. */
export function whatIfText(answer: WhatIfAnswer): string {
  const { limits, candidate, demand, repack } = answer.settings
  const size = [candidate.vcpus > 0 ? `${candidate.vcpus} vCPUs` : '', candidate.cpuMhz > 0 ? `${candidate.cpuMhz} MHz` : '', candidate.memoryMib > 0 ? `${candidate.memoryMib} MiB` : ''].filter((part) => part !== '').join(', ')
  const rules = [
    `CPU (${demand}) up to ${limits.utilizationMax === null ? 'what the policy calls loaded' : percentOf(limits.utilizationMax)}`, `memory up to ${percentOf(limits.memoryMax)}`,
    limits.vcpusPerCoreMax === null ? '' : `${limits.vcpusPerCoreMax} vCPUs a core`, limits.failoverHosts === 0 ? 'no failure planned for' : `any ${limits.failoverHosts === 1 ? 'host' : `${limits.failoverHosts} hosts`} may fail`,
    repack ? 'VMs may be moved' : 'VMs stay where they are',
  ].filter((part) => part !== '')
  return [
    answer.conclusion.text, '', `Limits: ${rules.join('; ')}.`, ...answer.notConsidered.map(({ text }) => `Not looked at, so that less may fit: ${text}.`), '',
    ...table(timelineRows(answer)), '',
    `How many more VMs of ${size} fit:`, '',
    ...table(momentRows(answer)), '',
  ].join('\n')
}

function timelineRows(answer: WhatIfAnswer): string[][] {
  const shown = chosen(answer.timeline)
  const names = answer.timeline[0]?.resources.map(({ name, unit }) => (name === 'vcpus' ? 'vCPUs' : `${name === 'cpu' ? 'CPU' : name} ${unit}`)) ?? []
  const rows = [['from', 'day', 'hosts', 'VMs', ...names.map((name) => `${name} used/allowed`), 'fits', 'what changes']]
  let before = -1
  for (const index of shown) {
    if (index > before + 1) rows.push(['...', '', '', '', ...names.map(() => ''), '', `${index - before - 1} more`])
    rows.push(timelineRow(answer, answer.timeline[index]!))
    before = index
  }
  return rows
}

/** First, last, those where the verdict turns, then those in order of time while there is room. */
function chosen(timeline: readonly WhatIfStretch[]): number[] {
  const turns = [...timeline.keys()].filter((index) => index === 0 || timeline[index]!.verdict !== timeline[index - 1]!.verdict)
  const wanted = [0, timeline.length - 1, ...turns, ...timeline.keys()]
  return [...new Set(wanted)].slice(0, ROWS_MAX).sort((a, b) => a - b)
}

function timelineRow(answer: WhatIfAnswer, stretch: WhatIfStretch): string[] {
  const changes = stretch.changes.length <= 3 ? stretch.changes.join(', ') : `${stretch.changes.slice(0, 2).join(', ')} and ${stretch.changes.length - 2} more`
  const words = { fits: 'yes', doesNotFit: 'NO', unknown: 'not proven' }
  return [isoDay(answer.startUnixMs + stretch.fromMs), daysOf(stretch.fromMs), String(stretch.hosts), String(stretch.vms), ...stretch.resources.map(usedText), words[stretch.verdict], changes]
}

const usedText = ({ demand, allowedAfterFailures }: WhatIfResource): string =>
  `${Math.round(demand)}/${Math.round(allowedAfterFailures)}${allowedAfterFailures > 0 ? ` ${percentOf(demand / allowedAfterFailures)}` : ''}`

function momentRows({ now, end, settings }: WhatIfAnswer): string[][] {
  const row = (name: string, of: (moment: WhatIfMoment) => WhatIfBounds | null): string[] => [name, boundsText(of(now)), boundsText(of(end))]
  return [
    ['', 'now', `after ${daysOf(settings.horizonMs)} days`],
    row('more VMs, nothing moved', ({ moreAsPlaced }) => moreAsPlaced),
    row('more VMs, VMs rearranged', ({ moreRepacked }) => moreRepacked),
    row('hosts needed', ({ hostsMin }) => hostsMin),
    ...now.resources.map(({ name, unit }, index) => [`${name === 'vcpus' ? 'vCPUs' : `${name === 'cpu' ? 'CPU' : name}, ${unit}`} left`, String(Math.round(now.resources[index]!.headroom)), String(Math.round(end.resources[index]!.headroom))]),
  ]
}

/** A number that is exact stands alone; else both proven ends. */
function boundsText(bounds: WhatIfBounds | null): string {
  if (bounds === null) return 'more than there are'
  if (bounds.proven) return String(bounds.atLeast)
  return bounds.atMost === null ? `at least ${bounds.atLeast}` : `${bounds.atLeast} to ${bounds.atMost}`
}

const percentOf = (ratio: number): string => `${Math.round(ratio * 1000) / 10} %`
const daysOf = (durationMs: number): string => String(Math.round((durationMs / DAY_MS) * 10) / 10)

/** Columns padded to their widest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')}`.trimEnd())
}

/**
 * Date in UTC, year-month-day. The core has no Date; this is Hinnant's civil_from_days (howardhinnant.github.io/date_algorithms.html),
 * for days from 0000-03-01 on.
 */
export function isoDay(unixMs: number): string {
  const days = Math.floor(unixMs / DAY_MS) + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
