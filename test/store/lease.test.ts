import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Lease, type Machine, fileLease, linuxMachine } from '../../src/store/lease.ts'
import { leaseContract } from './leaseContract.ts'

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
  leaseContract(() =>
    Promise.resolve({
      of,
      pass: (ms) => {
        nowMs += ms
        return Promise.resolve()
      },
    }))

  it('counts its holders, and its time from when it was asked for', async () => {
    expect(await of(1).acquire()).toMatchObject({ epoch: 1, untilMs: 31_000 })
    nowMs = 31_000
    expect(await of(2).acquire()).toMatchObject({ epoch: 2 })
  })

  it('is free at once when its holder is dead', async () => {
    const first = await of(1).acquire()
    dead.add(1)
    expect(await of(2).acquire()).toMatchObject({ epoch: 2 })
    expect(await first!.renew()).toBeNull()
  })

  it('knows this process from one that had its number before', () => {
    const linux = linuxMachine()
    expect(linux.isAlive(linux.self())).toBe(true)
    expect(linux.isAlive({ ...linux.self(), started: '0' })).toBe(false)
  })
})
