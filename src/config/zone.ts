import type { Zone } from '../model/policy.ts'
import { DAY_MS, MINUTE_MS } from '../model/resources.ts'
import { type Result, done, refuse } from '../model/result.ts'

const YEARS_BEFORE = 2
const YEARS_AFTER = 12
/** No zone has changed its offset twice within less; Morocco's pause in Ramadan lasts about a month. */
const STRIDE_MS = 7 * DAY_MS

/**
 * The zone's changes of offset from two years before an instant (Unix ms) to twelve years after it, as this machine's
 * zone database has them. Refuses a name that is not an IANA zone. Transitions are found to the minute by bisection.
 */
export function zoneTable(name: string, aroundMs: number): Result<Zone> {
  const offsetAt = offsetReader(name)
  if (offsetAt === null) return refuse('unknownZone', `${JSON.stringify(name)} is no time zone: use an IANA name such as "Europe/Berlin" or "UTC"`)
  const beginMs = floorTo(aroundMs - YEARS_BEFORE * 365 * DAY_MS, MINUTE_MS)
  const endMs = aroundMs + YEARS_AFTER * 366 * DAY_MS
  const fromMs = [beginMs]
  const offsetMs = [offsetAt(beginMs)]
  for (let lowMs = beginMs; lowMs < endMs; lowMs += STRIDE_MS) {
    const before = offsetMs[offsetMs.length - 1]!
    if (offsetAt(lowMs + STRIDE_MS) === before) continue
    const changeMs = bisect(lowMs, lowMs + STRIDE_MS, (atMs) => offsetAt(atMs) !== before)
    fromMs.push(changeMs)
    offsetMs.push(offsetAt(changeMs))
  }
  return done({ name, fromMs, offsetMs })
}

export const isZone = (name: string): boolean => offsetReader(name) !== null

const floorTo = (valueMs: number, stepMs: number): number => Math.floor(valueMs / stepMs) * stepMs

/** First whole minute in (lowMs, highMs] at which the claim holds; it holds at highMs, and from some point on. */
function bisect(lowMs: number, highMs: number, claim: (atMs: number) => boolean): number {
  let low = lowMs
  let high = highMs
  while (high - low > MINUTE_MS) {
    const middle = floorTo((low + high) / 2, MINUTE_MS)
    if (claim(middle)) high = middle
    else low = middle
  }
  return high
}

/** Offset from UTC in ms at a Unix ms, or null when there is no such zone. */
function offsetReader(name: string): ((atMs: number) => number) | null {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset', year: 'numeric' })
  } catch {
    return null
  }
  return (atMs) => {
    const text = format.formatToParts(atMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
    const match = /GMT([+-])(\d{1,2}):?(\d{2})?(?::(\d{2}))?/.exec(text)
    if (match === null) return 0
    const ms = ((Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60 + Number(match[4] ?? 0)) * 1000
    return match[1] === '-' ? -ms : ms
  }
}
