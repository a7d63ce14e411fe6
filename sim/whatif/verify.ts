import { MINUTE_MS, DAY_MS } from '../../src/model/resources.ts'
import { BadInput, type Issue } from '../../src/model/result.ts'
import type { Host } from '../../src/model/pool.ts'
import type { ScenarioEvent, ScenarioRun, WorkloadVm } from '../../src/model/scenario.ts'
import { WHATIF_DEMANDS, WHATIF_UNITS, type WhatIfQuestion, type WhatIfSettings } from '../../src/model/whatif.ts'
import { changesOf, stretchesOf } from './changes.ts'
import { UNITS, candidateSize, dimensionsOf, hostCapacity, resourceOf } from './instant.ts'

const HORIZON_MAX_MS = 20 * 365 * DAY_MS
/** Instants that one question is answered for, at most. */
export const STRETCHES_MAX = 5_000
/** Hosts x VMs, so that columns of rules stay in memory. */
const CELLS_MAX = 50_000_000

/** Throws BadInput with all that is wrong with a question: its settings, the pool it is put to, its changes. */
export function checkQuestion(question: WhatIfQuestion): void {
  const { scenario, settings } = question
  const issues = [...settingsIssues(settings), ...scenarioIssues(scenario)]
  if (issues.length === 0) issues.push(...candidateIssues(question), ...sizeIssues(question))
  if (issues.length > 0) throw new BadInput(issues)
}

function settingsIssues({ horizonMs, stepMs, growthPerMonthRatio, candidate, limits, demand }: WhatIfSettings): Issue[] {
  const issues: Issue[] = []
  const expect = (holds: boolean, path: string, message: string): void => {
    if (!holds) issues.push({ path: `whatif.${path}`, message })
  }
  const whole = (value: number, from: number, to: number): boolean => Number.isSafeInteger(value) && value >= from && value <= to
  const within = (value: number, from: number, to: number): boolean => Number.isFinite(value) && value >= from && value <= to
  expect(whole(horizonMs, 1, HORIZON_MAX_MS), 'horizonMs', `is ${horizonMs}, expected a whole number of ms above 0 and up to 20 years`)
  expect(stepMs === null || whole(stepMs, MINUTE_MS, HORIZON_MAX_MS), 'stepMs', `is ${String(stepMs)}, expected a whole number of ms from one minute up, or none`)
  expect(within(growthPerMonthRatio, -0.99, 10), 'growthPerMonthRatio', `is ${growthPerMonthRatio}, expected a ratio from -0.99 to 10 (0.03 is 3 % a month)`)
  expect(whole(candidate.vcpus, 0, 1e6), 'candidate.vcpus', `is ${candidate.vcpus}, expected a whole number of vCPUs from 0`)
  expect(within(candidate.cpuMhz, 0, 1e9), 'candidate.cpuMhz', `is ${candidate.cpuMhz}, expected MHz from 0`)
  expect(within(candidate.memoryMib, 0, 1e9), 'candidate.memoryMib', `is ${candidate.memoryMib}, expected MiB from 0`)
  expect(limits.utilizationMax === null || (within(limits.utilizationMax, 0, 1) && limits.utilizationMax > 0), 'limits.utilizationMax', `is ${String(limits.utilizationMax)}, expected a ratio above 0 and up to 1, or none for the policy's`)
  expect(within(limits.memoryMax, 0, 1) && limits.memoryMax > 0, 'limits.memoryMax', `is ${limits.memoryMax}, expected a ratio above 0 and up to 1`)
  expect(whole(limits.failoverHosts, 0, 1000), 'limits.failoverHosts', `is ${limits.failoverHosts}, expected a whole number of hosts from 0`)
  expect(limits.vcpusPerCoreMax === null || (within(limits.vcpusPerCoreMax, 0, 1e4) && limits.vcpusPerCoreMax > 0), 'limits.vcpusPerCoreMax', `is ${String(limits.vcpusPerCoreMax)}, expected vCPUs a core above 0, or none`)
  expect(WHATIF_DEMANDS.includes(demand), 'demand', `is ${demand}, expected one of ${WHATIF_DEMANDS.join(', ')}`)
  return issues
}

