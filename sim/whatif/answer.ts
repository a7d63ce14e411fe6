import { DAY_MS } from '../../src/model/resources.ts'
import { type Reason, reason } from '../../src/model/result.ts'
import { WHATIF_UNITS, type WhatIfAnswer, type WhatIfBreak, type WhatIfMoment, type WhatIfQuestion, type WhatIfResource, type WhatIfSettings, type WhatIfStretch } from '../../src/model/whatif.ts'
import type { Effort } from '../../src/optimize/packingBins.ts'
import type { Freedom } from './arrangement.ts'
import { judgeEach } from './chains.ts'
import { isConsidered, notConsidered } from './considered.ts'
import { type Stretch, changesOf, nameChange, stretchesOf } from './changes.ts'
import { demandOf } from './demand.ts'
import { leastHosts } from './hostsMin.ts'
import { type Instant, UNITS, candidateSize, instantOf, resourceOf } from './instant.ts'
import { applyChange, emptyInventory } from './inventory.ts'
import { type Judgement, judge } from './judge.ts'
import { boundsOf, moreAsPlaced, moreRepacked } from './room.ts'
import { settle } from './settle.ts'
import { checkQuestion } from './verify.ts'

/** Search that a question may cost, in probes of one VM against one host; each part has its own share, so that a hard timeline leaves the rest answerable. */
const TIMELINE_EFFORT = 600_000_000
const MOMENT_EFFORT = 60_000_000
/** Attempts that a part of the answer may make in any case, however large the pool: each costs hosts x VMs probes. */
const ATTEMPTS = 20

/**
 * Answers a capacity question: walks the timeline of changes and says for each stretch whether all limits hold with the
 * asked number of failed hosts, which limit breaks first and when, and what else fits now and at the end of the horizon.
 * Pure and repeatable: search is limited by counts, never by time. Throws BadInput with every issue found.
 */
export function answerWhatIf(question: WhatIfQuestion): WhatIfAnswer {
  checkQuestion(question)
  const { scenario, settings } = question
  const walked = walk(question)
  const firstBreak = walked.find(({ judged }) => judged.verdict === 'doesNotFit')?.judged
  const broken = firstBreak?.verdict === 'doesNotFit' ? firstBreak.broken : null
  const undecided = walked.find(({ judged, stretch }) => judged.verdict === 'unknown' && (broken === null || stretch.fromMs < broken.atMs))
  const firstUndecided = undecided?.judged.verdict === 'unknown' ? { atMs: undecided.stretch.fromMs, reason: undecided.judged.reason } : null
  const verdict = broken !== null ? 'doesNotFit' : firstUndecided !== null ? 'unknown' : 'fits'
  const now = momentOf(walked[0]!, settings)
  const last = walked.at(-1)!
  const end = last === walked[0] ? now : momentOf(last, settings)
  return {
    verdict, conclusion: conclude(settings, broken, firstUndecided, end), notConsidered: notConsidered(scenario), startUnixMs: scenario.startUnixMs, settings, firstBreak: broken, firstUndecided,
    daysRemaining: { atLeast: (firstUndecided?.atMs ?? broken?.atMs ?? settings.horizonMs) / DAY_MS, atMost: broken === null ? null : broken.atMs / DAY_MS },
    now, end, timeline: walked.map(({ stretch }) => stretch),
  }
}

interface Walked {
  readonly instant: Instant
  readonly stretch: WhatIfStretch
  readonly judged: Judgement
}

/** Goes through the changes in order; each stretch is judged on the pool and the places that the ones before it left. */
function walk(question: WhatIfQuestion): Walked[] {
  const { scenario, settings } = question
  const inventory = emptyInventory(scenario.policy)
  for (const { host, power } of scenario.hosts) inventory.hosts.set(host.id, { host, service: power === 'failed' ? 'down' : 'open' })
  const ratiosOver = demandOf(scenario.workload.cpu, settings.demand)
  const effort: Effort = { left: TIMELINE_EFFORT }
  const freedom: Freedom = settings.repack ? 'repacked' : 'asPlaced'
  let before: Instant | null = null
  const rules = scenario.rules.filter(isConsidered)
  const stretches = stretchesOf(changesOf(question), settings.horizonMs)
  const instants = stretches.map(({ fromMs, toMs, changes }) => {
    for (const change of changes) applyChange(inventory, change)
    const instant = instantOf(inventory, fromMs, ratiosOver(fromMs, toMs), settings.limits, rules, before)
    settle(instant, inventory.policy.maintenance.moveBack, effort)
    before = instant
    return instant
  })
  const verdicts = judgeEach(instants, (instant) => judgeStretch(instant, freedom, settings.limits.failoverHosts, effort))
  return stretches.map((stretch, index) => ({ instant: instants[index]!, judged: verdicts[index]!, stretch: rowOf(stretch, instants[index]!, verdicts[index]!, settings) }))
}

