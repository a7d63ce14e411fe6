import { describe, expect, it } from 'vitest'
import { LOAD_FORMATS, readLoad } from '../../../sim/workloads/formats.ts'
import { aliveMax } from '../../../sim/workloads/load.ts'
import { dayInPath } from '../../../sim/workloads/traces/planetlabLoad.ts'
import { vmIdsOf } from '../../../sim/workloads/reading/names.ts'
import { sizeInBlocks, standingVm, vmOfSize } from '../../../sim/workloads/vm.ts'
import { vmId } from '../../../src/model/ids.ts'
import { fileOf, folderOf, problemsOf } from './support.ts'

const folder = (files: Record<string, string>) => folderOf('trace', new Map(Object.entries(files)))

describe('the formats', () => {
  it('are found by name, and an unknown one is refused with those that there are', () => {
    expect(LOAD_FORMATS.map(({ name }) => name)).toEqual(['load', 'planetlab', 'bitbrains', 'gcd', 'azure', 'openb'])
    expect(problemsOf(() => readLoad('planet', fileOf('x', '')))).toEqual(['x: "planet" is not a format of traces: load, planetlab, bitbrains, gcd, azure, openb are'])
  })

  it('refuse a file where a folder is needed', () => {
    expect(problemsOf(() => readLoad('gcd', fileOf('cpu.csv', '')))[0]).toMatch(/^cpu\.csv: is a file, the format gcd needs a folder/)
  })

  it.each(['load', 'planetlab', 'bitbrains', 'gcd', 'azure', 'openb'])('refuse an empty folder: %s', (format) => {
    expect(problemsOf(() => readLoad(format, folder({}))).length).toBeGreaterThan(0)
  })
})

describe('PlanetLab as a workload', () => {
  const day = `b c,a\n${'3,4\n'.repeat(288)}`
  it('has the date of its path, ids made of the names, and the sizes of the study in blocks', () => {
    const { workload, startUnixMs } = readLoad('planetlab', fileOf('days/20110303.csv.gz', day))
    expect(startUnixMs).toBe(Date.UTC(2011, 2, 3))
    expect(workload.vms.map(({ vm, cpuColumn, memoryColumn, departMs }) => [vm.id, vm.cpuMhz, vm.memoryMib, cpuColumn, memoryColumn, departMs])).toEqual([['a', 2500, 870, 0, null, null], ['b_c', 2000, 1740, 1, null, null]])
    expect(workload.cpu!.names).toEqual(['a', 'b c'])
  })

  it('takes other sizes and another start', () => {
    const { workload, startUnixMs } = readLoad('planetlab', fileOf('20110303', day), { sizes: [{ vcpus: 2, cpuMhz: 4000, memoryMib: 512 }], startUnixMs: 5 })
    expect(startUnixMs).toBe(5)
    expect(workload.vms[1]!.vm).toMatchObject({ vcpus: 2, cpuMhz: 4000, memoryMib: 512, shares: 2048 })
  })

  it('knows the calendar', () => {
    for (const [year, month, day] of [[1970, 1, 1], [2000, 2, 29], [2011, 3, 3], [2024, 2, 29], [2024, 12, 31], [2100, 3, 1]] as const) {
      expect(dayInPath(`x/${year}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}/`)).toBe(Date.UTC(year, month - 1, day))
    }
    expect(dayInPath('x/20111303.csv')).toBeNull()
    expect(dayInPath('x/day.csv')).toBeNull()
  })

  it('deals sizes as floor(id / ceil(n / 4)), the rule of the study', () => {
    const sizes = [1, 2, 3, 4].map((cores) => ({ vcpus: cores, cpuMhz: 1, memoryMib: 1 }))
    expect(Array.from({ length: 10 }, (_, index) => sizeInBlocks(sizes, index, 10).vcpus)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4])
  })
})

it('ids are unique even where names are alike once changed', () => {
  expect(vmIdsOf(['a b', 'a_b', 'a,b', '-x', '__proto__', 'n'.repeat(70), 'n'.repeat(80)])).toEqual(['a_b', 'a_b.2', 'a_b.3', '_x', '__proto___', 'n'.repeat(64), `${'n'.repeat(57)}.2`])
})

it('VMs alive at once are counted with departures first', () => {
  const vm = standingVm(vmOfSize(vmId('v'), { vcpus: 1, cpuMhz: 1, memoryMib: 1 }))
  expect(aliveMax([{ ...vm, arriveMs: 5, departMs: 9 }, { ...vm, departMs: 5 }, { ...vm, arriveMs: 9 }, { ...vm, arriveMs: 6, departMs: 7 }])).toBe(2)
  expect(aliveMax([{ ...vm, arriveMs: 5, departMs: 9 }, { ...vm, departMs: 5 }, { ...vm, arriveMs: 9 }])).toBe(1)
  expect(aliveMax([])).toBe(0)
})

