import type { LoadFrame } from '../../model/history.ts'
import type { ForecastSettings } from '../../model/policy.ts'
import type { Pool } from '../../model/pool.ts'
import { HOUR_MS } from '../../model/resources.ts'
import { localMs } from '../../model/zone.ts'
import { type DemandProfile, emptyProfile, expectedMhz, isRunning, learnProfile } from './profile.ts'
import { type Scoreboard, isDue, lossRatio, marginOf, newScoreboard, openForecast, seeTruth } from './scoreboard.ts'
import { SEASONS } from './seasons.ts'

/** What the pool's demand has taught about its future. Never changed once made. */
export interface OutlookMemory {
  readonly takenAtMs: number
  /** One of each season. */
  readonly profiles: readonly DemandProfile[]
  /** Demand over size of all running VMs: now, and its mean of the last hours; NaN before the first frame. */
  readonly nowRatio: number
  readonly levelRatio: number
  /** Its mean over the memory, and how many samples that rests on. */
  readonly meanRatio: number
  readonly meanKnown: number
  /** Of the off-window, oldest first. */
  readonly recent: readonly { readonly atMs: number; readonly ratio: number }[]
  /** Local time that `nowRatio` tells of: the middle of what the last frame covers. */
  readonly nowLocalMs: number
  /** By horizon, as in `OutlookHorizons`. */
  readonly wake: Scoreboard | null
  readonly rest: Scoreboard | null
}

export const NO_OUTLOOK_MEMORY: OutlookMemory = { takenAtMs: -1, profiles: SEASONS.map(emptyProfile), nowRatio: NaN, levelRatio: NaN, meanRatio: 0, meanKnown: 0, recent: [], nowLocalMs: 0, wake: null, rest: null }

/** How far is looked ahead: until hosts woken now have taken over VMs, and over the time that an emptied host is to stay off. */
export interface OutlookHorizons {
  readonly wakeMs: number
  readonly restMs: number
  /** The highest demand of so long is what consolidation goes by without forecasts. */
  readonly windowMs: number
}

/**
 * Methods without rhythm: demand stays as it is; is as it was on average in the last hours; comes back to its mean of days, as a season would
 * have it come back to its rhythm; is at most what it was at most of late, which is what consolidation goes by without forecasts.
 * The seasons follow.
 */
const NONE_COUNT = 4
const LEVEL_MEMORY_MS = 6 * HOUR_MS
/** What sets today apart from the profile fades with this. */
const TODAY_FADES_MS = 2 * HOUR_MS
/** Points of a horizon that are looked at. */
const POINTS = 4

const wallMs = ({ zone }: ForecastSettings, unixMs: number): number => (zone === null ? unixMs : localMs(zone, unixMs))

/** The memory after one more frame. Closed-form: a few sums over the VMs. */
export function learnOutlook(before: OutlookMemory, pool: Pool, frame: LoadFrame, frameUnixMs: number, horizons: OutlookHorizons, settings: ForecastSettings): OutlookMemory {
  // A frame tells of the time before it: at eight, of the night that ends.
  const local = wallMs(settings, frameUnixMs - frame.intervalMs / 2)
  const profiles = before.profiles.map((profile, season) => learnProfile(profile, SEASONS[season]!, pool, frame, local, settings.memoryMs))
  const nowRatio = demandRatio(pool, frame)
  if (Number.isNaN(nowRatio)) return { ...before, takenAtMs: frame.takenAtMs, profiles }
  const known = { ...before, ...withoutRhythm(before, frame, nowRatio, horizons.windowMs, settings.memoryMs), takenAtMs: frame.takenAtMs, profiles, nowRatio, nowLocalMs: local }
  const follow = (board: Scoreboard | null, horizonMs: number): Scoreboard => {
    const own = board === null || board.horizonMs !== horizonMs ? newScoreboard(horizonMs, NONE_COUNT, SEASONS.map(({ periodDays }) => periodDays)) : seeTruth(board, frame.takenAtMs, nowRatio, settings.level)
    return isDue(own, frame.takenAtMs) ? openForecast(own, frame.takenAtMs, predictions(known, pool, local, horizonMs)) : own
  }
  return { ...known, wake: follow(before.wake, horizons.wakeMs), rest: follow(before.rest, horizons.restMs) }
}

/** What the methods without rhythm know. */
function withoutRhythm(before: OutlookMemory, { takenAtMs, intervalMs }: LoadFrame, nowRatio: number, windowMs: number, memoryMs: number): Pick<OutlookMemory, 'levelRatio' | 'meanRatio' | 'meanKnown' | 'recent'> {
  const meanKnown = Math.min(before.meanKnown + 1, Math.max(1, memoryMs / Math.max(1, intervalMs)))
  return {
    levelRatio: Number.isNaN(before.levelRatio) ? nowRatio : before.levelRatio + (nowRatio - before.levelRatio) * Math.min(1, intervalMs / LEVEL_MEMORY_MS),
    meanRatio: before.meanRatio + (nowRatio - before.meanRatio) / meanKnown,
    meanKnown,
    recent: [...before.recent.filter(({ atMs }) => atMs > takenAtMs - windowMs), { atMs: takenAtMs, ratio: nowRatio }],
  }
}

