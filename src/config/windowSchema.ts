import * as z from 'zod'
import type { Window } from '../model/policy.ts'
import { done, refuse, type Result } from '../model/result.ts'
import { strict } from './fields.ts'
import { unknownWord } from './nearest.ts'
import { isZone, zoneTable } from './zone.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const TIME = /^([01]\d|2[0-4]):([0-5]\d)$/

const time = (about: string) =>
  z.string().refine((written) => minuteOf(written) <= 1440, { error: 'is no time of day: write "HH:MM" from "00:00" to "24:00", in quotes' }).meta({ description: about, pattern: TIME.source })

export const windowSchema = strict(
  {
    days: z
      .union([z.string(), z.array(z.string()).min(1).max(7)])
      .superRefine((written, context) => {
        const days = daysOf(written)
        if (!days.ok) context.addIssue({ code: 'custom', message: days.refusal.message })
      })
      .meta({ description: 'Days on which it begins: "mon-fri", "sat", "all", or a list such as [mon, wed].', examples: ['mon-fri', ['sat', 'sun']] }),
    from: time('Local time of day, "20:00".'),
    to: time('Local time of day, up to "24:00"; at or before `from` it means the next day.'),
    zone: z
      .string()
      .max(64)
      .refine(isZone, { error: (issue) => `${JSON.stringify(issue.input)} is no time zone: use an IANA name such as "Europe/Berlin" or "UTC"` })
      .meta({ description: 'IANA time zone, such as "Europe/Berlin".' }),
  },
  'A stretch of the week in local time of a zone.',
)
export type WindowFields = z.output<typeof windowSchema>

/** Windows as values; their zones are tabled around an instant (Unix ms). */
export function windowsOf(fields: readonly WindowFields[], aroundMs: number): Window[] {
  return fields.flatMap((window) => {
    const days = daysOf(window.days)
    const zone = zoneTable(window.zone, aroundMs)
    return days.ok && zone.ok ? [{ days: days.value, fromMinute: minuteOf(window.from), toMinute: minuteOf(window.to), zone: zone.value }] : []
  })
}

function daysOf(written: string | readonly string[]): Result<readonly number[]> {
  const found = new Set<number>()
  for (const part of typeof written === 'string' ? written.split(',') : written) {
    const range = part.trim().toLowerCase()
    const [first, last] = range === 'all' ? ['mon', 'sun'] : range.split('-')
    const from = DAYS.indexOf(first ?? '')
    const to = last === undefined ? from : DAYS.indexOf(last)
    if (from < 0 || to < 0) return refuse('unknownDay', unknownWord('day', part, [...DAYS, 'all', 'mon-fri']))
    // "sat-mon" goes over the end of the week.
    for (let day = from; ; day = (day + 1) % 7) {
      found.add(day + 1)
      if (day === to) break
    }
  }
  return done([...found].sort((a, b) => a - b))
}

/** NaN when it is no time of day. */
function minuteOf(written: string): number {
  const match = TIME.exec(written)
  return match ? Number(match[1]) * 60 + Number(match[2]) : NaN
}
