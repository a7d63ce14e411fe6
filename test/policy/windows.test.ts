import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Window, Zone } from '../../src/model/policy.ts'
import { inForce, isInside, localMs } from '../../src/policy/windows.ts'
import { DAY, HOUR, MINUTE, trials } from '../support/parts.ts'

const UTC: Zone = { name: 'UTC', fromMs: [0], offsetMs: [0] }
/** Berlin around both clock changes of 2026: at 01:00 UTC on 29 March and on 25 October. */
const SPRING = Date.UTC(2026, 2, 29, 1)
const AUTUMN = Date.UTC(2026, 9, 25, 1)
const BERLIN: Zone = { name: 'Europe/Berlin', fromMs: [0, SPRING, AUTUMN], offsetMs: [HOUR, 2 * HOUR, HOUR] }

const at = (text: string): number => Date.parse(text)
const window = (from: string, to: string, days = [1, 2, 3, 4, 5, 6, 7], zone = UTC): Window => {
  const minute = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  return { days, fromMinute: minute(from), toMinute: minute(to), zone }
}

describe('a window of the week', () => {
  it.each([
    ['2026-03-02T21:59:59.999Z', false], ['2026-03-02T22:00:00Z', true], ['2026-03-03T02:00:00Z', true], ['2026-03-03T05:59:59.999Z', true], ['2026-03-03T06:00:00Z', false],
    // Tuesday evening is not in it: it begins on Mondays only.
    ['2026-03-03T23:00:00Z', false], ['2026-03-02T03:00:00Z', false],
  ])('that passes midnight belongs to the day it began on: %s is %s', (text, inside) => {
    expect(isInside(window('22:00', '06:00', [1]), at(text))).toBe(inside)
  })

  it('of the whole day is written from 00:00 to 00:00', () => {
    expect(isInside(window('00:00', '00:00', [2]), at('2026-03-03T00:00:00Z'))).toBe(true)
    expect(isInside(window('00:00', '00:00', [2]), at('2026-03-03T23:59:59.999Z'))).toBe(true)
    expect(isInside(window('00:00', '00:00', [2]), at('2026-03-04T00:00:00Z'))).toBe(false)
  })

  it('runs on from Sunday to Monday', () => {
    expect(isInside(window('23:00', '01:00', [7]), at('2026-03-09T00:30:00Z'))).toBe(true)
    expect(isInside(window('23:00', '01:00', [1]), at('2026-03-09T00:30:00Z'))).toBe(false)
  })

  it('is in local time, before and after the clocks change', () => {
    const morning = window('08:00', '09:00', undefined, BERLIN)
    expect(isInside(morning, at('2026-03-28T07:30:00Z'))).toBe(true)
    expect(isInside(morning, at('2026-03-29T07:30:00Z'))).toBe(false)
    expect(isInside(morning, at('2026-03-29T06:30:00Z'))).toBe(true)
    expect(isInside(morning, at('2026-10-26T07:30:00Z'))).toBe(true)
  })

  it('in the hour that is skipped is never open, in the hour that is doubled twice', () => {
    const skipped = window('02:00', '03:00', undefined, BERLIN)
    for (let minute = -120; minute < 120; minute++) expect(isInside(skipped, SPRING + minute * MINUTE)).toBe(false)
    const open = Array.from({ length: 240 }, (_, minute) => isInside(skipped, AUTUMN + (minute - 120) * MINUTE)).filter(Boolean)
    expect(open).toHaveLength(120)
  })

  it('takes the day from local time too: 23:30 UTC on Sunday is Monday in Berlin', () => {
    expect(isInside(window('00:00', '01:00', [1], BERLIN), at('2026-03-08T23:30:00Z'))).toBe(true)
    expect(isInside(window('00:00', '01:00', [7], BERLIN), at('2026-03-08T23:30:00Z'))).toBe(false)
  })

  it('is the calendar\'s, at any minute of any zone', () => {
    const minutes = fc.integer({ min: 0, max: 1439 })
    fc.assert(fc.property(minutes, minutes, fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), fc.constantFrom(UTC, BERLIN), fc.integer({ min: 0, max: 400 * 1440 }), (fromMinute, toMinute, days, zone, minute) => {
      const unixMs = Date.UTC(2026, 0, 1) + minute * MINUTE
      // The clock goes on minute by minute through an open window from its beginning to its end; clock changes are in other tests.
      fc.pre(zone === UTC || [SPRING, AUTUMN].every((change) => Math.abs(unixMs - change) > 2 * DAY))
      const local = new Date(localMs(zone, unixMs))
      const now = local.getUTCHours() * 60 + local.getUTCMinutes()
      const lengthMinutes = toMinute > fromMinute ? toMinute - fromMinute : toMinute - fromMinute + 1440
      const begun = (now - fromMinute + 1440) % 1440
      const beganOn = new Date(local.getTime() - begun * MINUTE).getUTCDay() || 7
      expect(isInside({ days, fromMinute, toMinute, zone }, unixMs)).toBe(begun < lengthMinutes && days.includes(beganOn))
    }), trials(500))
  })

  it('holds always when there is none, and when any of several is open', () => {
    expect(inForce([], 0)).toBe(true)
    expect(inForce([window('01:00', '02:00'), window('03:00', '04:00')], at('2026-03-02T03:30:00Z'))).toBe(true)
    expect(inForce([window('01:00', '02:00'), window('03:00', '04:00')], at('2026-03-02T02:30:00Z'))).toBe(false)
  })
})
