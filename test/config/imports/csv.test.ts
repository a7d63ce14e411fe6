import { describe, expect, it } from 'vitest'
import { HOST_COLUMNS, VM_COLUMNS, importCsv } from '../../../src/config/imports/csv/importCsv.ts'
import { issuesOf } from '../support.ts'

const HOSTS = 'id,cores,coreMhz,memoryMib\na,16,2600,65536\nb,16,2.6 GHz,64 GiB\n'
const VMS = 'id,vcpus,memoryMib,host\nv,2,4096,a\nw,2,4 GiB,b\n'
const imported = (hosts = HOSTS, vms = VMS) => importCsv({ file: 'hosts.csv', text: hosts }, { file: 'vms.csv', text: vms })
const issues = (hosts?: string, vms?: string): string[] => issuesOf(() => imported(hosts, vms))

describe('tables of hosts and VMs', () => {
  it('are a snapshot; amounts may have units', () => {
    const { snapshot } = imported()
    expect(snapshot.hosts.map(({ host: { id, cores, coreMhz, capacity } }) => [id, cores, coreMhz, capacity.memoryMib])).toEqual([['a', 16, 2600, 65_536], ['b', 16, 2600, 65_536]])
    expect(snapshot.vms.map(({ vm, host }) => [vm.id, vm.vcpus, vm.memoryMib, host])).toEqual([['v', 2, 4096, 'a'], ['w', 2, 4096, 'b']])
  })

  it('may be separated by semicolons or tabs, with quotes, line ends of Windows and a byte order mark', () => {
    for (const separator of [';', '\t']) {
      const { snapshot } = imported(`\uFEFF${HOSTS.replaceAll(',', separator).replaceAll('\n', '\r\n')}`, VMS.replaceAll(',', separator).replace('\nv', '\n"v"'))
      expect(snapshot.vms.map(({ vm }) => vm.id)).toEqual(['v', 'w'])
    }
  })

  it('make rules of apart, together and runOn', () => {
    const { snapshot } = imported(HOSTS, 'id,vcpus,memoryMib,host,apart,together,runOn\nv,1,1024,a,web,,a b\nw,1,1024,b,web,,a b\nx,1,1024,a,,db,\ny,1,1024,a,,db,\n')
    expect(snapshot.rules).toEqual([
      { id: 'apart-web', kind: 'apart', vms: ['v', 'w'] }, { id: 'together-db', kind: 'together', vms: ['x', 'y'] }, { id: 'runOn-a-b', kind: 'runOn', vms: ['v', 'w'], hosts: ['a', 'b'] },
    ])
  })

  it('have groups of keys, flags and empty cells', () => {
    const { snapshot } = imported('id,model,reserveMemoryMib,reachable,mode\na,rack-2020,4096,no,\n', 'id,vcpus,memoryMib,host,movable,usageCpuMhz\nv,1,1024,a,false,300\nw,1,1024,a,,\n')
    expect(snapshot.hosts[0]).toMatchObject({ reachable: false, mode: 'available', host: { reserve: { memoryMib: 4096 } } })
    expect(snapshot.vms).toMatchObject([{ vm: { movable: false }, usage: { cpuMhz: 300 } }, { vm: { movable: true }, usage: null }])
  })

  it.each<[string, string | undefined, string | undefined, RegExp]>([
    ['an empty table', '', undefined, /^hosts.csv: is empty/],
    ['an unknown column', HOSTS.replace('cores', 'core'), undefined, /^hosts.csv:1: unknown column "core": did you mean "cores"/],
    ['a missing column', undefined, 'id,vcpus\nv,2\n', /^vms.csv:1: has no column memoryMib/],
    ['a column twice', undefined, 'id,vcpus,memoryMib,id\nv,2,1024,v\n', /^vms.csv:1: has the column "id" twice/],
    ['a row of another length', undefined, `${VMS}\nx,2\n`, /^vms.csv:5: has 2 cells, the first line has 4/],
    ['a quote that does not end', undefined, `${VMS}"x,2,1024,a\n`, /^vms.csv:4: has a quote/],
    ['a value that is none', undefined, VMS.replace('4096', 'much'), /^vms.csv:2 vms\[0\].memoryMib: /],
    ['a VM on an unknown host', undefined, VMS.replace(',b\n', ',c\n'), /^vms.csv:3 vms\[1\].host: unknown host "c"/],
    ['a flag that is none', 'id,model,reachable\na,rack-2020,perhaps\nb,rack-2020,1\n', undefined, /^hosts.csv:2 hosts\[0\].reachable: is "perhaps", expected true or false/],
  ])('with %s are refused with the line', (_, hosts, vms, message) => {
    expect(issues(hosts, vms)[0]).toMatch(message)
  })

  it('tell all faults of both at once', () => {
    expect(issues(HOSTS.replace('16,2600', 'x,2600'), 'id,vcpus,memoryMib,host\nv,0,4096,a\nw,2,-1,b\nx,2\n')).toHaveLength(4)
  })

  it('have the columns that the documentation lists', async () => {
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(new URL('../../../docs/formats/imports.md', import.meta.url), 'utf8')
    for (const column of [...Object.keys(HOST_COLUMNS), ...Object.keys(VM_COLUMNS)]) expect(text, column).toContain(`\`${column}\``)
  })
})
