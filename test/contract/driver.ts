import { describe, expect, it } from 'vitest'
import type { PoolDriver } from '../../src/control/driver.ts'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step, StepOutcome } from '../../src/model/plan.ts'
import { HOST_MODES, NOWHERE, POWER_STATES, VM_STATES } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'

/** A pool under test behind its driver, with a way to let time pass until steps have ended. */
export interface DrivenPool {
  readonly driver: PoolDriver
  /** Lets time pass until every begun step has ended; the ends in order, as the controller is told of them. */
  settle(): Promise<readonly { readonly step: string; readonly outcome: StepOutcome }[]>
  /** Makes the next boot fail. Null where that can't be arranged. */
  readonly failNextBoot: (() => void) | null
  /** Makes the next migration break off. Null where that can't be arranged. */
  readonly failNextMigration: (() => void) | null
  close(): Promise<void>
}

/** What a driver must be able to set up for the suite. */
export interface DriverSetup {
  /**
   * Hosts h0 and h1 on, h2 off, of equal size; VMs `a` (4 GiB) and `b` (4 GiB) running on h0, `c` (4 GiB) waiting, `fixed`
   * (1 GiB) running on h0 and not movable, `big` waiting, with less memory than a host but more than one with `a`, `b` and `fixed` has left.
   */
  open(): Promise<DrivenPool>
}

const base = (id: string) => ({ id: stepId(id), after: [], estimateMs: 0, reason: reason('test', 'contract suite') })
const migrate = (id: string, vm: string, source: string, target: string): Step => ({ ...base(id), kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target) })
const start = (id: string, vm: string, target: string, kind: 'startVm' | 'resumeVm' = 'startVm'): Step => ({ ...base(id), kind, vm: vmId(vm), target: hostId(target) })
const stop = (id: string, vm: string, source: string, kind: 'shutdownVm' | 'suspendVm'): Step => ({ ...base(id), kind, vm: vmId(vm), source: hostId(source) })
const power = (id: string, kind: 'powerOn' | 'powerOff', host: string): Step => ({ ...base(id), kind, host: hostId(host) })

