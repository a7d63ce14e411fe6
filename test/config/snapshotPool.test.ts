import { describe, expect, it } from 'vitest'
import { poolOfSnapshot } from '../../src/config/snapshotPool.ts'
import { parseSnapshot } from '../../src/config/snapshotFile.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { HOST_MODES, NOWHERE, POWER_STATES, VM_STATES } from '../../src/model/pool.ts'

const snapshot = parseSnapshot(parseSource('pool.yaml', `formatVersion: 1
hosts:
  - {id: a, model: rack-2020}
  - {id: b, model: rack-2020, state: "off"}
  - {id: c, model: rack-2020, mode: maintenance, reachable: false}
vms:
  - {id: runs, vcpus: 2, memoryMib: 4096, host: a}
  - {id: sleeps, vcpus: 2, memoryMib: 2048, host: a, state: suspended}
  - {id: stopped, vcpus: 2, memoryMib: 1024, host: b, state: stopped}
  - {id: waits, vcpus: 2, memoryMib: 512}
rules:
  - {id: r, kind: runOn, vms: [waits], hosts: [a]}
`))

describe('the pool of a snapshot', () => {
  const pool = poolOfSnapshot(snapshot)

  it('has its hosts with their states, in its order', () => {
    expect(pool.hosts.map(({ id }, host) => [id, POWER_STATES[pool.hostPower[host]!], HOST_MODES[pool.hostMode[host]!], pool.hostReachable[host]])).toEqual([
      ['a', 'on', 'available', 1], ['b', 'off', 'available', 1], ['c', 'on', 'maintenance', 0]])
  })

  it('has its VMs with their states and places; a stopped one has none', () => {
    expect(pool.vms.map(({ id }, vm) => [id, VM_STATES[pool.vmState[vm]!], pool.vmHost[vm]])).toEqual([
      ['runs', 'running', 0], ['sleeps', 'suspended', 0], ['stopped', 'stopped', NOWHERE], ['waits', 'pending', NOWHERE]])
  })

  it('holds the memory of what runs and sleeps, and nothing else', () => {
    expect([...pool.hostMemoryMib.subarray(0, 3)]).toEqual([6144, 0, 0])
    expect([...pool.hostVmCount.subarray(0, 3)]).toEqual([2, 0, 0])
  })

  it('is at revision 0, with the rules', () => {
    expect([pool.revision, pool.rules]).toEqual([0, snapshot.rules])
  })
})
