import { type HostId, type VmId, vmId } from '../model/ids.ts'
import type { PolicySettings } from '../model/policy.ts'
import { memoryForVmsMib } from '../model/pool.ts'
import type { InitialHost, ScenarioEvent, ScenarioRun, Workload } from '../model/scenario.ts'
import type { Tariff } from '../model/tariff.ts'
import { eventFaults } from './eventFaults.ts'
import { expandEvents } from './expandEvents.ts'
import { expectedNameFaults } from './expectedNameFaults.ts'
import { problemsOf, refuseIssues, type Problems } from './problems.ts'
import { ruleFaults } from './ruleFaults.ts'
import type { PolicyChoice, Scenario, TimedFields } from './scenario.ts'
import { DEFAULT_START_UNIX_MS } from './scenarioDefaults.ts'
import { numbered } from './scenarioHosts.ts'
import { loadOfSnapshot } from './snapshotLoad.ts'
import { tariffOf } from './tariffSchema.ts'
import { largestOf, sizeFault } from './vmFaults.ts'

/** What the trace, the generator or the recorded days gave to a scenario; all null where it has only a snapshot. */
export interface LoadedBase {
  readonly workload: Workload | null
  /** Hosts that came with the load. */
  readonly hosts: readonly InitialHost[] | null
  readonly startUnixMs: number | null
  /** What happened on recorded days. */
  readonly events: readonly ScenarioEvent[]
}

export const NO_LOAD: LoadedBase = { workload: null, hosts: null, startUnixMs: null, events: [] }

/**
 * One run of a scenario: its axes chosen, its load at hand. Throws BadInput with what only shows now: VMs that fit
 * nowhere or do not exist, rules and events that name them, hosts that hold more than they have.
 */
export function buildRun(scenario: Scenario, base: LoadedBase, policy: PolicyChoice, seed: number): ScenarioRun {
  const problems = problemsOf(scenario.variant)
  const startUnixMs = scenario.startUnixMs ?? base.startUnixMs ?? DEFAULT_START_UNIX_MS
  const durationMs = scenario.durationMs ?? lengthOf(base.workload)
  if (durationMs === null) problems.add(['durationMs'], 'is missing: the load has no end of its own, so say how long a run lasts, such as "7 d"')
  const hosts = scenario.hosts ?? base.hosts ?? []
  if (hosts.length === 0) problems.add(['hosts'], 'is missing: neither the scenario nor its load has hosts')
  refuseIssues(problems.issues)
  const runMs = durationMs ?? 0
  const load = scenario.snapshot === null ? (base.workload ?? EMPTY) : loadOfSnapshot(scenario.snapshot, base.workload, runMs)
  const untilMs = Math.max(runMs, scenario.whatif?.horizonMs ?? 0)
  check(scenario, load, hosts, { startUnixMs, runMs, untilMs }, problems)
  refuseIssues(problems.issues)
  const { events, workload } = expandEvents(scenario.events, { startUnixMs, durationMs: untilMs, hosts, workload: load, problems })
  expectedNameFaults(scenario.expect, load, hosts, [...base.events, ...events], problems)
  refuseIssues(problems.issues)
  const tariff = scenario.tariff && tariffOf(scenario.tariff, startUnixMs)
  const run: ScenarioRun = {
    name: scenario.variant.label === '' ? scenario.name : `${scenario.name} ${scenario.variant.label}`, world: scenario.world, startUnixMs, durationMs: runMs, warmupMs: scenario.warmupMs,
    hosts, rules: scenario.rules, workload, events: inOrder([...modesOf(scenario), ...base.events.filter((event) => event.atMs < runMs), ...events]), sensors: scenario.sensors, faults: scenario.faults,
    physics: scenario.physics, solveDelayMs: scenario.solveDelayMs, rowMs: scenario.rowMs, policy: policy.settingsAt(startUnixMs), seed,
  }
  return tariff === null ? run : withTariff(run, tariff)
}

/** The run charged by a tariff, which every policy knows that has none of its own. */
function withTariff(run: ScenarioRun, tariff: Tariff): ScenarioRun {
  const told = (policy: PolicySettings): PolicySettings => ({ ...policy, tariff: policy.tariff ?? tariff, schedule: policy.schedule.map((entry) => ({ ...entry, settings: told(entry.settings) })) })
  return { ...run, tariff, policy: told(run.policy), events: run.events.map((event) => (event.kind === 'policy' ? { ...event, policy: told(event.policy) } : event)) }
}

