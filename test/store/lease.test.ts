import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Lease, type Machine, fileLease, linuxMachine } from '../../src/store/lease.ts'

let folder = ''
let nowMs = 0
const dead = new Set<number>()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-lease-'))
  nowMs = 1000
  dead.clear()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const machine = (pid: number): Machine => ({ steadyMs: () => nowMs, bootId: () => 'boot', self: () => ({ pid, started: '1' }), isAlive: (mark) => !dead.has(mark.pid) })
const of = (pid: number): Lease => fileLease(folder, 30_000, machine(pid))

describe('the lease among processes of one machine', () => {
  it('is held by one at a time, and each holder has a greater epoch', async () => {
    const first = await of(1).acquire()
    expect(first).toMatchObject({ epoch: 1, untilMs: 31_000 })
    expect(await of(2).acquire()).toBeNull()
    nowMs = 31_000
    const second = await of(2).acquire()
    expect(second).toMatchObject({ epoch: 2 })
    expect(first!.currentEpoch()).toBe(2)
  })

  it('can be renewed as long as it is not over, and not by one that slept past its end', async () => {
    const first = await of(1).acquire()
    nowMs = 20_000
    const renewed = await first!.renew()
    expect(renewed).toMatchObject({ epoch: 1, untilMs: 50_000 })
    nowMs = 40_000
    expect(await of(2).acquire()).toBeNull()
    nowMs = 50_000
    expect(await renewed!.renew()).toBeNull()
    expect(await of(2).acquire()).toMatchObject({ epoch: 2 })
    expect(await renewed!.renew()).toBeNull()
  })

  it('is free at once when its holder is dead or gave it back', async () => {
    const first = await of(1).acquire()
    dead.add(1)
    const second = await of(2).acquire()
    expect(second).toMatchObject({ epoch: 2 })
    await second!.release()
    expect(await of(3).acquire()).toMatchObject({ epoch: 3 })
    expect(await first!.renew()).toBeNull()
  })

  it('goes to one of many that ask at the same time', async () => {
    const taken = await Promise.all(Array.from({ length: 20 }, (_, pid) => of(pid + 1).acquire()))
    expect(taken.filter((lease) => lease !== null)).toHaveLength(1)
  })

  it('knows this process from one that had its number before', () => {
    const linux = linuxMachine()
    expect(linux.isAlive(linux.self())).toBe(true)
    expect(linux.isAlive({ ...linux.self(), started: '0' })).toBe(false)
  })
})
