import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readLoad } from '../../../sim/workloads/formats.ts'
import { hostOfSize } from '../../../sim/workloads/hosts.ts'
import type { Load } from '../../../sim/workloads/load.ts'
import { codeText, loadFolderFiles } from '../../../sim/workloads/loadFolder/loadFolderFiles.ts'
import { seededRng } from '../../../sim/random.ts'
import { hostId, vmId } from '../../../src/model/ids.ts'
import type { LoadSeries } from '../../../src/model/load.ts'
import type { MaintenanceMethod } from '../../../src/model/pool.ts'
import type { WorkloadVm } from '../../../src/model/scenario.ts'
import { bytesOf, cut, folderOf, problemsOf } from './support.ts'

const textsOf = (load: Load, extra?: Map<string, string[]>): Map<string, string> => new Map([...loadFolderFiles(load, 'made by hand', extra)].map(([name, pieces]) => [name, [...pieces].join('')]))

function seriesOf(kind: string, names: readonly string[], divisor: number, seed: number): LoadSeries {
  const rng = seededRng(seed, kind)
  const sampleCount = 1 + rng.below(6)
  const code = (): number => (rng.next() < 0.2 ? Number.NaN : rng.next() < 0.5 ? rng.below(divisor + 1) : Math.fround(rng.next() ** 8 * divisor))
  return { names, stepMs: [1000, 60_000, 300_000][rng.below(3)]!, sampleCount, divisor, codes: Float32Array.from({ length: sampleCount * names.length }, code) }
}

/** Any load: series with columns of other names than the VMs, shared and unused ones, all fields of VMs away from their defaults. */
function anyLoad(seed: number): Load {
  const rng = seededRng(seed)
  const pick = <T>(values: readonly T[]): T => values[rng.below(values.length)]!
  const ids = Array.from({ length: 1 + rng.below(5) }, (_, index) => vmId(`${pick(['vm', 'a.b_', '9-'])}${index}`))
  const names = rng.next() < 0.5 ? ids : ['x y', ...ids.slice(1), 'spare']
  const column = (): number | null => pick([null, rng.below(names.length)])
  const hosts = rng.next() < 0.5 ? [] : [hostOfSize(hostId('h1'), { cores: 8, coreMhz: 2600.5, memoryMib: 65_536 }), { ...hostOfSize(hostId('h2'), { cores: 2, coreMhz: 1000, memoryMib: 100 }), power: 'off' as const }]
  const vms = ids.map((id, index): WorkloadVm => ({
    vm: {
      id, vcpus: 1 + rng.below(64), cpuMhz: rng.next() * 5000 + 1, memoryMib: 512, dirtyMibPerS: rng.next(), shares: 1 + rng.below(100), cpuReservationMhz: rng.below(3), cpuLimitMhz: pick([null, 100]),
      movable: rng.next() < 0.5, class: pick(['standard', 'gold']), onMaintenance: pick<MaintenanceMethod | null>([null, 'suspend']),
    },
    arriveMs: rng.below(1000), departMs: pick([null, 1000 + rng.below(1000)]), host: hosts.length === 0 ? null : pick([null, hosts[0]!.host.id]),
    cpuColumn: pick([names === ids ? index : null, column()]), memoryColumn: column(), networkColumn: null, diskColumn: column(),
  }))
  const workload = { vms, cpu: seriesOf('cpu', names, 100, seed), memory: seriesOf('memory', names, 1, seed), network: null, disk: seriesOf('disk', names, 1, seed) }
  return { workload, hosts: hosts.length === 0 ? null : hosts, startUnixMs: rng.below(2 ** 31) * 1000, notes: [] }
}

const small = (): Map<string, string> => new Map([
  ['load.json', '{"formatVersion":1,"startUnixMs":0,"series":{"cpu":{"stepMs":60000,"divisor":100,"sampleCount":2}}}'],
  ['vms.csv', 'id,vcpus,cpuMhz,memoryMib\na,1,2000,1024\nb,2,4000,2048\n'],
  ['cpu.csv', 't,a,b\n0,1,2\n60000,,4\n'],
])
const changed = (name: string, from: string, to: string): Map<string, string> => {
  const files = small()
  const text = files.get(name) ?? ''
  if (!text.includes(from)) throw new Error(`${name} has no ${from}`)
  return files.set(name, text.replace(from, to))
}
const problems = (files: Map<string, string>): string[] => problemsOf(() => readLoad('load', folderOf('mine', files)))