/** Demand of the running VMs that the frame knows, over their size; NaN when it knows less than half of them. */
function demandRatio(pool: Pool, frame: LoadFrame): number {
  let [running, known, demandMhz, sizeMhz] = [0, 0, 0, 0]
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (!isRunning(pool, vm) || frame.takenAtMs <= pool.vmSinceMs[vm]!) continue
    running++
    const demand = frame.vmCpuMhz[vm] ?? NaN
    if (!(demand >= 0)) continue
    known++
    demandMhz += demand
    sizeMhz += pool.vms[vm]!.cpuMhz
  }
  return sizeMhz > 0 && 2 * known >= running ? demandMhz / sizeMhz : NaN
}

/** The highest demand within the horizon by each method, as ratios of the pool's size. */
function predictions(memory: OutlookMemory, pool: Pool, local: number, horizonMs: number): number[] {
  const { nowRatio, levelRatio, meanRatio, recent } = memory
  const apart = nowRatio - meanRatio
  const highestBack = meanRatio + apart * fading(apart > 0 ? horizonMs / POINTS : horizonMs)
  return [nowRatio, levelRatio, highestBack, recent.reduce((most, { ratio }) => Math.max(most, ratio), 0), ...SEASONS.map((_, season) => highest(memory, pool, season, local, horizonMs)?.ratio ?? NaN)]
}

const fading = (inMs: number): number => Math.exp(-inMs / TODAY_FADES_MS)

interface Highest {
  readonly ratio: number
  readonly inMs: number
  readonly vmMhz: Float64Array
}

/** By a season's profile, shifted by what sets this day apart from it; null where too little is known. */
function highest({ profiles, nowRatio, nowLocalMs }: OutlookMemory, pool: Pool, season: number, local: number, horizonMs: number): Highest | null {
  const at = (localMs: number): Highest | null => {
    const vmMhz = expectedMhz(profiles[season]!, SEASONS[season]!, pool, localMs)
    return vmMhz && { ratio: ratioOf(pool, vmMhz), inMs: localMs - local, vmMhz }
  }
  const present = at(nowLocalMs)
  if (present === null) return null
  const apart = nowRatio - present.ratio
  let found: Highest | null = null
  for (let point = 1; point <= POINTS; point++) {
    const one = at(local + (point * horizonMs) / POINTS)
    if (one === null) return null
    const ratio = Math.max(0, one.ratio + apart * fading(one.inMs))
    if (found === null || ratio > found.ratio) found = { ...one, ratio }
  }
  return found
}

function ratioOf(pool: Pool, vmMhz: Float64Array): number {
  let total = 0
  for (const mhz of vmMhz) total += mhz
  return total / Math.max(1, sizeOf(pool))
}

function sizeOf(pool: Pool): number {
  let sizeMhz = 0
  for (let vm = 0; vm < pool.vms.length; vm++) if (isRunning(pool, vm)) sizeMhz += pool.vms[vm]!.cpuMhz
  return sizeMhz
}

/** The highest demand of all VMs together within a horizon. */
export interface DemandAhead {
  readonly expectedMhz: number
  /** It stays below this with the chance that the settings name. */
  readonly upperMhz: number
  /** When, from now. */
  readonly inMs: number
  readonly season: string
  /** Loss over that of the best method without rhythm. */
  readonly lossRatio: number
  /** What each VM is expected to want at that very time: demands of one instant, which add up. */
  readonly vmMhz: Float64Array
}

/** Null where nothing has proven better than no forecast. */
export interface DemandOutlook {
  readonly wake: DemandAhead | null
  readonly rest: DemandAhead | null
}

/** What may be relied on now. */
export function viewOutlook(memory: OutlookMemory, pool: Pool, unixMs: number, settings: ForecastSettings): DemandOutlook {
  const local = wallMs(settings, unixMs)
  const of = (board: Scoreboard | null): DemandAhead | null => {
    if (board === null || board.used === null) return null
    const season = board.used - NONE_COUNT
    const found = highest(memory, pool, season, local, board.horizonMs)
    if (found === null) return null
    const sizeMhz = sizeOf(pool)
    const upper = found.ratio + marginOf(board.scores[board.used]!, found.ratio, settings.level)
    return { expectedMhz: found.ratio * sizeMhz, upperMhz: Math.max(0, upper) * sizeMhz, inMs: found.inMs, season: SEASONS[season]!.name, lossRatio: lossRatio(board), vmMhz: found.vmMhz }
  }
  return { wake: of(memory.wake), rest: of(memory.rest) }
}
