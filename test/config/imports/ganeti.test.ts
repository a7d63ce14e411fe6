import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { importGaneti } from '../../../src/config/imports/ganeti/importGaneti.ts'
import { issuesOf } from '../support.ts'

const GROUP = 'default|uuid-1|preferred||'
const node = (name: string, fields: Partial<Record<'memory' | 'own' | 'free' | 'cpus' | 'role' | 'group' | 'tags' | 'ownCpus' | 'speed', string | number>> = {}): string => {
  const { memory = 65_536, own = 1024, free = 60_000, cpus = 16, role = 'N', group = 'uuid-1', tags = '', ownCpus = 1, speed = '1.0' } = fields
  return `${name}|${memory}|${own}|${free}|1000|1000|${cpus}|${role}|${group}|1|${tags}|N|0|${ownCpus}|${speed}`
}
const instance = (name: string, host: string, fields: Partial<Record<'memory' | 'vcpus' | 'status' | 'secondary' | 'template' | 'tags', string | number>> = {}): string => {
  const { memory = 4096, vcpus = 2, status = 'running', secondary = '', template = 'ext', tags = '' } = fields
  return `${name}|${memory}|20480|${vcpus}|${status}|Y|${host}|${secondary}|${template}|${tags}|1|-`
}
const cluster = (nodes: readonly string[], instances: readonly string[], tags: readonly string[] = [], groups: readonly string[] = [GROUP]): string => [groups, nodes, instances, tags, ['|4096,2|x|ext|4.0|32.0']].flatMap((rows, index) => (index === 0 ? rows : ['', ...rows])).join('\n')
const imported = (text: string, util: string | null = null) => importGaneti({ file: 'c.data', text }, util === null ? null : { file: 'c.util', text: util })
const issues = (text: string, util: string | null = null): string[] => issuesOf(() => imported(text, util))

