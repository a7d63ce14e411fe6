import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import type { Step } from '../../src/model/plan.ts'
import { POWER, VM, copyPool, type Pool } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'
import { type Begun, type TransitionLimits, abandon, begin, finish } from '../../src/model/transition.ts'
import { trials } from '../support/parts.ts'
import { type SmallPool, hostNumber, smallPool, vmNumber } from '../support/pools.ts'

const LIMITS: TransitionLimits = { memoryEnforced: true, hostIncomingMax: 1, hostOutgoingMax: 1, poolMigrationsMax: 2, poolBootsMax: 1, hostsOnMin: 1 }
const base = { id: stepId('s'), after: [], estimateMs: 0, reason: reason('test', 'test') }
const migrate = (vm: string, source: string, target: string): Step => ({ ...base, kind: 'migrate', vm: vmId(vm), source: hostId(source), target: hostId(target) })
const start = (vm: string, target: string, kind: 'startVm' | 'resumeVm' = 'startVm'): Step => ({ ...base, kind, vm: vmId(vm), target: hostId(target) })
const stop = (vm: string, source: string, kind: 'shutdownVm' | 'suspendVm' = 'shutdownVm'): Step => ({ ...base, kind, vm: vmId(vm), source: hostId(source) })
const power = (kind: 'powerOn' | 'powerOff', host: string): Step => ({ ...base, kind, host: hostId(host) })

const GIB = 1024
const hosts = { h0: { memoryMib: 10 * GIB }, h1: { memoryMib: 10 * GIB }, h2: { memoryMib: 10 * GIB } }

type Refused = readonly [code: string, what: string, small: SmallPool, step: Step, limits?: Partial<TransitionLimits>]