describe('GCD', () => {
  const files = { 'cpu.csv': 'a_1,b_1\n6.76,8.5\n7,100\n', 'mem.csv': 'a_1,b_1\n50,215.3\n1.01,0\n' }
  it('keeps hundredths of a percent as whole codes and clips memory', () => {
    const { workload, notes } = readLoad('gcd', folder(files))
    expect(workload.cpu).toMatchObject({ names: ['a_1', 'b_1'], stepMs: 300_000, sampleCount: 2, divisor: 10_000, codes: Float32Array.of(676, 850, 700, 10_000) })
    expect(workload.memory!.codes).toEqual(Float32Array.of(5000, 10_000, 101, 0))
    expect(workload.vms.map(({ vm, cpuColumn, memoryColumn }) => [vm.id, vm.vcpus, cpuColumn, memoryColumn])).toEqual([['a_1', 1, 0, 0], ['b_1', 2, 1, 1]])
    expect(notes).toEqual(['1 memory samples above 100 % count as 100 %.'])
  })

  it.each([
    ['CPU above 100 %', { ...files, 'cpu.csv': 'a_1,b_1\n6,100.01\n7,8\n' }, ['trace/cpu.csv:2: VM "b_1" (column 2): 100.01 is too large; 0 to 100 percent was expected']],
    ['tables of other lengths', { ...files, 'mem.csv': 'a_1,b_1\n1,2\n' }, ['trace: the CPU table has 2 samples, the memory table 1: is one cut off?']],
    ['tables of other VMs', { ...files, 'mem.csv': 'a_1,b_2\n1,2\n3,4\n' }, ['trace: the tables must have the same VMs in the same order; they differ from column 2 on ("b_1" and "b_2")']],
    ['a missing table', { 'cpu.csv': 'a\nx\n' }, ['trace/cpu.csv:2: VM "a" (column 1): "x" is not a number; 0 to 100 percent was expected', 'trace/mem.csv: does not exist: the format needs this file (or it packed, .gz)']],
  ])('refuses %s', (_, wrong, problems) => {
    expect(problemsOf(() => readLoad('gcd', folder(wrong)))).toEqual(problems)
  })
})

