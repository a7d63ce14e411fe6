import { describe, expect, it } from 'vitest'
import { migrationSampleOf } from '../../src/observe/migrationSample.ts'

const whole = { vm: 'a', memoryMib: 1024, dirtyMibPerS: 3, durationMs: 4000, downtimeMs: 80, ok: true, stalled: false }

describe('what is learned from a recorded migration', () => {
  it('is its times where it ended, and that it did not where it stalled', () => {
    expect(migrationSampleOf(whole)).toEqual({ vm: 'a', memoryMib: 1024, dirtyMibPerS: 3, durationMs: 4000, downtimeMs: 80, converged: true })
    expect(migrationSampleOf({ ...whole, ok: false, stalled: true })).toMatchObject({ converged: false })
    expect(migrationSampleOf({ ...whole, downtimeMs: null, dirtyMibPerS: null })).toMatchObject({ downtimeMs: null, dirtyMibPerS: 0 })
  })
  it.each([null, 7, 'x', [], {}, { ...whole, ok: false }, { ...whole, memoryMib: null }, { ...whole, durationMs: -1 }, { ...whole, durationMs: 'long' }, { ...whole, vm: 3 }])('is nothing for %j', (record) => {
    expect(migrationSampleOf(record)).toBeNull()
  })
})