function scenarioIssues(scenario: ScenarioRun): Issue[] {
  if (scenario.hosts.length === 0) return [{ path: 'hosts', message: 'there is no host, expected at least one: a capacity question needs a pool' }]
  const names: Names = { hosts: new Set(allHosts(scenario).map(({ id }) => id)), vms: new Set(allVms(scenario).map(({ vm }) => vm.id)), columns: scenario.workload.cpu?.names.length ?? 0 }
  return [
    ...doubled('hosts', [...scenario.hosts.map(({ host }) => host.id), ...scenario.events.flatMap((event) => (event.kind === 'hostAdd' ? [event.host.host.id] : []))]),
    ...doubled('VMs', [...scenario.workload.vms.map(({ vm }) => vm.id), ...scenario.events.flatMap((event) => (event.kind === 'vmAdd' ? [event.vm.vm.id] : []))]),
    ...allHosts(scenario).flatMap((host) => hostIssues(host)),
    ...allVms(scenario).flatMap((vm) => vmIssues(vm, names)),
    ...scenario.events.flatMap((event, index) => eventIssues(event, `events[${index}]`, names)),
  ]
}

interface Names {
  readonly hosts: ReadonlySet<string>
  readonly vms: ReadonlySet<string>
  /** Of the CPU series. */
  readonly columns: number
}

const allHosts = (scenario: ScenarioRun): Host[] => [...scenario.hosts.map(({ host }) => host), ...scenario.events.flatMap((event) => (event.kind === 'hostAdd' ? [event.host.host] : []))]
const allVms = (scenario: ScenarioRun): WorkloadVm[] => [...scenario.workload.vms, ...scenario.events.flatMap((event) => (event.kind === 'vmAdd' ? [event.vm] : []))]

function doubled(what: string, ids: readonly string[]): Issue[] {
  const seen = new Set<string>()
  const twice = new Set(ids.filter((id) => seen.size === seen.add(id).size))
  return [...twice].map((id) => ({ path: what, message: `${id} is there twice, expected each name once, later ones included: give a clone its own name` }))
}

function hostIssues(host: Host): Issue[] {
  const amounts = { cores: host.cores, 'capacity.cpuMhz': host.capacity.cpuMhz, 'capacity.memoryMib': host.capacity.memoryMib, 'reserve.cpuMhz': host.reserve.cpuMhz, 'reserve.memoryMib': host.reserve.memoryMib }
  const issues = amountIssues(`hosts.${host.id}`, amounts)
  if (host.reserve.cpuMhz > host.capacity.cpuMhz) issues.push({ path: `hosts.${host.id}.reserve.cpuMhz`, message: `is ${host.reserve.cpuMhz} MHz of ${host.capacity.cpuMhz} MHz, expected no more than the host has` })
  if (host.reserve.memoryMib > host.capacity.memoryMib) issues.push({ path: `hosts.${host.id}.reserve.memoryMib`, message: `is ${host.reserve.memoryMib} MiB of ${host.capacity.memoryMib} MiB, expected no more than the host has` })
  return issues
}

function vmIssues({ vm, host, cpuColumn }: WorkloadVm, names: Names): Issue[] {
  const issues = amountIssues(`vms.${vm.id}`, { vcpus: vm.vcpus, cpuMhz: vm.cpuMhz, memoryMib: vm.memoryMib, cpuReservationMhz: vm.cpuReservationMhz })
  if (host !== null && !names.hosts.has(host)) issues.push({ path: `vms.${vm.id}.host`, message: `is ${host}, which is no host of this scenario` })
  if (cpuColumn !== null && (!Number.isSafeInteger(cpuColumn) || cpuColumn < 0 || cpuColumn >= names.columns)) issues.push({ path: `vms.${vm.id}.cpuColumn`, message: `is ${cpuColumn}, the CPU series have ${names.columns} columns` })
  return issues
}

function amountIssues(path: string, amounts: Readonly<Record<string, number>>): Issue[] {
  return Object.entries(amounts).flatMap(([name, value]) => (Number.isFinite(value) && value >= 0 && value <= 1e9 ? [] : [{ path: `${path}.${name}`, message: `is ${value}, expected a number from 0 to 1e9` }]))
}

