import { describe, expect, it } from 'vitest'
import { zoneTable } from '../../src/config/zone.ts'
import type { Window, Zone } from '../../src/model/policy.ts'
import { endsWithin, isInside } from '../../src/policy/windows.ts'
import { HOUR, MINUTE } from '../support/parts.ts'

const WEEKDAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 }
const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7]

function zoneAround(name: string, unixMs: number): Zone {
  const table = zoneTable(name, unixMs)
  if (!table.ok) throw new Error(table.refusal.message)
  return table.value
}

const clocks = new Map<string, Intl.DateTimeFormat>()
/** What a clock on the wall of the zone shows, by the machine's calendar: no table of ours in between. */
function wallClock(zone: string, unixMs: number): { readonly day: number; readonly minute: number } {
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  clocks.set(zone, clock)
  const parts = new Map(clock.formatToParts(unixMs).map(({ type, value }) => [type, value]))
  return { day: WEEKDAYS[parts.get('weekday')!]!, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

/** The window's meaning, read off that clock: after midnight it belongs to the day before. */
function isOpenByClock(zone: string, days: readonly number[], from: number, to: number, unixMs: number): boolean {
  const { day, minute } = wallClock(zone, unixMs)
  const dayBefore = day === 1 ? 7 : day - 1
  if (from < to) return days.includes(day) && minute >= from && minute < to
  return (minute >= from && days.includes(day)) || (minute < to && days.includes(dayBefore))
}

const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
const windowIn = (zone: Zone, from: string, to: string, days: readonly number[] = ALL_DAYS): Window => ({ days, fromMinute: minuteOf(from), toMinute: minuteOf(to), zone })

/** For how many minutes on end the window is open around an instant. */
function openMinutes(window: Window, aroundMs: number): number {
  let firstMs = aroundMs
  let endMs = aroundMs
  while (isInside(window, firstMs - MINUTE)) firstMs -= MINUTE
  while (isInside(window, endMs)) endMs += MINUTE
  return (endMs - firstMs) / MINUTE
}

/** The instant of each change, as published; what its clocks do then; minutes that the day gains. */
const CHANGES: readonly (readonly [zone: string, change: string, what: string, gain: number])[] = [
  ['Europe/Berlin', '2026-03-29T01:00:00Z', '02:00 -> 03:00', -60],
  ['Europe/Berlin', '2026-10-25T01:00:00Z', '03:00 -> 02:00', 60],
  ['America/New_York', '2026-03-08T07:00:00Z', '02:00 -> 03:00', -60],
  ['America/New_York', '2026-11-01T06:00:00Z', '02:00 -> 01:00', 60],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', '02:00 -> 02:30', -30],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', '02:00 -> 01:30', 30],
  // Until 2019 Brazil changed at midnight: a day that begins at 01:00, and a 23 o'clock that comes twice.
  ['America/Sao_Paulo', '2018-11-04T03:00:00Z', '00:00 -> 01:00', -60],
  ['America/Sao_Paulo', '2018-02-18T02:00:00Z', '00:00 -> 23:00', 60],
  // No change: the same instant of any day.
  ['Asia/Kolkata', '2026-03-29T01:00:00Z', 'nothing', 0],
]

/** Windows that lie within, touch, span and surround the skipped and the doubled time of some zone. */
const WINDOWS: readonly (readonly [from: string, to: string])[] = [
  ['00:00', '00:00'], ['22:00', '06:00'], ['02:00', '03:00'], ['01:30', '02:30'], ['02:15', '02:45'], ['01:45', '02:10'], ['03:00', '04:00'], ['00:00', '01:00'], ['23:30', '00:30'], ['23:00', '24:00'], ['09:00', '17:00'],
]

describe.each(CHANGES)('in %s when at %s clocks go %s', (name, instant, _what, gainMinutes) => {
  const changeMs = Date.parse(instant)
  const zone = zoneAround(name, changeMs)
  const changeDay = wallClock(name, changeMs - MINUTE).day

  it.each(WINDOWS)('a window from %s to %s is open exactly while the clock on the wall shows such a time', (from, to) => {
    for (const days of [ALL_DAYS, [changeDay], [(changeDay % 7) + 1]]) {
      const window = windowIn(zone, from, to, days)
      const wrong: string[] = []
      for (let atMs = changeMs - 30 * HOUR; atMs < changeMs + 30 * HOUR; atMs += 5 * MINUTE) {
        if (isInside(window, atMs) !== isOpenByClock(name, days, minuteOf(from), minuteOf(to), atMs)) wrong.push(new Date(atMs).toISOString())
      }
      expect(wrong).toEqual([])
    }
  })

  it('agrees minute by minute, and to the millisecond at the change itself', () => {
    const window = windowIn(zone, '01:45', '02:10')
    for (let atMs = changeMs - 3 * HOUR; atMs < changeMs + 3 * HOUR; atMs += MINUTE) expect(isInside(window, atMs)).toBe(isOpenByClock(name, ALL_DAYS, 105, 130, atMs))
    for (const [from, to] of WINDOWS) for (const atMs of [changeMs - 1, changeMs]) expect(isInside(windowIn(zone, from, to), atMs)).toBe(isOpenByClock(name, ALL_DAYS, minuteOf(from), minuteOf(to), atMs))
  })

  it('a night that spans the change is as much longer or shorter as the clocks say', () => {
    expect(openMinutes(windowIn(zone, '20:00', '08:00'), changeMs)).toBe(12 * 60 + gainMinutes)
  })

  it('power save foresees the end of its window across the change', () => {
    const night = windowIn(zone, '20:00', '06:00')
    const beginMs = changeMs - HOUR
    if (!isInside(night, beginMs)) throw new Error('the night was to be open an hour before the change')
    let endMs = beginMs
    while (isOpenByClock(name, ALL_DAYS, 20 * 60, 6 * 60, endMs)) endMs += MINUTE
    expect(endsWithin([night], beginMs, endMs - beginMs - MINUTE)).toBe(false)
    expect(endsWithin([night], beginMs, endMs - beginMs)).toBe(true)
  })
})

describe('a window within the time that clocks skip or double', () => {
  it.each([
    ['Europe/Berlin', '02:00', '03:00', '2026-03-29T01:00:00Z', '2026-10-25T01:00:00Z', 60],
    ['America/New_York', '02:00', '03:00', '2026-03-08T07:00:00Z', null, 60],
    ['America/New_York', '01:00', '02:00', null, '2026-11-01T06:00:00Z', 60],
    ['Australia/Lord_Howe', '02:00', '02:30', '2026-10-03T15:30:00Z', null, 30],
    ['Australia/Lord_Howe', '01:30', '02:00', null, '2026-04-04T15:00:00Z', 30],
    ['America/Sao_Paulo', '00:00', '01:00', '2018-11-04T03:00:00Z', null, 60],
    ['America/Sao_Paulo', '23:00', '24:00', null, '2018-02-18T02:00:00Z', 60],
  ])('in %s from %s to %s never opens on the one day, and lasts twice as long on the other', (name, from, to, skipped, doubled, minutes) => {
    const shape = (text: string): number => {
      const atMs = Date.parse(text)
      const window = windowIn(zoneAround(name, atMs), from, to)
      let open = 0
      for (let near = atMs - 3 * HOUR; near < atMs + 3 * HOUR; near += MINUTE) if (isInside(window, near)) open++
      return open
    }
    if (skipped !== null) expect(shape(skipped)).toBe(0)
    if (doubled !== null) expect(shape(doubled)).toBe(2 * minutes)
  })
})
