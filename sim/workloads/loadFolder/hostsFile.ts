import { hostId, type HostId } from '../../../src/model/ids.ts'
import { POWER_STATES, type PowerState } from '../../../src/model/pool.ts'
import type { PowerModel } from '../../../src/model/power.ts'
import type { Resources } from '../../../src/model/resources.ts'
import type { InitialHost } from '../../../src/model/scenario.ts'
import type { IssueList } from '../reading/issueList.ts'
import { fieldsOf, numberField, parseJson, type AddFieldIssue } from './loadManifest.ts'
import { nameFault } from '../reading/names.ts'

const HOSTS_MAX = 10_000
const RESOURCE_KEYS = ['cpuMhz', 'memoryMib', 'networkMibPerS', 'diskMibPerS'] as const
const POWER_KEYS = ['offW', 'bootMs', 'bootW', 'shutdownMs', 'shutdownW'] as const
const HOST_KEYS = [
  'id', 'cores', 'coreMhz', 'performanceFactor', 'smtYield', 'capacity', 'reserve', 'migrationLinkMibPerS', 'power', 'powerManaged', 'rack', 'powerState',
]

/** Text of `hosts.json`: the hosts of a load folder with every field, one a line. */
export function hostsText(hosts: readonly InitialHost[]): string {
  const lines = hosts.map(({ host, power }) => JSON.stringify({ ...host, powerState: power }))
  return `{"formatVersion":1,"hosts":[\n${lines.join(',\n')}\n]}\n`
}

/** Reads `hosts.json`. Adds every problem with its host and field; the result means nothing when there is any. */
export function parseHosts(file: string, text: string, issues: IssueList): InitialHost[] {
  const add: AddFieldIssue = (field, message) => issues.add(`${file} ${field}`.trim(), null, () => message)
  const root = fieldsOf(parseJson(file, text), '', ['formatVersion', 'hosts'], add)
  if (root === null) return []
  if (root.get('formatVersion') !== 1) add('formatVersion', 'must be 1')
  const list = root.get('hosts')
  if (!Array.isArray(list) || list.length === 0 || list.length > HOSTS_MAX) {
    add('hosts', `must be a list of 1 to ${HOSTS_MAX} hosts`)
    return []
  }
  const names = new Set<string>()
  return list.flatMap((value: unknown, index) => parseHost(value, `hosts[${index}]`, names, add) ?? [])
}

function parseHost(value: unknown, path: string, names: Set<string>, add: AddFieldIssue): InitialHost | null {
  const fields = fieldsOf(value, path, HOST_KEYS, add)
  if (fields === null) return null
  const number = (key: string, min: number, max: number): number => numberField(fields, path, key, min, max, add)
  const powerState = fields.get('powerState') as PowerState
  if (!POWER_STATES.includes(powerState)) add(`${path}.powerState`, `must be one of ${POWER_STATES.join(', ')}`)
  const powerManaged = fields.get('powerManaged')
  if (typeof powerManaged !== 'boolean') add(`${path}.powerManaged`, 'must be true or false')
  const rack = fields.get('rack')
  if (rack !== null && (typeof rack !== 'string' || rack.length > 64)) add(`${path}.rack`, 'must be a text of at most 64 characters, or null')
  const host = {
    id: hostName(fields.get('id'), `${path}.id`, names, add),
    cores: number('cores', 0.001, 65_536), coreMhz: number('coreMhz', 1, 1e6), performanceFactor: number('performanceFactor', 0.001, 1000), smtYield: number('smtYield', 1, 8),
    capacity: parseResources(fields.get('capacity'), `${path}.capacity`, add), reserve: parseResources(fields.get('reserve'), `${path}.reserve`, add),
    migrationLinkMibPerS: number('migrationLinkMibPerS', 0.001, 1e9), power: parsePower(fields.get('power'), `${path}.power`, add),
    powerManaged: powerManaged === true, rack: rack as string | null,
  }
  for (const key of ['cpuMhz', 'memoryMib'] as const) {
    if (!(host.capacity[key] > host.reserve[key])) add(`${path}.capacity.${key}`, `must be above reserve.${key}: nothing is left for VMs`)
  }
  return { host, power: powerState }
}

function hostName(value: unknown, path: string, names: Set<string>, add: AddFieldIssue): HostId {
  const name = typeof value === 'string' ? value : ''
  const fault = nameFault(name) ?? (names.has(name) ? `${name} occurs twice` : null)
  if (fault !== null) add(path, fault)
  names.add(name)
  return hostId(name)
}

function parseResources(value: unknown, path: string, add: AddFieldIssue): Resources {
  const fields = fieldsOf(value, path, RESOURCE_KEYS, add) ?? new Map<string, unknown>()
  const [cpuMhz, memoryMib, networkMibPerS, diskMibPerS] = RESOURCE_KEYS.map((key) => numberField(fields, path, key, 0, 1e12, add)) as [number, number, number, number]
  return { cpuMhz, memoryMib, networkMibPerS, diskMibPerS }
}

function parsePower(value: unknown, path: string, add: AddFieldIssue): PowerModel {
  const fields = fieldsOf(value, path, ['curveW', ...POWER_KEYS], add) ?? new Map<string, unknown>()
  const curve: unknown = fields.get('curveW')
  const isCurve = Array.isArray(curve) && curve.length === 11 && curve.every((watts) => typeof watts === 'number' && watts >= 0 && watts <= 1e6)
  if (!isCurve) add(`${path}.curveW`, 'must be 11 powers from 0 to 1000000 W')
  const [offW, bootMs, bootW, shutdownMs, shutdownW] = POWER_KEYS.map((key) => numberField(fields, path, key, 0, key.endsWith('Ms') ? 86_400_000 : 1e6, add)) as [number, number, number, number, number]
  return { curveW: isCurve ? (curve as number[]) : [], offW, bootMs, bootW, shutdownMs, shutdownW }
}
