import { describe, expect, it } from 'vitest'
import { parseSnapshot } from '../../src/config/snapshotFile.ts'
import { parseSource } from '../../src/config/sourceDocument.ts'
import { issuesOf } from './support.ts'

const host = { id: 'a', cores: 4, coreMhz: 2000, memoryMib: 16_384, smtYield: 1 }
const vm = { id: 'v', vcpus: 2, memoryMib: 2048, host: 'a' }
const read = (value: object) => parseSnapshot(parseSource('pool.json', JSON.stringify({ formatVersion: 1, ...value })))
const issues = (value: object): string => issuesOf(() => read(value)).join('\n')

describe('a pool snapshot', () => {
  it('is read with what it leaves out', () => {
    const { hosts, vms } = read({ hosts: [{ ...host, power: { idleW: 100, fullW: 200 } }], vms: [vm] })
    expect(hosts[0]!.host).toMatchObject({ id: 'a', performanceFactor: 1, capacity: { cpuMhz: 8000, memoryMib: 16_384 }, powerManaged: true, rack: null })
    expect(hosts[0]!.host.power.curveW).toEqual([100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200])
    expect(hosts[0]).toMatchObject({ power: 'on', mode: 'available', reachable: true })
    expect(vms[0]).toEqual({
      vm: { id: 'v', vcpus: 2, cpuMhz: 4000, memoryMib: 2048, dirtyMibPerS: 25, shares: 2048, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null },
      state: 'running', host: 'a', usage: null,
    })
  })

  it('is YAML as well as JSON', () => {
    expect(parseSnapshot(parseSource('pool.yaml', 'formatVersion: 1\nhosts: [{id: a, model: rack-2023}]\n')).hosts[0]!.host.cores).toBe(128)
  })

  it.each<[string, object, RegExp]>([
    ['no version', { formatVersion: undefined, hosts: [host] }, /formatVersion: is missing/],
    ['no hosts', { hosts: [] }, /hosts: is empty, expected at least 1/],
    ['a host twice', { hosts: [host, host] }, /hosts\[1\].id: is a, as that of another host/],
    ['a VM twice', { hosts: [host], vms: [vm, vm] }, /vms\[1\].id: is v, as that of another VM/],
    ['a VM on no known host', { hosts: [host], vms: [{ ...vm, host: 'b' }] }, /vms\[0\].host: unknown host "b"/],
    ['a running VM without a host', { hosts: [host], vms: [{ ...vm, host: undefined, state: 'running' }] }, /vms\[0\].host: is missing, but v is running/],
    ['a running VM on a host that is off', { hosts: [{ ...host, state: 'off' }], vms: [vm] }, /vms\[0\].host: is a, which is off/],
    ['a waiting VM with a host', { hosts: [host], vms: [{ ...vm, state: 'pending' }] }, /vms\[0\].state: is pending, but v has a host/],
    ['a VM larger than any host', { hosts: [host], vms: [{ ...vm, memoryMib: 20_000 }] }, /vms\[0\].memoryMib: is 20000 MiB, but the largest host has 16384 MiB/],
    ['more vCPUs than any host', { hosts: [host], vms: [{ ...vm, vcpus: 5 }] }, /vms\[0\].vcpus: is 5, but the largest host has 4/],
    ['a reservation above the limit', { hosts: [host], vms: [{ ...vm, cpuReservationMhz: 900, cpuLimitMhz: 800 }] }, /cpuReservationMhz: is 900 MHz, above cpuLimitMhz/],
    ['a rule about an unknown VM', { hosts: [host], vms: [vm], rules: [{ id: 'r', kind: 'runOn', vms: ['w'], hosts: ['a'] }] }, /rules\[0\].vms\[0\]: unknown VM "w"/],
    ['together what fits on no host', { hosts: [host], vms: [{ ...vm, memoryMib: 9000 }, { ...vm, id: 'w', memoryMib: 9000 }], rules: [{ id: 'r', kind: 'together', vms: ['v', 'w'] }] }, /rules\[0\].vms: must be together with 18000 MiB/],
    ['a rule twice', { hosts: [host, { ...host, id: 'b' }], vms: [vm, { ...vm, id: 'w' }], rules: [{ id: 'r', kind: 'apart', vms: ['v', 'w'] }, { id: 'r', kind: 'apart', vms: ['v', 'w'] }] }, /rules\[1\].id: is r, as that of rules\[0\]/],
    ['an instant that is none', { takenAt: 'yesterday', hosts: [host] }, /takenAt: is no instant/],
  ])('with %s is refused', (_, value, message) => {
    expect(issues(value)).toMatch(message)
  })

  it('of ten thousand VMs with one fault names its line', () => {
    const vms = Array.from({ length: 10_000 }, (_, index) => ({ ...vm, id: `v${index}`, ...(index === 9000 ? { memory: 5 } : {}) }))
    const text = JSON.stringify({ formatVersion: 1, hosts: [host], vms }, null, 1)
    const line = text.split('\n').findIndex((one) => one.includes('"memory"')) + 1
    expect(issuesOf(() => parseSnapshot(parseSource('pool.json', text)))).toEqual([`pool.json:${line} vms[9000].memory: unknown key "memory": did you mean "memoryMib"?`])
  })
})
