import { describe, expect, it } from 'vitest'
import type { DomainCounters, HostCounters, SeenDomain } from '../../../src/drivers/libvirt/messages.ts'
import { migrationOptions, MIGRATION_DEFAULTS } from '../../../src/drivers/libvirt/migrationOptions.ts'
import { seenStateOf, seenVmOf } from '../../../src/drivers/libvirt/seen.ts'
import { memoryUsedMib, usageBetween } from '../../../src/drivers/libvirt/usage.ts'

const S = 1e9
const vm = (more: Partial<DomainCounters>): DomainCounters => ({ name: 'a', uuid: 'u-a', id: 1, state: 1, cpuTimeNs: 0, ...more })
const control = (cpuTimeNs: number): DomainCounters => ({ name: 'Domain-0', uuid: '00000000-0000-0000-0000-000000000000', id: 0, state: 1, cpuTimeNs })
const reading = (atMs: number, domains: readonly DomainCounters[], cpuBusyNs: number | null = null): HostCounters => ({ atMs, domains, cpuBusyNs, memoryKib: 2 ** 21, memoryFreeKib: 2 ** 20 })

describe('usage between two readings', () => {
  it('is growth over time: CPU, waiting, network, disk', () => {
    const { vms, cores, intervalMs } = usageBetween(reading(1000, [vm({ cpuTimeNs: 5 * S, delayNs: 0, networkBytes: 0, diskBytes: 2 ** 20 })], 0), reading(11_000, [vm({ cpuTimeNs: 15 * S, delayNs: 2.5 * S, networkBytes: 20 * 2 ** 20, diskBytes: 2 ** 20 })], 12 * S))
    expect([intervalMs, cores]).toEqual([10_000, 1.2])
    expect(vms.get('u-a')).toEqual({ cores: 1, delayRatio: 0.25, memoryMib: null, networkMibPerS: 2, diskMibPerS: 0 })
  })

  it('is missing, not negative and not zero, where a counter begins anew: after a migration, a restart, on arrival', () => {
    const before = reading(0, [vm({ cpuTimeNs: 50 * S })])
    expect(usageBetween(before, reading(1000, [vm({ cpuTimeNs: S })])).vms.size).toBe(0)
    expect(usageBetween(before, reading(1000, [vm({ cpuTimeNs: 60 * S, id: 2 })])).vms.size).toBe(0)
    expect(usageBetween(before, reading(1000, [vm({ uuid: 'u-b', cpuTimeNs: S })])).vms.size).toBe(0)
    expect(usageBetween(before, reading(0, [vm({ cpuTimeNs: 51 * S })])).vms.size).toBe(0)
  })

  it('of a Xen host is that of its domains together, and its control domain is overhead', () => {
    const found = usageBetween(reading(0, [control(0), vm({})]), reading(10_000, [control(2 * S), vm({ cpuTimeNs: 5 * S })]))
    expect(found).toMatchObject({ cores: 0.7, overheadCores: 0.2 })
    expect([...found.vms.keys()]).toEqual(['u-a'])
  })

  it('takes memory from the guest where it tells, else what it holds, and never makes one up', () => {
    expect(memoryUsedMib(vm({ balloonAvailableKib: 2048, balloonUsableKib: 1024, rssKib: 4096 }))).toBe(1)
    expect(memoryUsedMib(vm({ balloonKib: 2048, rssKib: 4096 }))).toBe(2)
    expect(memoryUsedMib(vm({ balloonKib: 2048 }))).toBeNull()
  })
})

const seen = (more: Partial<SeenDomain>): SeenDomain => ({ name: 'a', uuid: 'u', id: 1, state: 1, reason: 1, isPersistent: true, hasManagedSave: false, jobType: 0, memoryKib: 1024, memoryMaxKib: 2048, vcpus: 1, cpuTimeNs: 5, cpuTimeLaterNs: null, ...more })
const migrating = { state: 3, reason: 2 } as const

describe('the state of a domain', () => {
  it.each([
    ['KVM source, copying', 'qemu', seen({ jobType: 2 }), 'running', true], ['KVM target, copying', 'qemu', seen({ ...migrating, jobType: null }), 'incoming', true], ['KVM source, last moments', 'qemu', seen({ ...migrating, jobType: 2 }), 'running', true],
    ['KVM, paused by a person', 'qemu', seen({ state: 3, reason: 1 }), 'paused', false], ['Xen target, copying', 'xen', seen({ id: null, state: 5, isPersistent: false }), 'incoming', true], ['Xen source after a refusal, guest at work', 'xen', seen({ ...migrating, cpuTimeLaterNs: 6 }), 'running', false],
    ['the same, guest idle', 'xen', seen({ ...migrating, cpuTimeLaterNs: 5 }), 'unsure', false], ['the same, not told', 'xen', seen({ ...migrating }), 'unsure', false], ['saved', 'qemu', seen({ id: null, state: 5, hasManagedSave: true }), 'saved', false],
    ['off', 'qemu', seen({ id: null, state: 5 }), 'shutOff', false], ['crashed', 'qemu', seen({ state: 6 }), 'crashed', false], ['in shutdown', 'qemu', seen({ state: 4 }), 'running', false],
  ] as const)('%s', (_, driver, domain, state, hasJob) => {
    expect(seenStateOf(driver, domain)).toBe(state)
    expect(seenVmOf(driver, domain)).toMatchObject({ state, hasJob, memoryMib: 2 })
  })
})

it('a driver is given only what it takes, and never post-copy or unsafe', () => {
  for (const driver of ['qemu', 'xen'] as const) {
    for (const second of [false, true]) {
      const { flags } = migrationOptions(driver, { ...MIGRATION_DEFAULTS, encrypted: true }, second)
      expect(flags & (512 | 32_768)).toBe(0)
      expect(flags & 27).toBe(27)
    }
  }
  expect(migrationOptions('xen', { ...MIGRATION_DEFAULTS, bandwidthMibPerS: 5 }, true)).toEqual({ flags: 27, downtimeStepsMs: [], bandwidthMibPerS: null, canAbort: false })
})
