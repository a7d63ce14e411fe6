import { hostId, vmId } from '../../../src/model/ids.ts'
import type { InitialHost, WorkloadVm } from '../../../src/model/scenario.ts'
import { hostOfSize } from '../hosts.ts'
import { issueList, type IssueList } from '../reading/issueList.ts'
import { checkLimits, UNDATED_START_UNIX_MS, type Load, type LoadOptions } from '../load.ts'
import { nameFault } from '../reading/names.ts'
import { newName, readRecords, type CsvRow } from '../reading/records.ts'
import { chooseTrace } from '../reading/select.ts'
import { chunksOf, needFile, pathOf, type LoadSource } from '../reading/source.ts'
import { standingVm, vmOfSize } from '../vm.ts'

const HOST_FILE = 'openb_node_list_all_node.csv'
const HOST_COLUMNS = { required: ['sn', 'cpu_milli', 'memory_mib'], optional: ['gpu', 'model'] }
const POD_COLUMNS = {
  required: ['name', 'cpu_milli', 'memory_mib', 'creation_time', 'deletion_time'],
  optional: ['num_gpu', 'gpu_milli', 'gpu_spec', 'qos', 'pod_phase', 'scheduled_time'],
}

const MILLI = { min: 1, max: 4_096_000, whole: true }
const MEMORY = { min: 0, max: 2 ** 30, whole: true }
const SECONDS = { min: 0, max: 1e10, whole: true }

/**
 * Alibaba's 2023 cluster: hosts, and the pods of the list that `select` names (`default`, `cpu0`, `cpu250`) as VMs with
 * arrival, departure and requested size, in order of arrival; GPUs are left out. There is no load in the trace: columns
 * are null. Throws BadInput with every problem found.
 */
export function readOpenb(source: LoadSource, options: LoadOptions): Load {
  const issues = issueList()
  const list = chooseTrace(source, /^openb_pod_list_(.+)\.csv(?:\.gz)?$/, options.select, 'openb_pod_list_NAME.csv', issues)
  const hosts = readHosts(source, options.coreMhz, issues)
  const vms = readPods(source, `openb_pod_list_${list}.csv`, options.coreMhz, issues)
  checkLimits(source.path, issues.count === 0 ? vms : [], issues)
  issues.throwIfAny()
  return { workload: { vms, cpu: null, memory: null, network: null, disk: null }, hosts, startUnixMs: options.startUnixMs ?? UNDATED_START_UNIX_MS, notes: ['GPUs of hosts and pods are left out.'] }
}

function readHosts(source: LoadSource, coreMhz: number, issues: IssueList): InitialHost[] {
  const hosts: InitialHost[] = []
  const name = needFile(source, HOST_FILE, issues)
  if (name === null) return hosts
  const names = new Set<string>()
  issues.collect(() => readRecords(pathOf(source, name), chunksOf(source, name), HOST_COLUMNS, issues, (row) => {
    const id = newName(row, 'sn', names)
    hosts.push(hostOfSize(hostId(id), { cores: row.number('cpu_milli', MILLI) / 1000, coreMhz, memoryMib: row.number('memory_mib', MEMORY) }))
  }))
  return hosts
}

function readPods(source: LoadSource, file: string, coreMhz: number, issues: IssueList): WorkloadVm[] {
  const vms: WorkloadVm[] = []
  const name = needFile(source, file, issues)
  if (name === null) return vms
  const names = new Set<string>()
  issues.collect(() => readRecords(pathOf(source, name), chunksOf(source, name), POD_COLUMNS, issues, (row) => {
    vms.push(podVm(row, newName(row, 'name', names), coreMhz))
  }))
  return vms.sort((left, right) => left.arriveMs - right.arriveMs)
}

function podVm(row: CsvRow, id: string, coreMhz: number): WorkloadVm {
  const cores = row.number('cpu_milli', MILLI) / 1000
  // A few pods ask for no memory; a VM has some.
  const size = { vcpus: Math.ceil(cores), cpuMhz: cores * coreMhz, memoryMib: Math.max(1, row.number('memory_mib', MEMORY)) }
  const arriveS = row.number('creation_time', SECONDS)
  const departS = row.numberOrNull('deletion_time', SECONDS)
  if (departS !== null && departS < arriveS) row.add('deletion_time', `${departS} is before creation_time, ${arriveS}`)
  const serviceClass = row.text('qos')
  const fault = serviceClass === '' ? null : nameFault(serviceClass)
  if (fault !== null) row.add('qos', fault)
  return {
    ...standingVm(serviceClass === '' ? vmOfSize(vmId(id), size) : vmOfSize(vmId(id), size, serviceClass)),
    arriveMs: arriveS * 1000,
    // Times are whole seconds: a pod that came and went within one was there for half of it.
    departMs: departS === null ? null : departS === arriveS ? arriveS * 1000 + 500 : departS * 1000,
  }
}