describe('a Ganeti cluster', () => {
  it('is a snapshot with the same hosts, VMs and loads', () => {
    const { snapshot, notes } = imported(cluster([node('a', { free: 60_416, role: 'M' }), node('b', { free: 64_512, speed: '1.5' })], [instance('v', 'a')]), 'v 0.5 0.25 0.125 0.0625\n')
    expect(snapshot.hosts.map(({ host: { id, cores, performanceFactor, capacity, reserve, powerManaged } }) => ({ id, cores, performanceFactor, memoryMib: capacity.memoryMib, reserve, powerManaged }))).toMatchObject([
      { id: 'a', cores: 16, performanceFactor: 1, memoryMib: 65_536, reserve: { cpuMhz: 2048, memoryMib: 1024 }, powerManaged: false },
      { id: 'b', cores: 16, performanceFactor: 1.5, memoryMib: 65_536, reserve: { cpuMhz: 3072, memoryMib: 1024 }, powerManaged: true },
    ])
    expect(snapshot.vms).toMatchObject([{ vm: { id: 'v', vcpus: 2, memoryMib: 4096, movable: true }, state: 'running', host: 'a', usage: { cpuMhz: 65_536, memoryMib: 65_536, diskMibPerS: 128, networkMibPerS: 64 } }])
    expect(notes).toEqual([])
  })

  it('keeps for the host what neither its VMs nor the free memory account for', () => {
    const { snapshot } = imported(cluster([node('a', { free: 50_000 })], [instance('v', 'a'), instance('off', 'a', { status: 'ADMIN_down', memory: 9000 })]))
    expect(snapshot.hosts[0]!.host.reserve.memoryMib).toBe(65_536 - 50_000 - 4096)
  })

  it('keeps the virtual CPUs a core of the group’s policy, else the cluster’s, less what the node keeps', () => {
    const policies = (rows: readonly string[]): (number | null | undefined)[] => {
      const text = cluster([node('a')], []).replace('|4096,2|x|ext|4.0|32.0', rows.join('\n'))
      return imported(text).snapshot.hosts.map(({ host }) => host.traits?.vcpusPerCoreMax)
    }
    expect(policies(['|s|x|ext|2.0|32.0', 'default|s|x|ext|3.0|32.0'])).toEqual([3 - 1 / 16])
    expect(policies(['|s|x|ext|2.0|32.0', 'other|s|x|ext|3.0|32.0'])).toEqual([2 - 1 / 16])
    expect(policies([])).toEqual([4 - 1 / 16])
  })

  it('has nodes that are offline on their way into maintenance, also those that tell no sizes', () => {
    const { snapshot, notes } = imported(cluster([node('a', { role: 'Y' }), node('b', { memory: '?', own: '?', free: '?', cpus: '?' }), node('c')], [instance('v', 'b')]))
    expect(snapshot.hosts.map(({ mode }) => mode)).toEqual(['entering', 'entering', 'available'])
    expect(notes).toEqual([expect.stringMatching(/^2 nodes are offline/)])
  })

  it('keeps instances with one exclusion tag apart, and other tags mean nothing', () => {
    const { snapshot } = imported(cluster([node('a'), node('b')], [instance('v', 'a', { tags: 'service:web,services:1,x' }), instance('w', 'b', { tags: 'service:web,services:1,x' }), instance('u', 'b', { tags: 'service:db' })], ['htools:iextags:service']))
    expect(snapshot.rules).toEqual([{ id: 'apart-service-web', kind: 'apart', vms: ['v', 'w'] }])
  })

  it('says when more instances have a tag than there are nodes', () => {
    const { snapshot, notes } = imported(cluster([node('a')], [instance('v', 'a', { tags: 's:w' }), instance('w', 'a', { tags: 's:w' })], ['htools:iextags:s']))
    expect(snapshot.rules).toEqual([])
    expect(notes[0]).toMatch(/^Exclusion tag s:w: 2 instances have it, more than there are nodes/)
  })

  it('keeps instances in their node group, and in it in their migration domain', () => {
    const nodes = [node('a', { tags: 'cpu:old' }), node('b', { tags: 'cpu:new' }), node('c', { group: 'uuid-2' }), node('d', { group: 'uuid-2' })]
    const { snapshot } = imported(cluster(nodes, [instance('v', 'a'), instance('w', 'c')], ['htools:migration:cpu'], [GROUP, 'other|uuid-2|preferred||']))
    expect(snapshot.rules.map(({ kind, vms, ...rule }) => [kind, vms, 'hosts' in rule ? rule.hosts : null])).toEqual([['runOn', ['v'], ['a']], ['runOn', ['w'], ['c', 'd']]])
    expect(snapshot.hosts.map(({ host }) => host.rack)).toEqual(['default', 'default', 'other', 'other'])
  })

  it('keeps mirrored instances on their two nodes and local ones where they are, and says so', () => {
    const { snapshot, notes } = imported(cluster([node('a'), node('b'), node('c')], [instance('v', 'a', { template: 'drbd', secondary: 'b' }), instance('w', 'b', { template: 'drbd', secondary: 'a' }), instance('l', 'c', { template: 'plain' })]))
    expect(snapshot.rules).toEqual([{ id: 'mirror-a-b', kind: 'runOn', vms: ['v', 'w'], hosts: ['a', 'b'] }])
    expect(snapshot.vms.map(({ vm }) => vm.movable)).toEqual([true, true, false])
    expect(notes).toEqual([expect.stringMatching(/^2 instances have mirrored disks/), expect.stringMatching(/^1 instances have local disks/)])
  })

  it.each<[string, string, string | null, RegExp]>([
    ['of another format', 'a,b,c\n', null, /^c.data: has 1 sections, five were expected/],
    ['without nodes', cluster([], []), null, /^c.data: has no nodes/],
    ['with a node of too few columns', cluster(['a|1|2'], []), null, /^c.data:3: has 3 columns, a line of a node has 9 to 15/],
    ['with an instance of too few columns', cluster([node('a')], ['v|1']), null, /^c.data:5: has 2 columns, a line of an instance has 10 to 12/],
    ['with a node of an unknown group', cluster([node('a', { group: 'x' })], []), null, /^c.data:3: a is of node group x, which the first section does not have: known are uuid-1/],
    ['with memory that is no number', cluster([node('a')], [instance('v', 'a', { memory: '4 GB of' })]), null, /^c.data:5 vms\[0\].memoryMib: /],
    ['with negative memory', cluster([node('a', { memory: -4 })], []), null, /^c.data:3 hosts\[0\].memoryMib: is -4, expected 64/],
    ['with an instance on an unknown node', cluster([node('a')], [instance('v', 'b')]), null, /^c.data:5 vms\[0\].host: unknown host "b"/],
    ['with an instance twice', cluster([node('a')], [instance('v', 'a'), instance('v', 'a')]), null, /^c.data:6 vms\[1\].id: is v, as that of another VM/],
    ['with a node twice', cluster([node('a'), node('a')], []), null, /^c.data:4 hosts\[1\].id: is a, as that of another host/],
    ['with a load of too few words', cluster([node('a')], [instance('v', 'a')]), 'v 0.1 0.2\n', /^c.util:1: has 3 words, a line has five/],
    ['with a load that is no number', cluster([node('a')], [instance('v', 'a')]), '\nv 0.1 many 0.2 0.3\n', /^c.util:2 vms\[0\].usage.memoryMib: /],
    ['with loads twice', cluster([node('a')], [instance('v', 'a')]), 'v 1 1 1 1\nv 1 1 1 1', /^c.util:2: names v again, as c.util:1 does/],
  ])('%s is refused with the line', (_, text, util, message) => {
    expect(issues(text, util)).toEqual([expect.stringMatching(message)])
  })

  it('is refused with all faults at once', () => {
    expect(issues(cluster([node('a'), node('b', { cpus: 'x' })], [instance('v', 'z'), 'w|1', instance('u', 'a', { vcpus: 0 })]), 'v 1\n')).toHaveLength(4)
  })
})