describe('a load folder', () => {
  it('gives back what was written, sample by sample, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.nat(), { maxLength: 8 }), (seed, places) => {
        const load = anyLoad(seed)
        const texts = textsOf(load)
        const source = { path: 'x', kind: 'folder' as const, names: [...texts.keys()], open: (name: string) => cut(bytesOf(texts.get(name)!), places) }
        expect(readLoad('load', source)).toEqual(load)
      }),
      { numRuns: 300 },
    )
  })

  it('needs only ids and sizes: all else has a default', () => {
    const { workload, hosts } = readLoad('load', folderOf('mine', small()))
    expect(hosts).toBeNull()
    expect(workload.vms[1]).toEqual({
      vm: { id: 'b', vcpus: 2, cpuMhz: 4000, memoryMib: 2048, dirtyMibPerS: 25, shares: 2048, cpuReservationMhz: 0, cpuLimitMhz: null, movable: true, class: 'standard', onMaintenance: null },
      arriveMs: 0, departMs: null, host: null, cpuColumn: 1, memoryColumn: null, networkColumn: null, diskColumn: null,
    })
    expect([...workload.cpu!.codes]).toEqual([1, 2, NaN, 4])
  })

  it('passes over files that it does not know', () => {
    const load = anyLoad(5)
    expect(readLoad('load', folderOf('x', textsOf(load, new Map([['events.csv', ['anything']]]))))).toEqual(load)
    expect(() => loadFolderFiles(load, '', new Map([['vms.csv', ['x']]]))).toThrow(/vms\.csv is a file of the load folder itself/)
  })

  it('writes each float as the shortest decimal that is the same float', () => {
    fc.assert(fc.property(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), (code) => {
      expect(Math.fround(Number(codeText(code)))).toBe(code === 0 ? 0 : code)
    }))
    expect([codeText(Math.fround(0.1)), codeText(12), codeText(Number.NaN)]).toEqual(['0.1', '12', ''])
  })

  it.each([
    ['no manifest', new Map([...small()].slice(1)), ['mine/load.json: does not exist: the format needs this file (or it packed, .gz)']],
    ['a manifest that is no JSON', small().set('load.json', '{'), [expect.stringMatching(/^mine\/load\.json: is not JSON: /) as string]],
    ['unknown keys', changed('load.json', '"startUnixMs"', '"__proto__":{},"startUnixMs"'), ['mine/load.json: has the unknown key "__proto__": formatVersion, startUnixMs, description, series are known']],
    ['wrong numbers in the manifest', changed('load.json', '60000', '-1.5').set('vms.csv', ''), ['mine/load.json series.cpu.stepMs: must be a whole number from 1 to 86400000']],
    ['another version', changed('load.json', ':1,', ':2,'), ['mine/load.json formatVersion: must be 1']],
    ['a table that the manifest does not state', small().set('disk.csv', 't,a\n0,1\n'), ['mine/load.json: series.disk is missing, though disk.csv is there: state its stepMs, divisor and sampleCount']],
    ['a table that is missing', new Map([...small()].slice(0, 2)), ['mine/cpu.csv: does not exist: the format needs this file (or it packed, .gz)']],
    ['a table that ends early', changed('cpu.csv', '60000,,4\n', ''), ['mine/cpu.csv: has 1 samples, load.json says 2: is it cut off?']],
    ['times that do not begin at 0', changed('cpu.csv', '0,1,2\n60000', '60000,1,2\n120000'), ['mine/cpu.csv:2: the first time is 60000, 0 was expected: times are ms since startUnixMs']],
    ['percent without its divisor', changed('load.json', '100', '1').set('cpu.csv', 't,a,b\n0,1,11\n60000,,4\n'), ['mine/cpu.csv:2: VM "b" (column 3): 11 is too large; 0 to 10 (10 x the divisor) was expected']],
    ['wrong VMs, all at once', small().set('vms.csv', 'id,vcpus,cpuMhz,memoryMib,arriveMs,departMs,class,movable,onMaintenance,cpu\n-a,0,NaN,,5,5,a b,yes,stop,c\na,1,1,1,,,,,,\na,1,1,1,0.5,,,,,\n'), [
      'mine/vms.csv:2: id: "-a" is not a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with -',
      'mine/vms.csv:2: memoryMib: no value; a number from 0.001 to 1000000000 was expected',
      'mine/vms.csv:2: vcpus: 0 is out of range; a whole number from 1 to 4096 was expected',
      'mine/vms.csv:2: departMs: 5 is not after arriveMs, 5',
      'mine/vms.csv:2: cpuMhz: "NaN" is not a number; a number from 0.001 to 1000000000 was expected',
      'mine/vms.csv:2: movable: "yes" was found, true or false was expected',
      'mine/vms.csv:2: class: "a b" is not a name: 1 to 64 of A-Z a-z 0-9 . _ -, not beginning with -',
      'mine/vms.csv:2: onMaintenance: "stop" was found, one of migrate, shutdown, suspend, leave was expected',
      'mine/vms.csv:2: cpu: "c" is not a column of cpu.csv',
      'mine/vms.csv:4: id: a occurs twice',
      'mine/vms.csv:4: arriveMs: 0.5 is not a whole number; a whole number from 0 to 100000000000000 was expected',
    ]],
    ['a VM of more vCPUs than there are', changed('vms.csv', 'b,2', 'b,5000'), ['mine/vms.csv:3: vcpus: 5000 is out of range; a whole number from 1 to 4096 was expected']],
    ['a folder without VMs', small().set('vms.csv', 'id,vcpus,cpuMhz,memoryMib\n'), ['mine/vms.csv: has a header but no VMs']],
    ['problems in several files at once', changed('cpu.csv', '0,1,2', '0,x,2').set('vms.csv', 'id\n'), ['mine/cpu.csv:2: VM "a" (column 2): "x" is not a number; 0 to 1000 (10 x the divisor) was expected', ...['vcpus', 'cpuMhz', 'memoryMib'].map((name) => `mine/vms.csv:1: the column ${name} is missing`)]],
  ])('refuses %s', (_, files, expected) => {
    expect(problems(files)).toEqual(expected)
  })
})

