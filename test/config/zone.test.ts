import { describe, expect, it } from 'vitest'
import { zoneTable } from '../../src/config/zone.ts'
import type { Zone } from '../../src/model/policy.ts'

const HOUR = 3_600_000
const AROUND = Date.UTC(2026, 0, 1)

function table(name: string): Zone {
  const result = zoneTable(name, AROUND)
  if (!result.ok) throw new Error(result.refusal.message)
  return result.value
}

function offsetAt(zone: Zone, atMs: number): number {
  const index = zone.fromMs.findLastIndex((fromMs) => fromMs <= atMs)
  return zone.offsetMs[index]!
}

/** Local clock as the zone database of the machine shows it: another way to the same answer. */
function localText(name: string, atMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' }).format(atMs)
}
const shifted = (atMs: number, offsetMs: number): string => new Date(atMs + offsetMs).toISOString().slice(0, 19).replace('T', ' ')

describe('the table of a time zone', () => {
  // Published rules: the EU changes at 01:00 UTC on the last Sunday of March and October.
  it('has the EU’s changes of 2026 for Europe/Berlin', () => {
    const zone = table('Europe/Berlin')
    const spring = Date.UTC(2026, 2, 29, 1)
    const autumn = Date.UTC(2026, 9, 25, 1)
    expect(zone.fromMs).toContain(spring)
    expect(zone.fromMs).toContain(autumn)
    expect([offsetAt(zone, spring - 1), offsetAt(zone, spring), offsetAt(zone, autumn - 1), offsetAt(zone, autumn)]).toEqual([HOUR, 2 * HOUR, 2 * HOUR, HOUR])
  })

  // Second Sunday of March and first Sunday of November, 02:00 local time.
  it('has the changes of 2026 for America/New_York', () => {
    const zone = table('America/New_York')
    const spring = Date.UTC(2026, 2, 8, 7)
    const autumn = Date.UTC(2026, 10, 1, 6)
    expect([offsetAt(zone, spring - 1), offsetAt(zone, spring), offsetAt(zone, autumn - 1), offsetAt(zone, autumn)]).toEqual([-5 * HOUR, -4 * HOUR, -4 * HOUR, -5 * HOUR])
  })

  // Half an hour of summer time, in the south: first Sunday of October to first Sunday of April.
  it('has the half hour of Australia/Lord_Howe', () => {
    const zone = table('Australia/Lord_Howe')
    const end = Date.UTC(2026, 3, 4, 15)
    const begin = Date.UTC(2026, 9, 3, 15, 30)
    expect([offsetAt(zone, end - 1), offsetAt(zone, end), offsetAt(zone, begin - 1), offsetAt(zone, begin)]).toEqual([11 * HOUR, 10.5 * HOUR, 10.5 * HOUR, 11 * HOUR])
  })

  it('has one row for a zone without changes', () => {
    expect(table('Asia/Kolkata').offsetMs).toEqual([5.5 * HOUR])
    expect(table('UTC').offsetMs).toEqual([0])
  })

  it.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'Africa/Casablanca', 'Pacific/Apia', 'America/Caracas'])('agrees with the clock of %s from 2 years before to 12 years after', (name) => {
    const zone = table(name)
    expect(zone.fromMs[0]).toBeLessThanOrEqual(AROUND - 2 * 365 * 24 * HOUR)
    for (let day = -2 * 365; day < 12 * 365; day += 3) {
      const atMs = AROUND + day * 24 * HOUR + ((day * 7919) % 24) * HOUR
      if (atMs >= zone.fromMs[0]!) expect(shifted(atMs, offsetAt(zone, atMs))).toBe(localText(name, atMs))
    }
    for (const fromMs of zone.fromMs.slice(1)) {
      for (const atMs of [fromMs - 1000, fromMs]) expect(shifted(atMs, offsetAt(zone, atMs))).toBe(localText(name, atMs))
    }
  })

  it.each(['Europe/Berln', '', 'Mars/Olympus', 'x'.repeat(200)])('%s is refused as no zone', (name) => {
    const result = zoneTable(name, AROUND)
    expect(result.ok ? 'accepted' : result.refusal.code).toBe('unknownZone')
  })
})