function rowOf({ fromMs, toMs, changes }: Stretch, instant: Instant, judged: Judgement, { limits }: WhatIfSettings): WhatIfStretch {
  return {
    fromMs, toMs, hosts: instant.hosts.length, vms: instant.vms.length,
    // What is there from the beginning is no change.
    changes: changes.filter(({ atMs, kind }) => atMs > 0 || kind !== 'arrive').flatMap((change) => nameChange(change) ?? []),
    resources: resourcesOf(instant, limits.failoverHosts), verdict: judged.verdict,
    reason: judged.verdict === 'fits' ? null : judged.verdict === 'doesNotFit' ? judged.broken.reason : judged.reason,
  }
}

/** What fits just as it is also fits when VMs may be moved, and is found out faster. */
function judgeStretch(instant: Instant, freedom: Freedom, failoverHosts: number, effort: Effort): Judgement {
  const still = judge(instant, 'asPlaced', failoverHosts, effort)
  return freedom === 'asPlaced' || still.verdict === 'fits' ? still : judge(instant, 'repacked', failoverHosts, effort)
}

/** Pool totals a dimension; after failures without the hosts that have the most of that dimension. */
function resourcesOf({ dimensions, capacity, demand, hosts, closed }: Instant, failoverHosts: number): WhatIfResource[] {
  return Array.from({ length: dimensions }, (_, d) => {
    const name = resourceOf(d)
    const unit = UNITS[d as 0 | 1 | 2]
    const rooms = [...hosts.keys()].filter((host) => closed[host] === 0).map((host) => capacity[host * dimensions + d]!).sort((a, b) => b - a)
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    const needed = sum([...demand].filter((_value, at) => at % dimensions === d)) / unit
    const allowed = sum(rooms) / unit
    const allowedAfterFailures = sum(rooms.slice(failoverHosts)) / unit
    return { name, unit: WHATIF_UNITS[name], demand: needed, allowed, allowedAfterFailures, headroom: allowedAfterFailures - needed }
  })
}

function momentOf({ instant, judged }: Walked, settings: WhatIfSettings): WhatIfMoment {
  const { failoverHosts } = settings.limits
  const size = candidateSize(settings.candidate, settings.limits)
  const effort = (): Effort => ({ left: MOMENT_EFFORT + ATTEMPTS * instant.hosts.length * instant.vms.length })
  const asPlaced = settings.repack ? judge(instant, 'asPlaced', failoverHosts, effort()) : judged
  // What fits where it is also fits when it may be moved.
  const repacked = asPlaced.verdict === 'fits' ? asPlaced : settings.repack ? judged : judge(instant, 'repacked', failoverHosts, effort())
  const moreHere = moreAsPlaced(instant, asPlaced, size, failoverHosts, { left: 2 * effort().left })
  const moreMoved = moreRepacked(instant, repacked, size, failoverHosts, effort())
  return {
    atMs: instant.atMs, hosts: instant.hosts.length, vms: instant.vms.length, resources: resourcesOf(instant, failoverHosts),
    moreAsPlaced: moreHere, moreRepacked: boundsOf(Math.max(moreHere.atLeast, moreMoved.atLeast), moreMoved.atMost),
    hostsMin: leastHosts(instant, repacked, failoverHosts, effort()),
  }
}

function conclude(settings: WhatIfSettings, broken: WhatIfBreak | null, undecided: { readonly atMs: number; readonly reason: Reason } | null, end: WhatIfMoment): Reason {
  const more = settings.repack ? end.moreRepacked : end.moreAsPlaced
  const days = (atMs: number): string => String(Math.round((atMs / DAY_MS) * 10) / 10)
  const maybe = undecided === null ? '' : ` (from day ${days(undecided.atMs)} on it is not proven that it still fits)`
  if (broken !== null) {
    const when = broken.atMs === 0 ? 'Does not fit now' : `Fits until day ${days(broken.atMs)}`
    return reason('doesNotFit', `${when}${maybe}, then: ${broken.reason.text}.`.replace('now, then:', 'now:'), { days: broken.atMs / DAY_MS, needed: broken.needed, available: broken.available, shortage: broken.shortage })
  }
  const horizon = `${days(settings.horizonMs)} days`
  if (undecided !== null) return reason('unknown', `Not decided for all of the ${horizon}: from day ${days(undecided.atMs)} on, ${undecided.reason.text}.`, { days: undecided.atMs / DAY_MS })
  const number = more.proven ? `${more.atLeast}` : `at least ${more.atLeast}${more.atMost === null ? '' : ` and at most ${more.atMost}`}`
  return reason('fits', `Fits for all ${horizon}, and at the end ${number} more VMs of the candidate's size do too.`, { days: settings.horizonMs / DAY_MS, moreAtLeast: more.atLeast })
}