describe('Bitbrains', () => {
  const vms = 'month,vm,samples,cores,cpu_capacity_mhz,mem_provisioned_max_mib,mem_provisioned_varies,cpu_mean_pct,mem_mean_pct\n2013-7,1,3,2,5852.0,8192,1,1,1\n2013-7,2,3,1/4,2926,512,0,1,1\n2013-8,1,3,8,9,9,0,1,1\n'
  const files = {
    '2013-7-cpu.csv': 't,1,2\n1372629600,15,\n1372629900,,1100\n1372630200,3,\n',
    '2013-7-mem.csv': 't,2,1\n1372629600,,100\n1372629900,2000,\n1372630200,,300\n',
    '2013-8-cpu.csv': '', '2013-8-mem.csv': '', 'vms.csv': vms,
  }
  const read = (changed: Partial<Record<keyof typeof files, string>> = {}, select = '2013-7') => readLoad('bitbrains', folder({ ...files, ...changed }), { select })

  it('gives sizes, gaps, turbo, and stays from the first to the last sample', () => {
    const { workload, startUnixMs, notes } = read()
    expect(startUnixMs).toBe(1_372_629_600_000)
    expect(workload.vms.map(({ vm, arriveMs, departMs, cpuColumn, memoryColumn }) => [vm.id, vm.vcpus, vm.cpuMhz, vm.memoryMib, arriveMs, departMs, cpuColumn, memoryColumn])).toEqual([
      ['1', 2, 5852, 8192, 0, null, 0, 1],
      ['2', 4, 2926, 512, 300_000, 600_000, 1, 0],
    ])
    expect([...workload.cpu!.codes]).toEqual([15, NaN, NaN, 1100, 3, NaN])
    expect([...workload.memory!.codes]).toEqual([NaN, 100, 1000, NaN, NaN, 300])
    expect(workload.cpu!.divisor).toBe(1000)
    expect(notes).toEqual(['1 memory samples above 100 % count as 100 %.'])
  })

  it('leaves out VMs without a sample and says so', () => {
    const { workload, notes } = read({ '2013-7-cpu.csv': 't,1,2\n1372629600,15,\n1372629900,,\n1372630200,3,\n' })
    expect(workload.vms.map(({ vm }) => vm.id)).toEqual(['1'])
    expect(notes[0]).toBe('1 VMs have no CPU sample and are left out.')
  })

  it.each([
    ['a month that is not there', {}, '2013-9', ['trace: there is no trace "2013-9" (there are 2013-7, 2013-8)']],
    ['samples below 0', { '2013-7-cpu.csv': 't,1,2\n1372629600,-15,\n1372629900,,1\n1372630200,3,\n' }, '2013-7', ['trace/2013-7-cpu.csv:2: VM "1" (column 2): "-15" is negative; 0 to 10000 tenths of a percent was expected']],
    ['times out of order', { '2013-7-cpu.csv': 't,1,2\n1372629900,1,1\n1372629600,1,1\n1372630200,1,1\n' }, '2013-7', ['trace/2013-7-cpu.csv:3: time 1372629600 is before the row above: times must rise by 300', 'trace: the tables must cover the same time: CPU has 3 samples from 1372629900000 ms on, memory 3 from 1372629600000 ms on']],
    ['a VM without a size', { 'vms.csv': vms.replace('2013-7,2', '2013-7,3') }, '2013-7', ['trace: VM "2" has no row in vms.csv for this month']],
    ['a VM without memory', { '2013-7-mem.csv': files['2013-7-mem.csv'].replace('t,2,1', 't,2,9') }, '2013-7', ['trace: VM "1" has no column in the memory table']],
    ['sizes that are none', { 'vms.csv': vms.replace(',2,5852.0,8192', ',two,0,-1') }, '2013-7', [
      'trace/vms.csv:2: cores: "two" is not a number of cores, nor several joined by "/"',
      'trace/vms.csv:2: cpu_capacity_mhz: 0 is out of range; a number from 1 to 100000000 was expected',
      'trace/vms.csv:2: mem_provisioned_max_mib: "-1" is negative; a number from 1 to 1073741824 was expected',
    ]],
    ['a VM listed twice', { 'vms.csv': `${vms}2013-7,1,3,2,5852.0,8192,1,1,1\n` }, '2013-7', ['trace/vms.csv:5: vm: "1" has a row for 2013-7 already']],
  ])('refuses %s', (_, changed, select, problems) => {
    expect(problemsOf(() => read(changed, select))).toEqual(problems)
  })

  it('asks which month when there are several', () => {
    expect(problemsOf(() => readLoad('bitbrains', folder(files)))).toEqual(['trace: there are 2013-7, 2013-8: select one'])
  })
})