describe('the hosts of a load folder', () => {
  const hosts = [hostOfSize(hostId('h1'), { cores: 8, coreMhz: 2600, memoryMib: 65_536 })]
  const withHosts = (change: (text: string) => string, vms = 'id,vcpus,cpuMhz,memoryMib,host\na,1,1,1,h1\n'): Map<string, string> => {
    const text = textsOf({ ...anyLoad(1), hosts }).get('hosts.json')!
    return small().set('hosts.json', change(text)).set('vms.csv', vms)
  }

  it('are read with the places of the VMs', () => {
    const load = readLoad('load', folderOf('mine', withHosts((text) => text)))
    expect(load.hosts).toEqual(hosts)
    expect(load.workload.vms[0]!.host).toBe('h1')
  })

  it.each([
    ['a VM on a host that is not there', withHosts((text) => text, 'id,vcpus,cpuMhz,memoryMib,host\na,1,1,1,h2\n'), ['mine/vms.csv: VM a is on h2, which is not in hosts.json']],
    ['no hosts', withHosts(() => '{"formatVersion":1,"hosts":[]}'), ['mine/hosts.json hosts: must be a list of 1 to 10000 hosts']],
    ['impossible values, all at once', withHosts((text) => text.replace('"cores":8', '"cores":-8').replace('"coreMhz":2600', '"coreMhz":1e999').replace('"on"', '"up"').replace('[96', '[-96').replace('"rack":null', '"rack":null,"color":1')), [
      'mine/hosts.json hosts[0]: has the unknown key "color": id, cores, coreMhz, performanceFactor, smtYield, capacity, reserve, migrationLinkMibPerS, power, powerManaged, rack, powerState are known',
      'mine/hosts.json hosts[0].powerState: must be one of on, off, poweringOn, poweringOff, failed',
      'mine/hosts.json hosts[0].cores: must be a number from 0.001 to 65536',
      'mine/hosts.json hosts[0].coreMhz: must be a number from 1 to 1000000',
      'mine/hosts.json hosts[0].power.curveW: must be 11 powers from 0 to 1000000 W',
    ]],
    ['a host without memory for VMs', withHosts((text) => text.replace('"reserve":{"cpuMhz":0,"memoryMib":0', '"reserve":{"cpuMhz":0,"memoryMib":65536')), ['mine/hosts.json hosts[0].capacity.memoryMib: must be above reserve.memoryMib: nothing is left for VMs']],
  ])('are refused: %s', (_, files, expected) => {
    expect(problems(files)).toEqual(expected)
  })
})