function eventIssues(event: ScenarioEvent, path: string, names: Names): Issue[] {
  const issues: Issue[] = []
  if (!Number.isFinite(event.atMs) || event.atMs < 0) issues.push({ path: `${path}.atMs`, message: `is ${event.atMs}, expected ms from 0` })
  const host = 'target' in event ? event.target : 'host' in event && typeof event.host === 'string' ? event.host : null
  if (host !== null && !names.hosts.has(host)) issues.push({ path, message: `names ${host}, which is no host of this scenario` })
  const vm = 'vm' in event && typeof event.vm === 'string' ? event.vm : null
  if (vm !== null && !names.vms.has(vm)) issues.push({ path, message: `names ${vm}, which is no VM of this scenario` })
  if (event.kind === 'demandScale' && !(Number.isFinite(event.factor) && event.factor >= 0)) issues.push({ path: `${path}.factor`, message: `is ${event.factor}, expected a number from 0` })
  if (event.kind === 'vmResize') issues.push(...amountIssues(path, { vcpus: event.vcpus ?? 0, cpuMhz: event.cpuMhz ?? 0, memoryMib: event.memoryMib ?? 0 }))
  return issues
}

/** A candidate that asks for nothing that is limited would fit without end; one larger than every host never does. */
function candidateIssues({ scenario, settings }: WhatIfQuestion): Issue[] {
  const { candidate, limits } = settings
  const size = candidateSize(candidate, limits)
  if (size.every((part) => part === 0)) return [{ path: 'whatif.candidate', message: 'needs nothing that is limited, so any number would fit: give it memory, CPU or (with limits.vcpusPerCoreMax) vCPUs' }]
  const policies = [scenario.policy, ...scenario.events.flatMap((event) => (event.kind === 'policy' ? [event.policy] : []))]
  const utilizationMax = limits.utilizationMax ?? Math.max(...policies.map(({ evenDistribution }) => evenDistribution.utilizationHigh))
  const capacities = allHosts(scenario).map((host) => ({ host, room: hostCapacity(host, limits, utilizationMax) }))
  if (capacities.some(({ room }) => size.every((part, d) => part <= room[d]!))) return []
  const short = Array.from({ length: dimensionsOf(limits) }, (_, d) => ({ d, most: Math.max(...capacities.map(({ room }) => room[d]!)) })).filter(({ d, most }) => size[d]! > most)
  if (short.length === 0) return [{ path: 'whatif.candidate', message: 'is larger than every host: no host has enough of all its resources at once, though some have enough of each' }]
  return short.map(({ d, most }) => {
    const unit = UNITS[d as 0 | 1 | 2]
    const name = resourceOf(d)
    return { path: `whatif.candidate.${name === 'memory' ? 'memoryMib' : name === 'cpu' ? 'cpuMhz' : 'vcpus'}`, message: `needs ${size[d]! / unit} ${WHATIF_UNITS[name]}, the limits allow at most ${most / unit} on any host: pick a smaller size` }
  })
}

function sizeIssues(question: WhatIfQuestion): Issue[] {
  const { scenario, settings } = question
  const issues: Issue[] = []
  const hosts = allHosts(scenario).length
  const vms = allVms(scenario).length
  if (settings.limits.failoverHosts >= hosts) issues.push({ path: 'whatif.limits.failoverHosts', message: `is ${settings.limits.failoverHosts} of ${hosts} hosts, expected fewer than there are` })
  if (hosts * vms > CELLS_MAX) issues.push({ path: 'vms', message: `${hosts} hosts x ${vms} VMs is more than ${CELLS_MAX}: ask about a part of the pool` })
  const steps = settings.stepMs === null ? 0 : settings.horizonMs / settings.stepMs
  const stretches = steps > STRETCHES_MAX ? Math.ceil(steps) : stretchesOf(changesOf(question), settings.horizonMs).length
  if (stretches > STRETCHES_MAX) issues.push({ path: 'whatif.horizonMs', message: `something changes at ${stretches} instants within it, at most ${STRETCHES_MAX} are judged: shorten it${settings.stepMs === null ? '' : ' or raise stepMs'}` })
  return issues
}