describe('Azure', () => {
  const dev = 't_s,batch,flavor,vcpu,mem_gb,censored,dur_bin,dur_lo_s,dur_hi_s\n1800000,1,m,8,14,0,1,300,300\n1800000,1,a,1,0.75,0,0,0,0\n1800300,2,g,2,3.5,0,13,3900,7200\n1800300,3,g,2,3.5,1,1,300,300\n'
  const stays = (text: string, options = {}) => readLoad('azure', fileOf('dev.csv', text), options).workload.vms.map(({ vm, arriveMs, departMs }) => [vm.id, vm.vcpus, vm.cpuMhz, vm.memoryMib, arriveMs, departMs])

  it('gives arrivals from time 0, sizes, and lifetimes; who outlived the trace stays', () => {
    expect(stays(dev, { lifetimes: 'lowerEdge', coreMhz: 2000 })).toEqual([
      ['1.1', 8, 16_000, 14_336, 0, 300_000],
      ['1.2', 1, 2000, 768, 0, 150_000],
      ['2.1', 2, 4000, 3584, 300_000, 4_200_000],
      ['3.1', 2, 4000, 3584, 300_000, null],
    ])
  })

  it('draws lifetimes inside their bin, on slots, both ends included, the same for the same seed', () => {
    const drawn = new Set(Array.from({ length: 400 }, (_, seed) => (stays(dev, { seed })[2]![5] as number) - 300_000))
    expect(Math.min(...drawn)).toBe(3_900_000)
    expect(Math.max(...drawn)).toBe(7_200_000)
    expect(drawn.size).toBe(12)
    expect(stays(dev, { seed: 3 })).toEqual(stays(dev, { seed: 3 }))
  })

  it('draws all lifetimes where the trace has none, with the published quantiles', () => {
    const train = `t_s,batch,flavor,vcpu,mem_gb\n${Array.from({ length: 20_000 }, (_, row) => `300,${row},g,2,3.5\n`).join('')}`
    const load = readLoad('azure', fileOf('train.csv', train))
    const lifetimes = load.workload.vms.map(({ departMs }) => departMs! / 1000).sort((left, right) => left - right)
    const at = (share: number): number => lifetimes[Math.floor(share * lifetimes.length)]!
    for (const [share, published] of [[0.25, 900], [0.5, 1500], [0.75, 3900], [0.9, 21_900], [0.95, 43_500], [0.99, 86_700]] as const) expect(Math.abs(at(share) / published - 1)).toBeLessThan(0.15)
    expect(load.notes[0]).toMatch(/20000 are drawn/)
  })

  it.each([
    ['rows out of order', dev.replace('1800300,2', '1700000,2'), ['dev.csv:4: t_s: 1700000 is before the row above: rows must be in order of time']],
    ['batches out of order', dev.replace('1800300,3', '1800300,1'), ['dev.csv:5: batch: 1 is before the row above: rows must be in order of batch']],
    ['a negative size', dev.replace('8,14', '-8,14'), ['dev.csv:2: vcpu: "-8" is negative; a whole number from 1 to 4096 was expected']],
    ['bins upside down', dev.replace('3900,7200', '7200,3900'), ['dev.csv:4: dur_hi_s: 3900 is below dur_lo_s, 7200']],
    ['a missing column', dev.replace('flavor', 'flavour'), ['dev.csv:1: the column flavor is missing', 'dev.csv:1: column 3: "flavour" is not a column of this format: t_s, batch, flavor, vcpu, mem_gb, censored, dur_bin, dur_lo_s, dur_hi_s']],
    ['a short row', dev.replace(',300,300\n', ',300\n'), ['dev.csv:2: 8 columns, the header has 9']],
    ['a header alone', 't_s,batch,flavor,vcpu,mem_gb\n', ['dev.csv: has a header but no VMs']],
    ['an empty file', '', ['dev.csv: is empty: a header line was expected']],
  ])('refuses %s', (_, text, problems) => {
    expect(problemsOf(() => readLoad('azure', fileOf('dev.csv', text)))).toEqual(problems)
  })

  it('refuses more VMs alive at once than are simulated', () => {
    const train = `t_s,batch,flavor,vcpu,mem_gb\n${'300,1,g,2,3.5\n'.repeat(200_001)}`
    expect(problemsOf(() => readLoad('azure', fileOf('train.csv', train)))).toEqual(['train.csv: 200001 VMs are alive at once, at most 200000 are simulated: take a part of the trace'])
  })
})

describe('Alibaba openb', () => {
  const hosts = 'sn,cpu_milli,memory_mib,gpu,model\nnode-0,32000,262144,0,\nnode-1,96000,393216,8,G2\n'
  const pods = 'name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\npod-1,6500,12288,1,460,,LS,Running,20,90,21\npod-0,1000,0,0,0,V100|T4,BE,Pending,0,,\npod-2,1000,512,0,0,,BE,Failed,30,30,\n'
  const read = (changed: Record<string, string> = {}) => readLoad('openb', folder({ 'openb_node_list_all_node.csv': hosts, 'openb_pod_list_default.csv': pods, ...changed }), { coreMhz: 2000 })

  it('gives hosts and pods in order of arrival, without GPUs', () => {
    const load = read()
    expect(load.hosts!.map(({ host, power }) => [host.id, host.cores, host.capacity.cpuMhz, host.capacity.memoryMib, power])).toEqual([['node-0', 32, 64_000, 262_144, 'on'], ['node-1', 96, 192_000, 393_216, 'on']])
    expect(load.workload.vms.map(({ vm, arriveMs, departMs }) => [vm.id, vm.vcpus, vm.cpuMhz, vm.memoryMib, vm.class, arriveMs, departMs])).toEqual([
      ['pod-0', 1, 2000, 1, 'BE', 0, null],
      ['pod-1', 7, 13_000, 12_288, 'LS', 20_000, 90_000],
      ['pod-2', 1, 2000, 512, 'BE', 30_000, 30_500],
    ])
  })

  it('refuses wrong hosts and pods, all at once', () => {
    expect(problemsOf(() => read({ 'openb_node_list_all_node.csv': hosts.replace('node-1,96000', 'node-0,-1'), 'openb_pod_list_default.csv': pods.replace('20,90', '20,10').replace('pod-2', '__proto__') }))).toEqual([
      'trace/openb_node_list_all_node.csv:3: sn: node-0 occurs twice',
      'trace/openb_node_list_all_node.csv:3: cpu_milli: "-1" is negative; a whole number from 1 to 4096000 was expected',
      'trace/openb_pod_list_default.csv:2: deletion_time: 10 is before creation_time, 20',
      'trace/openb_pod_list_default.csv:4: name: "__proto__" is a reserved word: rename it',
    ])
  })
})
