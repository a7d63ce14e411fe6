const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** "Mon 2 Mar", in UTC. */
export function dayText(unixMs: number): string {
  const date = new Date(unixMs)
  return `${DAYS[date.getUTCDay()]!} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]!}`
}

/** "09:05", in UTC. */
export function clockText(unixMs: number): string {
  const date = new Date(unixMs)
  return `${String(date.getUTCHours()).padStart(2, '0')}:${String(date.getUTCMinutes()).padStart(2, '0')}`
}

/** "Mon 2 Mar 09:05", in UTC. */
export const timeText = (unixMs: number): string => `${dayText(unixMs)} ${clockText(unixMs)}`

const STEPS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 30 * MINUTE_MS, HOUR_MS, 2 * HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, 12 * HOUR_MS, DAY_MS, 2 * DAY_MS, 7 * DAY_MS, 14 * DAY_MS, 28 * DAY_MS, 91 * DAY_MS]

export interface TimeTick {
  /** Since the run's start. */
  readonly atMs: number
  readonly text: string
  readonly isDay: boolean
}

/** Round UTC instants of a run, at most `countMax` of them; midnights carry the day, others the clock. */
export function timeTicks(startUnixMs: number, durationMs: number, countMax: number): readonly TimeTick[] {
  const stepMs = STEPS_MS.find((step) => durationMs / step <= countMax) ?? STEPS_MS.at(-1)!
  const ticks: TimeTick[] = []
  for (let unixMs = Math.ceil(startUnixMs / stepMs) * stepMs; unixMs < startUnixMs + durationMs; unixMs += stepMs) {
    const isDay = unixMs % DAY_MS === 0
    ticks.push({ atMs: unixMs - startUnixMs, text: isDay ? dayText(unixMs) : clockText(unixMs), isDay })
  }
  return ticks
}