const EMPTY: Workload = { vms: [], cpu: null, memory: null, network: null, disk: null }

const inOrder = (events: ScenarioEvent[]): ScenarioEvent[] => events.sort((a, b) => a.atMs - b.atMs)

/** Length of the longest series. */
function lengthOf(workload: Workload | null): number | null {
  if (workload === null) return null
  const lengths = [workload.cpu, workload.memory, workload.network, workload.disk].flatMap((series) => (series === null ? [] : [series.stepMs * series.sampleCount]))
  return lengths.length === 0 ? null : Math.max(...lengths)
}

/** Hosts that a snapshot shows in maintenance are asked into it as the run begins. */
function modesOf({ snapshot }: Scenario): ScenarioEvent[] {
  return (snapshot?.hosts ?? []).flatMap(({ host, mode }): ScenarioEvent[] => (mode === 'available' ? [] : [{ atMs: 0, kind: 'maintenanceEnter', host: host.id, method: null }]))
}

function check(scenario: Scenario, load: Workload, hosts: readonly InitialHost[], time: { readonly startUnixMs: number; readonly runMs: number; readonly untilMs: number }, problems: Problems): void {
  const { startUnixMs, runMs, untilMs } = time
  if (scenario.warmupMs >= runMs) problems.add(['warmupMs'], `is ${scenario.warmupMs} ms, but the run lasts ${runMs} ms: nothing would be measured`)
  const plain = hosts.map(({ host }) => host)
  eventFaults(scenario.events, { startUnixMs, durationMs: untilMs, hosts: plain, vms: load.vms.map(({ vm }) => vm) }, problems)
  const vmMemoryMib = new Map([...load.vms.map(({ vm }) => [vm.id, vm.memoryMib] as const), ...addedVms(scenario.events)])
  const ground = { hosts: new Map(plain.map((host) => [host.id, host])), vmMemoryMib }
  const ruleStart = scenario.snapshot?.rules.length ?? 0
  ruleFaults(scenario.rules.slice(ruleStart), ground, (path, message) => problems.add(['rules', ...path], message))
  // The study's world ignores memory and sizes after its first placement.
  if (scenario.world === 'reference') return
  fitFaults(load, hosts, scenario.events, problems)
  holdFaults(load, hosts, problems)
}

/** VMs that events add, which rules may name. */
const addedVms = (events: readonly TimedFields[]): (readonly [VmId, number])[] => events.flatMap(({ fields }) => (fields.kind === 'vmAdd' ? numbered(fields.id, fields.count).map((id) => [vmId(id), fields.memoryMib] as const) : []))

/** VMs that no host could hold, now or after a host that joins later; told together, since a trace may have thousands. */
function fitFaults(load: Workload, hosts: readonly InitialHost[], events: readonly TimedFields[], problems: Problems): void {
  if (events.some(({ fields }) => fields.kind === 'hostAdd' || fields.kind === 'hostReplace')) return
  const { memoryMib, threads } = largestOf(hosts.map(({ host }) => host))
  const faults = load.vms.flatMap(({ vm }) => sizeFault(vm, memoryMib, threads) ?? [])
  const first = faults[0]
  if (first !== undefined) problems.add(['workload'], `has ${faults.length} of ${load.vms.length} VMs that fit no host; of the first, ${first.key} ${first.message}`)
}

/** Hosts that would begin with more memory in use than they have. */
function holdFaults(load: Workload, hosts: readonly InitialHost[], problems: Problems): void {
  const held = new Map<HostId, number>()
  const known = new Set(hosts.map(({ host }) => host.id))
  const lost = load.vms.filter(({ host }) => host !== null && !known.has(host))
  if (lost[0]?.host) problems.add(['workload'], `places ${lost.length} VMs on hosts that the scenario does not have, such as ${lost[0].vm.id} on ${lost[0].host}`)
  for (const { vm, host, arriveMs } of load.vms) if (host !== null && arriveMs === 0) held.set(host, (held.get(host) ?? 0) + vm.memoryMib)
  for (const { host } of hosts) {
    const heldMib = held.get(host.id) ?? 0
    if (heldMib > memoryForVmsMib(host)) problems.add(['hosts'], `: ${host.id} would begin with VMs of ${heldMib} MiB, but has ${memoryForVmsMib(host)} MiB for them`)
  }
}
