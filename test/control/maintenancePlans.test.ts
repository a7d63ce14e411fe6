import { describe, expect, it } from 'vitest'
import { maintenanceFrom, recordOfMaintenance } from '../../src/control/maintenanceRecord.ts'
import { hostId } from '../../src/model/ids.ts'
import { MODE } from '../../src/model/pool.ts'
import { type Driven, drive, runMinutes } from '../support/controller.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, makePolicy } from '../support/parts.ts'
import { sampleOf, smallPool } from '../support/pools.ts'

const three = () => smallPool({ h0: {}, h1: {}, h2: {} }, { a: { on: 'h0' }, b: { on: 'h1' }, c: { on: 'h2' } })
const said = (driven: Driven): string[] => driven.events.flatMap((event) => ('reason' in event ? [event.reason.code] : []))

describe('maintenance that the controller carries on by itself', () => {
  it('rolls through all hosts, one away at a time, and every VM is home at the end', () => {
    const small = three()
    const driven = drive(small, makePolicy())
    const homes = [...small.pool.vmHost]
    let awayMost = 0
    driven.request(MINUTE, { kind: 'maintenanceRoll', hosts: null, stayMs: 10 * MINUTE, method: null })
    runMinutes(driven, 2 * MINUTE, 3 * HOUR, (atMs) => {
      awayMost = Math.max(awayMost, [...small.pool.hostMode].filter((mode) => mode !== MODE.available).length)
      return sampleOf(small, atMs, { a: 100, b: 100, c: 100 })
    })
    expect(said(driven).filter((code) => code === 'maintenanceEntered')).toHaveLength(3)
    expect(said(driven)).toContain('rollingDone')
    expect([awayMost, [...small.pool.vmHost]]).toEqual([1, homes])
  })

  it('enters and leaves at the times that were planned, after a warning', () => {
    const small = three()
    const driven = drive(small, makePolicy())
    driven.request(MINUTE, { kind: 'maintenancePlan', host: hostId('h0'), atUnixMs: MONDAY_UNIX_MS + 2 * HOUR, durationMs: HOUR, method: null })
    const modes: number[] = []
    runMinutes(driven, 2 * MINUTE, 4 * HOUR, (atMs) => {
      modes.push(small.pool.hostMode[0]!)
      return sampleOf(small, atMs, { a: 100, b: 100, c: 100 })
    })
    expect([modes[117], modes[125], modes[175], modes[185]]).toEqual([MODE.available, MODE.maintenance, MODE.maintenance, MODE.available])
    expect(said(driven).indexOf('maintenanceSoon')).toBeGreaterThan(-1)
  })

  it('is known again to a process that begins later, homes and all', () => {
    const small = three()
    const driven = drive(small, makePolicy())
    driven.request(MINUTE, { kind: 'maintenanceEnter', host: hostId('h0'), method: null })
    runMinutes(driven, 2 * MINUTE, 20 * MINUTE, (atMs) => sampleOf(small, atMs, { a: 100, b: 100, c: 100 }))
    const before = driven.state().maintenance
    expect(before.displaced).toHaveLength(1)
    const record = JSON.parse(JSON.stringify(recordOfMaintenance(small.pool, before, 1000))) as ReturnType<typeof recordOfMaintenance>
    expect(maintenanceFrom(small.pool, record, 1000)).toEqual(before)
  })
})