/** What every driver of a pool must do, simulated or live. Run it with each: same tests, different constructor. */
export function driverContract(name: string, setup: DriverSetup): void {
  const using = (test: (pool: DrivenPool) => Promise<void>) => async (): Promise<void> => {
    const pool = await setup.open()
    try {
      await test(pool)
    } finally {
      await pool.close()
    }
  }

  describe(`the ${name} driver`, () => {
    describe('shows', () => {
      it('every host and VM under its name, with its place', using(({ driver: { pool, index } }) => {
        expect([...index.hosts.keys()].sort()).toEqual(['h0', 'h1', 'h2'])
        expect([...index.vms.keys()].sort()).toEqual(['a', 'b', 'big', 'c', 'fixed'])
        for (const [id, host] of index.hosts) expect(pool.hosts[host]!.id).toBe(id)
        for (const [id, vm] of index.vms) expect(pool.vms[vm]!.id).toBe(id)
        return Promise.resolve()
      }))

      it('the states that the setup has', using((pool) => {
        expect([placeOf(pool, 'a'), placeOf(pool, 'b'), placeOf(pool, 'c')]).toEqual(['running on h0', 'running on h0', 'pending'])
        expect([powerOf(pool, 'h0'), powerOf(pool, 'h1'), powerOf(pool, 'h2')]).toEqual(['on', 'on', 'off'])
        return Promise.resolve()
      }))

      it('memory that is the sum of its VMs, on both ends while one migrates', using(async (pool) => {
        expectMemory(pool)
        expect(pool.driver.start(migrate('s1', 'a', 'h0', 'h1')).ok).toBe(true)
        expect(placeOf(pool, 'a')).toBe('migrating on h0 to h1')
        expectMemory(pool)
        await pool.settle()
        expect(placeOf(pool, 'a')).toBe('running on h1')
        expectMemory(pool)
      }))
    })

    describe('carries out', () => {
      it.each<[string, Step, string, string]>([
        ['a migration', migrate('s1', 'a', 'h0', 'h1'), 'a', 'running on h1'], ['a start', start('s1', 'c', 'h1'), 'c', 'running on h1'],
        ['a shutdown', stop('s1', 'a', 'h0', 'shutdownVm'), 'a', 'stopped'], ['a suspension', stop('s1', 'a', 'h0', 'suspendVm'), 'a', 'suspended'],
      ])('%s, and tells its end once', async (_, step, vm, place) => {
        await using(async (pool) => {
          expect(pool.driver.start(step)).toEqual({ ok: true, value: undefined })
          expect(await pool.settle()).toEqual([{ step: 's1', outcome: 'done' }])
          expect(placeOf(pool, vm)).toBe(place)
          expectMemory(pool)
          expect(await pool.settle()).toEqual([])
        })()
      })

      it('a resumption of what was suspended', using(async (pool) => {
        pool.driver.start(stop('s1', 'a', 'h0', 'suspendVm'))
        await pool.settle()
        expect(pool.driver.start(start('s2', 'a', 'h1', 'resumeVm')).ok).toBe(true)
        await pool.settle()
        expect(placeOf(pool, 'a')).toBe('running on h1')
      }))

      it('a boot and a power-off, with the states between', using(async (pool) => {
        expect(pool.driver.start(power('s1', 'powerOn', 'h2')).ok).toBe(true)
        expect(powerOf(pool, 'h2')).toBe('poweringOn')
        expect(await pool.settle()).toEqual([{ step: 's1', outcome: 'done' }])
        expect(powerOf(pool, 'h2')).toBe('on')
        expect(pool.driver.start(power('s2', 'powerOff', 'h2')).ok).toBe(true)
        expect(powerOf(pool, 'h2')).toBe('poweringOff')
        await pool.settle()
        expect(powerOf(pool, 'h2')).toBe('off')
      }))

      it('steps of several VMs at once', using(async (pool) => {
        expect(pool.driver.start(migrate('s1', 'a', 'h0', 'h1')).ok).toBe(true)
        expect(pool.driver.start(start('s2', 'c', 'h1')).ok).toBe(true)
        expect((await pool.settle()).map(({ step }) => step).sort()).toEqual(['s1', 's2'])
        expect([placeOf(pool, 'a'), placeOf(pool, 'c')]).toEqual(['running on h1', 'running on h1'])
        expectMemory(pool)
      }))

      it('a change of mode, which grows the revision', using((pool) => {
        const { revision } = pool.driver.pool
        for (const mode of ['entering', 'maintenance', 'available'] as const) {
          pool.driver.setMode(hostId('h1'), mode)
          expect(HOST_MODES[pool.driver.pool.hostMode[pool.driver.index.hosts.get(hostId('h1'))!]!]).toBe(mode)
        }
        expect(pool.driver.pool.revision).toBeGreaterThan(revision)
        return Promise.resolve()
      }))
    })

    describe('refuses, and changes nothing,', () => {
      it.each<[string, string, Step]>([
        ['vmElsewhere', 'a migration from where the VM is not', migrate('s1', 'a', 'h1', 'h0')], ['unknownVm', 'a VM that is not there', migrate('s1', 'nobody', 'h0', 'h1')], ['unknownHost', 'a host that is not there', migrate('s1', 'a', 'h0', 'nowhere')],
        ['hostNotOn', 'a target that is off', migrate('s1', 'a', 'h0', 'h2')], ['vmNotMovable', 'a VM that may not move', migrate('s1', 'fixed', 'h0', 'h1')], ['vmNotStartable', 'a start of what runs', start('s1', 'a', 'h1')],
        ['noMemory', 'a VM that has no room', start('s1', 'big', 'h0')], ['hostNotEmpty', 'a power-off with VMs', power('s1', 'powerOff', 'h0')], ['hostNotOff', 'a boot of what is on', power('s1', 'powerOn', 'h1')],
      ])('as %s %s', async (code, _, step) => {
        await using(async (pool) => {
          const { revision } = pool.driver.pool
          expect(pool.driver.start(step)).toMatchObject({ ok: false, refusal: { code } })
          expect(pool.driver.pool.revision).toBe(revision)
          expect(await pool.settle()).toEqual([])
        })()
      })

      it('a second step of a VM that has one', using(async (pool) => {
        pool.driver.start(migrate('s1', 'a', 'h0', 'h1'))
        expect(pool.driver.start(stop('s2', 'a', 'h0', 'shutdownVm'))).toMatchObject({ ok: false, refusal: { code: 'vmNotRunning' } })
        expect(pool.driver.start(migrate('s3', 'a', 'h0', 'h1'))).toMatchObject({ ok: false })
        expect(await pool.settle()).toEqual([{ step: 's1', outcome: 'done' }])
      }))

      it('a target that was cordoned', using((pool) => {
        pool.driver.setMode(hostId('h1'), 'entering')
        expect(pool.driver.start(migrate('s1', 'a', 'h0', 'h1'))).toMatchObject({ ok: false, refusal: { code: 'hostInMaintenance' } })
        return Promise.resolve()
      }))

      it('a mode of a host that is not there', using((pool) => {
        const { revision } = pool.driver.pool
        pool.driver.setMode(hostId('nowhere'), 'entering')
        expect(pool.driver.pool.revision).toBe(revision)
        return Promise.resolve()
      }))
    })

    describe('when a step fails', () => {
      it('leaves the VM of a migration where it was', using(async (pool) => {
        if (!pool.failNextMigration) return
        pool.failNextMigration()
        pool.driver.start(migrate('s1', 'a', 'h0', 'h1'))
        expect(await pool.settle()).toEqual([{ step: 's1', outcome: 'failed' }])
        expect(placeOf(pool, 'a')).toBe('running on h0')
        expectMemory(pool)
      }))

      it('shows a host that did not come up as failed, and tries again when asked', using(async (pool) => {
        if (!pool.failNextBoot) return
        pool.failNextBoot()
        pool.driver.start(power('s1', 'powerOn', 'h2'))
        expect(await pool.settle()).toEqual([{ step: 's1', outcome: 'failed' }])
        expect(powerOf(pool, 'h2')).toBe('failed')
        expect(pool.driver.start(power('s2', 'powerOn', 'h2')).ok).toBe(true)
        expect(await pool.settle()).toEqual([{ step: 's2', outcome: 'done' }])
      }))
    })
  })
}

function placeOf({ driver: { pool, index } }: DrivenPool, name: string): string {
  const vm = index.vms.get(vmId(name))!
  const hostAt = (host: number): string => pool.hosts[host]!.id
  const state = VM_STATES[pool.vmState[vm]!]!
  const place = pool.vmHost[vm] === NOWHERE ? '' : ` on ${hostAt(pool.vmHost[vm]!)}`
  return `${state}${place}${pool.vmTarget[vm] === NOWHERE ? '' : ` to ${hostAt(pool.vmTarget[vm]!)}`}`
}

const powerOf = ({ driver: { pool, index } }: DrivenPool, name: string): string => POWER_STATES[pool.hostPower[index.hosts.get(hostId(name))!]!]!

function expectMemory({ driver: { pool } }: DrivenPool): void {
  pool.hosts.forEach((_, host) => {
    const held = pool.vms.reduce((sum, vm, slot) => sum + (VM_STATES[pool.vmState[slot]!] !== 'gone' && (pool.vmHost[slot] === host || pool.vmTarget[slot] === host) ? vm.memoryMib : 0), 0)
    expect(pool.hostMemoryMib[host]).toBe(held)
  })
}
