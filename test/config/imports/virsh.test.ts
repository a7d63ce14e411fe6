import { describe, expect, it } from 'vitest'
import { importVirsh } from '../../../src/config/imports/virsh/importVirsh.ts'
import { parseSource } from '../../../src/config/sourceDocument.ts'
import { issuesOf } from '../support.ts'

// As virsh 9.0 prints them, with the blanks that it puts.
const INVENTORY = `takenAt: 2026-03-02T08:00:00Z
intervalMs: 10 s
hosts:
  - name: kvm-01
    rack: a
    nodeinfo: |
      CPU model:           x86_64
      CPU(s):              32
      CPU frequency:       2400 MHz
      CPU socket(s):       1
      Core(s) per socket:  8
      Thread(s) per core:  2
      NUMA cell(s):        2
      Memory size:         67108864 KiB
    nodememstats: |
      total  :             67108864 KiB
      free   :             40000000 KiB
      buffers:               500000 KiB
      cached :             14020224 KiB
    domains:
      - dominfo: |
          Id:             1
          Name:           web-1
          State:          running
          CPU(s):         4
          CPU time:       1795.7s
          Max memory:     8388608 KiB
          Used memory:    8388608 KiB
        domstats:
          - |
            Domain: 'web-1'
              cpu.time=1795000000000
              net.0.rx.bytes=0
              net.0.tx.bytes=1048576
          - |
            Domain: 'web-1'
              cpu.time=1810000000000
              balloon.available=8192000
              balloon.unused=4096000
              net.0.rx.bytes=10485760
              net.0.tx.bytes=11534336
      - dominfo: {Name: backup, State: shut off, CPU(s): 2, Max memory: 2097152 KiB}
        movable: false
  - name: kvm-02
    model: rack-2020
    freecell: {Total: 200000000 KiB}
`
const imported = (text: string) => importVirsh(parseSource('pool.yaml', text))
const issues = (text: string): string[] => issuesOf(() => imported(text))

describe('an inventory of what virsh prints', () => {
  const { snapshot, notes, fields } = imported(INVENTORY)

  it('counts cores over cells and sockets, and KiB as what they are', () => {
    expect(snapshot.hosts[0]!.host).toMatchObject({ id: 'kvm-01', cores: 16, coreMhz: 2400, smtYield: 1.25, rack: 'a', capacity: { memoryMib: 65_536, cpuMhz: 38_400 } })
  })

  it('keeps for the host what is neither free nor its domains’', () => {
    // 64 GiB less 54520224 KiB free and cached, less 8 GiB of the one domain that runs.
    expect(snapshot.hosts[0]!.host.reserve.memoryMib).toBe(Math.ceil(65_536 - 54_520_224 / 1024 - 8192))
    expect(snapshot.hosts[1]!.host.reserve.memoryMib).toBe(262_144 - 195_312)
  })

  it('tells the usage of a domain from two readings', () => {
    expect(snapshot.vms[0]).toMatchObject({ vm: { id: 'web-1', vcpus: 4, memoryMib: 8192, cpuMhz: 9600 }, state: 'running', host: 'kvm-01', usage: { cpuMhz: 3600, memoryMib: 4000, networkMibPerS: 2, diskMibPerS: 0 } })
  })

  it('has domains that are shut off without a load, and keys beside them win', () => {
    expect(snapshot.vms[1]).toMatchObject({ vm: { id: 'backup', memoryMib: 2048, movable: false }, state: 'stopped', usage: null })
    expect([snapshot.takenAtMs, notes]).toEqual([Date.parse('2026-03-02T08:00:00Z'), []])
    expect(Object.keys(fields)).toEqual(['formatVersion', 'takenAt', 'hosts', 'vms', 'rules'])
  })

  it('says of how many domains it knows no usage', () => {
    expect(imported(INVENTORY.replace('intervalMs: 10 s\n', '').replace(/domstats:[\s\S]*?- dominfo/, 'movable: true\n      - dominfo')).notes).toEqual([expect.stringMatching(/^1 of 2 domains tell no usage/)])
  })

  it.each<[string, string, RegExp]>([
    ['no line of the memory size', INVENTORY.replace(/ +Memory size.*\n/, ''), /^pool.yaml:6 hosts\[0\].nodeinfo: has no Memory size/],
    ['no name of a domain', INVENTORY.replace(/ +Name: .*\n/, ''), /^pool.yaml:21.* vms\[0\].id: is missing/],
    ['a state that virsh does not print', INVENTORY.replace('State:          running', 'State: asleep'), /has the state "asleep"/],
    ['two readings and no time between', INVENTORY.replace('intervalMs: 10 s\n', ''), /domstats: are two, but nothing says how long after each other/],
    ['a CPU time that falls', INVENTORY.replace('1810000000000', '1'), /domstats: have a cpu.time that falls/],
    ['an unknown key', INVENTORY.replace('rack: a', 'racks: a'), /^pool.yaml:5 hosts\[0\].racks: unknown key "racks"/],
    ['a host twice', INVENTORY.replace('kvm-02', 'kvm-01'), /hosts\[1\].id: is kvm-01, as that of another host/],
    ['memory of another unit', INVENTORY.replace('8388608 KiB', '8 GB').replace('8388608 KiB', '8 GB'), /dominfo: has no "Max memory"/],
  ])('with %s is refused with the line', (_, text, message) => {
    expect(issues(text)).toContainEqual(expect.stringMatching(message))
  })
})