const SHARED = resolve(process.env.PLIMSOLL_SHARED ?? '../shared', 'benchmarks/hbal')
const unpacked = (name: string): string => gunzipSync(readFileSync(join(SHARED, name))).toString()

describe.skipIf(!existsSync(SHARED))('the clusters of the shared benchmark (skipped where PLIMSOLL_SHARED has none)', () => {
  it.each(['20x200', '100x1000'])('%s have the figures that their JSON has', (size) => {
    const { snapshot } = imported(unpacked(`c_${size}.data.gz`), unpacked(`c_${size}.util.gz`))
    const { hosts, vms } = JSON.parse(unpacked(`c_${size}.json.gz`)) as { hosts: { name: string; mem: number; cpus: number; nmem: number; ncpu: number }[]; vms: { name: string; mem: number; vcpus: number; host: number; cpu: number; memu: number; dsku: number; netu: number }[] }
    expect(snapshot.hosts.map(({ host }) => [host.id, host.capacity.memoryMib, host.cores, host.reserve.memoryMib, host.reserve.cpuMhz / 2048])).toEqual(hosts.map(({ name, mem, cpus, nmem, ncpu }) => [name, mem, cpus, nmem, ncpu]))
    expect(snapshot.vms.map(({ vm, host, usage }) => [vm.id, vm.memoryMib, vm.vcpus, host, usage!.cpuMhz / 131_072, usage!.memoryMib / 262_144, usage!.diskMibPerS / 1024, usage!.networkMibPerS / 1024])).toEqual(vms.map(({ name, mem, vcpus, host, cpu, memu, dsku, netu }) => [name, mem, vcpus, hosts[host]!.name, cpu, memu, dsku, netu]))
  })
})
