import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostId, stepId, vmId } from '../../src/model/ids.ts'
import { NOWHERE, POWER, type Pool, VM, VM_STATES } from '../../src/model/pool.ts'
import { reason } from '../../src/model/result.ts'
import { type ShownHost, type VmShown, keepPool, withSteps } from '../../src/observe/keepPool.ts'
import { makeHost, makeVm, trials } from '../support/parts.ts'

/** Hosts as looked at: 'h0: v0 running, v1 incoming' and so on; null = does not answer. */
const shown = (hosts: Readonly<Record<string, Readonly<Record<string, VmShown>> | null>>): ShownHost[] =>
  Object.entries(hosts).map(([name, vms]) => ({ host: makeHost(name), power: 'on', reachable: vms !== null, mode: 'available', vms: Object.entries(vms ?? {}).map(([vm, state]) => ({ vm: makeVm(vm), state })) }))
const look = (before: Pool | null, hosts: Parameters<typeof shown>[0], atMs = 0): Pool => keepPool(before, shown(hosts), [], atMs).pool
const place = (pool: Pool, name: string): string => {
  const vm = pool.vms.findIndex(({ id }, slot) => id === vmId(name) && pool.vmState[slot] !== VM.gone)
  if (vm === -1) return 'gone'
  const on = (host: number): string => (host === NOWHERE ? 'nowhere' : pool.hosts[host]!.id)
  return `${VM_STATES[pool.vmState[vm]!]} ${on(pool.vmHost[vm]!)}${pool.vmTarget[vm] === NOWHERE ? '' : ` to ${on(pool.vmTarget[vm]!)}`}`
}

describe('a pool that is looked at', () => {
  it('shows a migration as the driver does: running here, incoming there, and memory on both ends', () => {
    const pool = look(null, { h0: { v: 'running' }, h1: { v: 'incoming' } })
    expect(place(pool, 'v')).toBe('migrating h0 to h1')
    expect([...pool.hostMemoryMib.slice(0, 2)]).toEqual([pool.vms[0]!.memoryMib, pool.vms[0]!.memoryMib])
    expect([pool.hostOutgoing[0], pool.hostIncoming[1]]).toEqual([1, 1])
    const after = look(pool, { h0: {}, h1: { v: 'running' } })
    expect(place(after, 'v')).toBe('running h1')
    expect(after.revision).toBe(pool.revision + 1)
  })
  it('keeps slots, so that what is remembered by slot stays right, and gives a free one to a newcomer with its time', () => {
    const first = look(null, { h0: { a: 'running', b: 'running' } })
    const second = look(first, { h0: { b: 'running', c: 'running' } }, 5000)
    expect(second.vms.map(({ id }) => id)).toEqual(['c', 'b'])
    expect([...second.vmSinceMs.slice(0, 2)]).toEqual([5000, 0])
  })
  it('knows of a host that does not answer what it knew: its VMs are neither gone nor free', () => {
    const first = look(null, { h0: { a: 'running' }, h1: { b: 'running' } })
    const second = look(first, { h0: null, h1: { b: 'running' } })
    expect(place(second, 'a')).toBe('running h0')
    expect([second.hostReachable[0], second.hostMemoryMib[0]]).toEqual([0, first.hostMemoryMib[0]])
    const copied = look(first, { h0: null, h1: { b: 'running', a: 'shutOff' } })
    expect(place(copied, 'a')).toBe('running h0')
    expect(place(look(first, { h0: null, h1: { b: 'running', a: 'running' } }), 'a')).toBe('running h1')
  })
  it('tells of a VM that runs on two hosts, leaves it where it was and lets nobody move it', () => {
    const first = look(null, { h0: { a: 'running' }, h1: {} })
    const { pool, doubled } = keepPool(first, shown({ h0: { a: 'running' }, h1: { a: 'running' } }), [], 0)
    expect(doubled).toEqual(['a'])
    expect([place(pool, 'a'), pool.vms[0]!.movable]).toEqual(['running h0', false])
  })
  it('takes a state that is told wrongly for running, never for an outage', () => {
    expect(place(look(null, { h0: { a: 'unsure' } }), 'a')).toBe('running h0')
    expect(['paused', 'saved', 'shutOff', 'crashed'].map((state) => place(look(null, { h0: { a: state as VmShown } }), 'a'))).toEqual(['suspended h0', 'suspended h0', 'stopped h0', 'stopped h0'])
  })
  it('has the same revision while nothing changed', () => {
    const first = look(null, { h0: { a: 'running' } })
    expect(look(first, { h0: { a: 'running' } }).revision).toBe(first.revision)
  })
  it('enters what steps under way hold before the hosts show it, and nothing twice', () => {
    const step = { id: stepId('s'), kind: 'migrate' as const, vm: vmId('a'), source: hostId('h0'), target: hostId('h1'), after: [], estimateMs: 0, reason: reason('relieve', '') }
    const before = look(null, { h0: { a: 'running' }, h1: {} })
    const held = withSteps(before, [step])
    expect([place(held, 'a'), held.hostMemoryMib[1], place(before, 'a')]).toEqual(['migrating h0 to h1', before.vms[0]!.memoryMib, 'running h0'])
    const shownAlready = look(before, { h0: { a: 'running' }, h1: { a: 'incoming' } })
    expect(withSteps(shownAlready, [step]).hostMemoryMib[1]).toBe(before.vms[0]!.memoryMib)
  })

  it('after any looks holds exactly what its VMs hold, and every VM that was seen is somewhere', () => {
    const states: readonly VmShown[] = ['running', 'paused', 'incoming', 'shutOff', 'saved', 'crashed', 'unsure']
    const host = fc.option(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...states), { maxKeys: 3 }), { freq: 5 })
    fc.assert(fc.property(fc.array(fc.tuple(host, host, host), { minLength: 1, maxLength: 6 }), (looks) => {
      let pool: Pool | null = null
      for (const [h0, h1, h2] of looks) {
        const hosts = { h0, h1, h2 }
        pool = look(pool, hosts)
        const memory = [0, 0, 0]
        for (let vm = 0; vm < pool.vms.length; vm++) {
          if (!['starting', 'running', 'migrating', 'stopping', 'suspended'].includes(VM_STATES[pool.vmState[vm]!]!)) continue
          for (const end of [pool.vmHost[vm]!, pool.vmTarget[vm]!]) if (end !== NOWHERE) memory[end]! += pool.vms[vm]!.memoryMib
        }
        expect([...pool.hostMemoryMib.slice(0, 3)]).toEqual(memory)
        for (const vms of Object.values(hosts)) for (const [name, state] of Object.entries(vms ?? {})) if (state === 'running') expect(place(pool, name)).not.toBe('gone')
        expect(pool.hostPower.slice(0, 3).every((power) => power === POWER.on)).toBe(true)
      }
    }), trials(300))
  })
})