/** Every way in which a step may be refused. */
const REFUSALS: readonly Refused[] = [
  ['unknownVm', 'a VM that left', smallPool(hosts), migrate('gone', 'h0', 'h1')],
  ['unknownHost', 'a target that is not there', smallPool(hosts, { a: { on: 'h0' } }), migrate('a', 'h0', 'nowhere')],
  ['unknownHost', 'a source that is not there', smallPool(hosts, { a: { on: 'h0' } }), migrate('a', 'nowhere', 'h1')],
  ['vmNotRunning', 'a VM that migrates', smallPool(hosts, { a: { on: 'h0', to: 'h1' } }), migrate('a', 'h0', 'h2')],
  ['vmNotRunning', 'a VM that stops', smallPool(hosts, { a: { on: 'h0', state: 'stopping' } }), migrate('a', 'h0', 'h2')],
  ['vmElsewhere', 'a VM that was moved meanwhile', smallPool(hosts, { a: { on: 'h1' } }), migrate('a', 'h0', 'h2')],
  ['sameHost', 'a move to where the VM is', smallPool(hosts, { a: { on: 'h0' } }), migrate('a', 'h0', 'h0')],
  ['vmNotMovable', 'a VM that may not be migrated', smallPool(hosts, { a: { on: 'h0', movable: false } }), migrate('a', 'h0', 'h1')],
  ['hostUnreachable', 'a source that does not answer', smallPool({ ...hosts, h0: { reachable: false } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostUnreachable', 'a target that does not answer', smallPool({ ...hosts, h1: { reachable: false } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostOutgoingMax', 'a source that sends already', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h0', to: 'h2' } }), migrate('a', 'h0', 'h1')],
  ['hostIncomingMax', 'a target that receives already', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h2', to: 'h1' } }), migrate('a', 'h0', 'h1')],
  ['poolMigrationsMax', 'a pool that migrates enough', smallPool({ ...hosts, h3: {}, h4: {} }, { a: { on: 'h0' }, b: { on: 'h2', to: 'h3' } }), migrate('a', 'h0', 'h1'), { poolMigrationsMax: 1 }],
  ['hostNotOn', 'a target that is off', smallPool({ ...hosts, h1: { power: 'off' } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostNotOn', 'a target that boots', smallPool({ ...hosts, h1: { power: 'poweringOn' } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostNotOn', 'a target that shuts down', smallPool({ ...hosts, h1: { power: 'poweringOff' } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostNotOn', 'a target that failed', smallPool({ ...hosts, h1: { power: 'failed' } }, { a: {} }), start('a', 'h1')],
  ['hostInMaintenance', 'a target that enters maintenance', smallPool({ ...hosts, h1: { mode: 'entering' } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')],
  ['hostInMaintenance', 'a target in maintenance', smallPool({ ...hosts, h1: { mode: 'maintenance' } }, { a: {} }), start('a', 'h1')],
  ['noMemory', 'a target short of 1 MiB', smallPool(hosts, { a: { on: 'h0', memoryMib: 4 * GIB + 1 }, b: { on: 'h1', memoryMib: 6 * GIB } }), migrate('a', 'h0', 'h1')],
  ['noMemory', 'a target that is receiving the rest of its memory', smallPool(hosts, { a: { on: 'h0', memoryMib: 6 * GIB }, b: { on: 'h2', to: 'h1', memoryMib: 5 * GIB } }), migrate('a', 'h0', 'h1'), { hostIncomingMax: 4 }],
  ['noMemory', 'a target that another VM is leaving', smallPool(hosts, { a: { on: 'h0', memoryMib: 6 * GIB }, b: { on: 'h1', to: 'h2', memoryMib: 5 * GIB } }), migrate('a', 'h0', 'h1')],
  ['noMemory', 'a start beyond what VMs may have', smallPool({ h0: { memoryMib: 10 * GIB, reserveMemoryMib: GIB } }, { a: { memoryMib: 10 * GIB } }), start('a', 'h0')],
  ['rule', 'a VM kept off', smallPool(hosts, { a: { on: 'h0' } }, [{ id: 'r', kind: 'keepOff', vms: [vmId('a')], hosts: [hostId('h1')] }]), migrate('a', 'h0', 'h1')],
  ['rule', 'a VM that runs elsewhere only', smallPool(hosts, { a: {} }, [{ id: 'r', kind: 'runOn', vms: [vmId('a')], hosts: [hostId('h2')] }]), start('a', 'h1')],
  ['rule', 'a VM kept apart', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1' } }, [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }]), migrate('a', 'h0', 'h1')],
  ['rule', 'a VM kept apart from one on its way in', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h2', to: 'h1' } }, [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }]), migrate('a', 'h0', 'h1'), { hostIncomingMax: 4 }],
  ['rule', 'a VM kept apart from one on its way out', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h1', to: 'h2' } }, [{ id: 'r', kind: 'apart', vms: [vmId('a'), vmId('b')] }]), migrate('a', 'h0', 'h1')],
  ['vmNotStartable', 'a VM that runs', smallPool(hosts, { a: { on: 'h0' } }), start('a', 'h1')],
  ['vmNotStartable', 'a stopped VM to be resumed', smallPool(hosts, { a: { state: 'stopped' } }), start('a', 'h1', 'resumeVm')],
  ['vmNotStartable', 'a suspended VM to be started anew', smallPool(hosts, { a: { state: 'suspended' } }), start('a', 'h1')],
  ['vmNotStartable', 'a VM that starts already', smallPool(hosts, { a: { on: 'h0', state: 'starting' } }), start('a', 'h1')],
  ['unknownVm', 'a start of a VM that left', smallPool(hosts), start('gone', 'h0')],
  ['unknownHost', 'a start on no host', smallPool(hosts, { a: {} }), start('a', 'nowhere')],
  ['unknownVm', 'a stop of a VM that left', smallPool(hosts), stop('gone', 'h0')],
  ['vmNotRunning', 'a stop of a stopped VM', smallPool(hosts, { a: { state: 'stopped' } }), stop('a', 'h0')],
  ['vmNotRunning', 'a stop in the middle of a migration', smallPool(hosts, { a: { on: 'h0', to: 'h1' } }), stop('a', 'h0', 'suspendVm')],
  ['vmElsewhere', 'a stop of a VM that moved on', smallPool(hosts, { a: { on: 'h1' } }), stop('a', 'h0')],
  ['unknownHost', 'a wake of no host', smallPool(hosts), power('powerOn', 'nowhere')],
  ['hostNotOff', 'a wake of a host that is on', smallPool(hosts), power('powerOn', 'h0')],
  ['hostNotOff', 'a wake of a host that shuts down', smallPool({ ...hosts, h0: { power: 'poweringOff' } }), power('powerOn', 'h0')],
  ['hostUnreachable', 'a wake of a host that may live', smallPool({ ...hosts, h0: { power: 'failed', reachable: false } }), power('powerOn', 'h0')],
  ['hostInMaintenance', 'a wake of a host that entered maintenance since it was planned', smallPool({ ...hosts, h0: { power: 'off', mode: 'maintenance' } }), power('powerOn', 'h0')],
  ['poolBootsMax', 'a boot beside enough others', smallPool({ ...hosts, h0: { power: 'off' }, h1: { power: 'poweringOn' } }), power('powerOn', 'h0')],
  ['unknownHost', 'a power-off of no host', smallPool(hosts), power('powerOff', 'nowhere')],
  ['hostNotOn', 'a power-off of a host that is off', smallPool({ ...hosts, h0: { power: 'off' } }), power('powerOff', 'h0')],
  ['powerNotManaged', 'a power-off of a host under no management', smallPool({ ...hosts, h0: { powerManaged: false } }), power('powerOff', 'h0')],
  ['hostInMaintenance', 'a power-off in maintenance', smallPool({ ...hosts, h0: { mode: 'maintenance' } }), power('powerOff', 'h0')],
  ['hostNotEmpty', 'a power-off with a VM', smallPool(hosts, { a: { on: 'h0' } }), power('powerOff', 'h0')],
  ['hostNotEmpty', 'a power-off with a VM that starts', smallPool(hosts, { a: { on: 'h0', state: 'starting' } }), power('powerOff', 'h0')],
  ['hostNotEmpty', 'a power-off with a VM on its way out', smallPool(hosts, { a: { on: 'h0', to: 'h1' } }), power('powerOff', 'h0')],
  ['hostReceiving', 'a power-off with a VM on its way in', smallPool(hosts, { a: { on: 'h1', to: 'h0' } }), power('powerOff', 'h0')],
  ['poolUnknown', 'a power-off while another host does not answer', smallPool({ ...hosts, h1: { reachable: false } }), power('powerOff', 'h0')],
  ['hostsOnMin', 'a power-off below the minimum', smallPool(hosts), power('powerOff', 'h0'), { hostsOnMin: 3 }],
  ['hostsOnMin', 'a power-off that counts a host in maintenance as serving', smallPool({ ...hosts, h1: { mode: 'maintenance' } }), power('powerOff', 'h0'), { hostsOnMin: 2 }],
  ['hostsOnMin', 'a power-off that counts a booting host as serving', smallPool({ ...hosts, h1: { power: 'poweringOn' } }), power('powerOff', 'h0'), { hostsOnMin: 2 }],
  ['hostsOnMin', 'a power-off of the last host, whatever the minimum', smallPool({ h0: {} }), power('powerOff', 'h0'), { hostsOnMin: 0 }],
]

/** The columns as plain lists, without the revision. */
const columns = (pool: Pool): unknown => ({
  power: [...pool.hostPower], mode: [...pool.hostMode], memory: [...pool.hostMemoryMib], count: [...pool.hostVmCount], incoming: [...pool.hostIncoming], outgoing: [...pool.hostOutgoing],
  state: [...pool.vmState], host: [...pool.vmHost], target: [...pool.vmTarget],
})

describe('a step', () => {
  it.each(REFUSALS.map(([code, what, small, step, limits]) => ({ code, what, small, step, limits })))('is refused as $code: $what', ({ code, small: { pool, index }, step, limits }) => {
    const owned = copyPool(pool)
    const before = columns(owned)
    const result = begin(owned, index, step, { ...LIMITS, ...limits })
    expect(result).toMatchObject({ ok: false, refusal: { code } })
    expect(columns(owned)).toEqual(before)
    expect(owned.revision).toBe(pool.revision)
  })

  it.each<[string, SmallPool, Step, Partial<TransitionLimits>]>([
    ['fills a target to the last MiB', smallPool(hosts, { a: { on: 'h0', memoryMib: 4 * GIB }, b: { on: 'h1', memoryMib: 6 * GIB } }), migrate('a', 'h0', 'h1'), {}],
    ['fills beyond memory only in a world without memory', smallPool(hosts, { a: { on: 'h0', memoryMib: 90 * GIB } }), migrate('a', 'h0', 'h1'), { memoryEnforced: false }],
    ['leaves exactly the minimum of hosts on', smallPool(hosts), power('powerOff', 'h0'), { hostsOnMin: 2 }],
    ['starts a stopped VM', smallPool(hosts, { a: { state: 'stopped' } }), start('a', 'h0'), {}],
    ['wakes a failed host that is known to be dead', smallPool({ ...hosts, h0: { power: 'failed' } }), power('powerOn', 'h0'), {}],
    ['goes without limits where there are none', smallPool(hosts, { a: { on: 'h0' }, b: { on: 'h0', to: 'h2' } }), migrate('a', 'h0', 'h1'), { hostIncomingMax: null, hostOutgoingMax: null, poolMigrationsMax: null }],
    ['moves a VM away from a host in maintenance', smallPool({ ...hosts, h0: { mode: 'entering' } }, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1'), {}],
  ])('%s', (_, { pool, index }, step, limits) => {
    expect(begin(copyPool(pool), index, step, { ...LIMITS, ...limits }).ok).toBe(true)
  })
})

const begun = ({ pool, index }: SmallPool, step: Step): Begun => {
  const result = begin(pool, index, step, LIMITS)
  if (!result.ok) throw new Error(result.refusal.message)
  return result.value
}

describe('the end of a step', () => {
  it('takes back all that its begin entered when it did not end well', () => {
    const cases: [SmallPool, Step][] = [
      [smallPool(hosts, { a: { on: 'h0' } }), migrate('a', 'h0', 'h1')], [smallPool(hosts, { a: {} }), start('a', 'h1')], [smallPool(hosts, { a: { state: 'suspended' } }), start('a', 'h1', 'resumeVm')],
      [smallPool(hosts, { a: { on: 'h0' } }), stop('a', 'h0')], [smallPool(hosts, { a: { on: 'h0' } }), stop('a', 'h0', 'suspendVm')], [smallPool(hosts), power('powerOff', 'h0')],
    ]
    for (const [small, step] of cases) {
      const before = columns(small.pool)
      const started = begun(small, step)
      expect(columns(small.pool)).not.toEqual(before)
      abandon(small.pool, started)
      expect(columns(small.pool)).toEqual(before)
    }
  })

  it('leaves a host that did not come up failed', () => {
    const small = smallPool({ ...hosts, h0: { power: 'off' } })
    abandon(small.pool, begun(small, power('powerOn', 'h0')))
    expect(small.pool.hostPower[0]).toBe(POWER.failed)
  })

  it('moves a VM with its memory', () => {
    const small = smallPool(hosts, { a: { on: 'h0', memoryMib: 3000 } })
    const started = begun(small, migrate('a', 'h0', 'h1'))
    expect([...small.pool.hostMemoryMib.slice(0, 2)]).toEqual([3000, 3000])
    finish(small.pool, started)
    expect(small.pool.vmHost[0]).toBe(1)
    expect([...small.pool.hostMemoryMib.slice(0, 2)]).toEqual([0, 3000])
    expect([...small.pool.hostVmCount.slice(0, 2)]).toEqual([0, 1])
  })

  it('frees the memory of a VM that was shut down or suspended', () => {
    for (const [kind, state] of [['shutdownVm', VM.stopped], ['suspendVm', VM.suspended]] as const) {
      const small = smallPool(hosts, { a: { on: 'h0' } })
      finish(small.pool, begun(small, stop('a', 'h0', kind)))
      expect([small.pool.vmState[0], small.pool.vmHost[0], small.pool.hostMemoryMib[0], small.pool.hostVmCount[0]]).toEqual([state, -1, 0, 0])
    }
  })
})

describe('steps in any order', () => {
  const hostNames = ['h0', 'h1', 'h2', 'h3']
  const vmNames = ['a', 'b', 'c', 'd', 'e']
  const stepArbitrary = fc.oneof(
    fc.tuple(fc.constantFrom(...vmNames), fc.constantFrom(...hostNames), fc.constantFrom(...hostNames)).map(([vm, source, target]) => migrate(vm, source, target)),
    fc.tuple(fc.constantFrom(...vmNames), fc.constantFrom(...hostNames), fc.constantFrom('startVm' as const, 'resumeVm' as const)).map(([vm, target, kind]) => start(vm, target, kind)),
    fc.tuple(fc.constantFrom(...vmNames), fc.constantFrom(...hostNames), fc.constantFrom('shutdownVm' as const, 'suspendVm' as const)).map(([vm, source, kind]) => stop(vm, source, kind)),
    fc.tuple(fc.constantFrom('powerOn' as const, 'powerOff' as const), fc.constantFrom(...hostNames)).map(([kind, host]) => power(kind, host)),
  )
  const action = fc.record({ step: stepArbitrary, ends: fc.constantFrom('done', 'failed', 'later'), which: fc.nat() })

  it('keep counts, memory and places in step with each other, and no host overfilled', () => {
    fc.assert(fc.property(fc.array(action, { maxLength: 120, size: 'max' }), (actions) => {
      const small = smallPool({ h0: { memoryMib: 9000 }, h1: { memoryMib: 12_000 }, h2: { memoryMib: 9000, power: 'off' }, h3: { memoryMib: 20_000 } }, { a: { on: 'h0' }, b: { on: 'h0' }, c: { on: 'h1' }, d: {}, e: { state: 'suspended', memoryMib: 7000 } })
      const { pool, index } = small
      const open: Begun[] = []
      for (const { step, ends, which } of actions) {
        const result = begin(pool, index, step, { ...LIMITS, hostIncomingMax: 2, hostOutgoingMax: 2 })
        if (result.ok) open.push(result.value)
        if (ends !== 'later' && open.length > 0) (ends === 'done' ? finish : abandon)(pool, open.splice(which % open.length, 1)[0]!)
        expectConsistent(small, open)
      }
    }), trials(300))
  })

  /** Recounts every column from the places of the VMs. */
  function expectConsistent(small: SmallPool, open: readonly Begun[]): void {
    const { pool } = small
    for (const name of hostNames) {
      const host = hostNumber(small, name)
      const here = vmNames.map((vm) => vmNumber(small, vm)).filter((vm) => pool.vmHost[vm] === host || pool.vmTarget[vm] === host)
      const heldMib = here.reduce((sum, vm) => sum + pool.vms[vm]!.memoryMib, 0)
      expect(pool.hostMemoryMib[host]).toBe(heldMib)
      expect(heldMib).toBeLessThanOrEqual(pool.hosts[host]!.capacity.memoryMib)
      expect(pool.hostVmCount[host]).toBe(here.filter((vm) => pool.vmHost[vm] === host).length)
      expect(pool.hostIncoming[host]).toBe(here.filter((vm) => pool.vmTarget[vm] === host).length)
      expect(pool.hostOutgoing[host]).toBe(here.filter((vm) => pool.vmHost[vm] === host && pool.vmTarget[vm] !== -1).length)
      if (here.length > 0) expect(pool.hostPower[host]).toBe(POWER.on)
    }
    const busy = open.filter(({ vm }) => vm >= 0).map(({ vm }) => vm)
    expect(new Set(busy).size).toBe(busy.length)
  }
})
