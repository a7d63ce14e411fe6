import fc from 'fast-check'
import { hostId, vmId } from '../../src/model/ids.ts'
import type { LoadSeries } from '../../src/model/load.ts'
import type { MaintenanceMethod, Vm } from '../../src/model/pool.ts'
import type { Rule } from '../../src/model/rules.ts'
import type { InitialHost, ScenarioEvent, ScenarioRun, WorkloadVm } from '../../src/model/scenario.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, initially, makeHost, makeVm } from './parts.ts'
import { policyArbitrary } from './policyArbitrary.ts'

const METHODS: readonly MaintenanceMethod[] = ['migrate', 'shutdown', 'suspend', 'leave']
const LOAD_STEP_MS = 5 * MINUTE

/** Uniform between two ratios; fast-check's own doubles are uniform in their bits, which is nearly always nearly 0. */
const ratioArbitrary = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min: Math.round(min * 1e6), max: Math.round(max * 1e6) }).map((millionths) => millionths / 1e6)

const hostArbitrary = fc.record({
  cores: fc.constantFrom(2, 4, 8), coreMhz: fc.constantFrom(1000, 2000), performanceFactor: fc.constantFrom(1, 1, 0.75, 1.2), smtYield: fc.constantFrom(1, 1.25),
  memoryMib: fc.constantFrom(16_384, 32_768, 65_536), reserveMemoryMib: fc.constantFrom(0, 2048), reserveCpuMhz: fc.constantFrom(0, 500), linkMibPerS: fc.constantFrom(112, 1120, 1120),
  bootMs: fc.constantFrom(30_000, 120_000, 300_000), shutdownMs: fc.constantFrom(0, 30_000, 90_000), powerManaged: fc.constantFrom(true, true, true, false),
})

/** Stretches of constant load: how long, how high (NaN: the trace has a gap). */
const loadArbitrary = fc.array(fc.record({ steps: fc.integer({ min: 1, max: 60 }), ratio: fc.oneof({ weight: 5, arbitrary: ratioArbitrary(0, 0.3) }, { weight: 3, arbitrary: ratioArbitrary(0, 1.2) }, { weight: 1, arbitrary: fc.constant(NaN) }) }), { minLength: 1, maxLength: 8 })

const vmArbitrary = fc.record({
  vcpus: fc.constantFrom(1, 2, 4), memoryShare: fc.constantFrom(1, 2, 2, 4, 8), dirtyMibPerS: fc.constantFrom(0, 5, 50, 400), shares: fc.constantFrom(500, 1000, 2000),
  cpuReservationMhz: fc.constantFrom(0, 0, 500), cpuLimitMhz: fc.constantFrom(null, null, 1500), movable: fc.constantFrom(true, true, true, true, true, true, false),
  onMaintenance: fc.constantFrom<(MaintenanceMethod | null)[]>(null, null, null, ...METHODS), load: loadArbitrary,
  arrive: fc.option(ratioArbitrary(0, 1), { freq: 3 }), stay: fc.option(ratioArbitrary(0.01, 1), { freq: 3 }), host: fc.nat(),
})

const ruleArbitrary = fc.record({ kind: fc.constantFrom<Rule['kind'][]>('apart', 'together', 'runOn', 'keepOff'), vms: fc.array(fc.nat(), { minLength: 2, maxLength: 4 }), hosts: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) })

/** Requests and mishaps, at a share of the run's length. Most kinds come in pairs: in and out again. */
const occurrenceArbitrary = fc.record({
  kind: fc.constantFrom('maintenance', 'maintenance', 'failure', 'failure', 'operatorPower', 'operatorMove', 'resize', 'remove', 'scale', 'policy', 'addVm', 'addHost', 'removeVm'),
  at: ratioArbitrary(0, 1), length: ratioArbitrary(0.001, 0.4), host: fc.nat(), vm: fc.nat(), method: fc.constantFrom<(MaintenanceMethod | null)[]>(null, null, ...METHODS), factor: fc.constantFrom(0.3, 0.8, 1.3, 2.5), policy: policyArbitrary,
})

const sensorArbitrary = fc.record({ intervalMs: fc.constantFrom(MINUTE, MINUTE, 30_000, 5 * MINUTE), delayMs: fc.constantFrom(0, 2000, 20_000, 90_000), gapRatio: fc.constantFrom(0, 0, 0.05, 0.4, 0.95) })

const faultArbitrary = fc.record({
  wakeFailureRatio: fc.constantFrom(0, 0, 0.3, 1), migrationFailureRatio: fc.constantFrom(0, 0, 0.2, 1), hostMtbfMs: fc.constantFrom(null, null, null, 6 * HOUR), hostRepairMs: fc.constantFrom(10 * MINUTE, 2 * HOUR),
})

const partsArbitrary = fc.record({
  hours: fc.constantFrom(2, 6, 6, 12, 30), hosts: fc.array(hostArbitrary, { minLength: 1, maxLength: 8, size: 'max' }), firstOff: fc.array(fc.nat(), { maxLength: 2 }),
  vms: fc.array(vmArbitrary, { maxLength: 40, size: 'max' }), memoryUnitMib: fc.constantFrom(256, 1024, 2048, 3500), rules: fc.array(ruleArbitrary, { maxLength: 4 }), occurrences: fc.array(occurrenceArbitrary, { maxLength: 10, size: 'max' }),
  sensors: sensorArbitrary, faults: faultArbitrary, policy: policyArbitrary, pageSharingRatio: fc.constantFrom(0, 0.2), migrationCpuMhz: fc.constantFrom(0, 500),
  migrationTimeoutMs: fc.constantFrom(30_000, 10 * MINUTE), roundsMax: fc.constantFrom(2, 30), startHour: fc.integer({ min: 0, max: 23 }), seed: fc.nat({ max: 1_000_000 }),
  solveDelayMs: fc.constantFrom(0, 0, 500, 15_000, 70_000),
})

type Parts = typeof partsArbitrary extends fc.Arbitrary<infer T> ? T : never

/**
 * Small random scenarios: 1 to 8 unlike hosts, 0 to 40 VMs in little or much memory, piecewise constant load, arrivals and
 * departures, operators' requests, mishaps, rules and any policy. VMs that are there from the start stand where the
 * rules allow, so that a run's events are enough to follow the pool.
 */
export const scenarioArbitrary: fc.Arbitrary<ScenarioRun> = fc.noBias(partsArbitrary).map((parts) => named(assemble(parts)))

/** A failure prints a summary of its scenario instead of all its samples; seed and path bring it back. */
function named(run: ScenarioRun): ScenarioRun {
  const events = run.events.map(({ kind, atMs }) => `${kind}@${atMs}`).join(' ')
  return Object.defineProperty({ ...run }, fc.toStringMethod, { value: () => `${run.hosts.length} hosts, ${run.workload.vms.length} VMs, ${run.durationMs / HOUR} h, events ${events}` })
}

function assemble(parts: Parts): ScenarioRun {
  const durationMs = parts.hours * HOUR
  const off = new Set(parts.firstOff.map((number) => number % parts.hosts.length).filter(() => parts.hosts.length > 1))
  const hosts = parts.hosts.map((host, number): InitialHost => initially(makeHost(`h${number}`, host), off.has(number) && number > 0 ? 'off' : 'on'))
  const sizes = parts.vms.map((entry, number): Vm => makeVm(`v${number}`, sizeOf(entry, parts.memoryUnitMib)))
  const rules = parts.rules.flatMap((rule, number) => ruleOf(rule, number, sizes.length, hosts.length))
  const vms = place(parts, hosts, sizes, rules, durationMs)
  return {
    name: 'random', world: 'standard', startUnixMs: MONDAY_UNIX_MS + parts.startHour * HOUR, durationMs, warmupMs: 0, hosts, rules,
    workload: { vms, cpu: parts.vms.length > 0 ? seriesOf(parts.vms.map(({ load }) => load), durationMs) : null, memory: null, network: null, disk: null },
    events: possible(parts.occurrences.flatMap((occurrence, number) => eventsOf(occurrence, number, parts, durationMs)).sort((a, b) => a.atMs - b.atMs), durationMs),
    sensors: parts.sensors, faults: parts.faults,
    physics: {
      pue: 1.3, slaDeliveredMin: 0.95, migrationCpuMhz: parts.migrationCpuMhz, migrationStreamMibPerS: 1000, downtimeMaxMs: 300, migrationRoundsMax: parts.roundsMax, migrationTimeoutMs: parts.migrationTimeoutMs,
      pageSharingRatio: parts.pageSharingRatio, restartDelayMs: MINUTE, vmStartMs: 15_000, vmStopMs: 30_000,
    },
    solveDelayMs: parts.solveDelayMs, rowMs: 5 * MINUTE, policy: parts.policy, seed: parts.seed,
  }
}

const sizeOf = ({ vcpus, memoryShare, dirtyMibPerS, shares, cpuReservationMhz, cpuLimitMhz, movable, onMaintenance }: Parts['vms'][number], unitMib: number): Partial<Vm> =>
  ({ vcpus, cpuMhz: vcpus * 1000, memoryMib: memoryShare * unitMib, dirtyMibPerS, shares, cpuReservationMhz, cpuLimitMhz, movable, onMaintenance })

function ruleOf(rule: Parts['rules'][number], number: number, vmCount: number, hostCount: number): Rule[] {
  const vms = vmCount === 0 ? [] : [...new Set(rule.vms.map((vm) => vm % vmCount))].map((vm) => vmId(`v${vm}`))
  const hosts = [...new Set(rule.hosts.map((host) => host % hostCount))].map((host) => hostId(`h${host}`))
  const pairs = rule.kind === 'apart' || rule.kind === 'together'
  if (vms.length < (pairs ? 2 : 1)) return []
  return [pairs ? { id: `r${number}`, kind: rule.kind as 'apart', vms } : { id: `r${number}`, kind: rule.kind as 'runOn', vms, hosts }]
}

/** VMs that are there from the start stand where memory and rules allow; one that fits nowhere arrives a moment later. */
function place(parts: Parts, hosts: readonly InitialHost[], sizes: readonly Vm[], rules: readonly Rule[], durationMs: number): WorkloadVm[] {
  const freeMib = hosts.map(({ host }) => host.capacity.memoryMib - host.reserve.memoryMib)
  const placed = new Map<string, number>()
  return parts.vms.map((entry, number) => {
    const vm = sizes[number]!
    const arriveMs = entry.arrive === null ? 0 : Math.max(1, Math.floor(entry.arrive * durationMs))
    const order = hosts.map((_, offset) => (entry.host + offset) % hosts.length)
    const target = arriveMs > 0 ? undefined : order.find((host) => hosts[host]!.power === 'on' && freeMib[host]! >= vm.memoryMib && allowed(rules, vm, host, placed))
    if (target !== undefined) {
      placed.set(vm.id, target)
      freeMib[target]! -= vm.memoryMib
    }
    const from = target === undefined ? Math.max(1, arriveMs) : 0
    const departMs = entry.stay === null ? null : from + Math.max(1, Math.floor(entry.stay * durationMs))
    return { vm, arriveMs: from, departMs, host: target === undefined ? null : hostId(`h${target}`), cpuColumn: number, memoryColumn: null, networkColumn: null, diskColumn: null }
  })
}

function allowed(rules: readonly Rule[], vm: Vm, host: number, placed: ReadonlyMap<string, number>): boolean {
  return rules.every((rule) => {
    if (!rule.vms.includes(vm.id)) return true
    if (rule.kind === 'runOn' || rule.kind === 'keepOff') return rule.hosts.includes(hostId(`h${host}`)) === (rule.kind === 'runOn')
    const others = rule.vms.filter((other) => other !== vm.id && placed.has(other)).map((other) => placed.get(other)!)
    return rule.kind === 'apart' ? !others.includes(host) : others.every((other) => other === host)
  })
}

function seriesOf(loads: readonly Parts['vms'][number]['load'][], durationMs: number): LoadSeries {
  const sampleCount = Math.ceil(durationMs / LOAD_STEP_MS)
  const codes = new Float32Array(sampleCount * loads.length)
  loads.forEach((load, column) => {
    const values = load.flatMap(({ steps, ratio }) => new Array<number>(steps).fill(ratio))
    for (let k = 0; k < sampleCount; k++) codes[k * loads.length + column] = values[k % values.length]!
  })
  return { names: loads.map((_, column) => `v${column}`), stepMs: LOAD_STEP_MS, sampleCount, codes, divisor: 1 }
}

/** Without what a scenario's file could not say: events after the end, and about hosts that were removed. */
function possible(events: readonly ScenarioEvent[], durationMs: number): ScenarioEvent[] {
  const removed = new Set<string>()
  return events.filter((event) => {
    const host = 'host' in event && typeof event.host === 'string' ? event.host : 'target' in event ? event.target : null
    if (event.atMs >= durationMs || (host !== null && removed.has(host))) return false
    if (event.kind === 'hostRemove') removed.add(event.host)
    return true
  })
}

/** Half of the times are on the quarter of an hour, so that unlike things happen at the same instant. */
const instant = (share: number, durationMs: number): number => (Math.floor(share * 1e6) % 2 === 0 ? Math.floor(share * durationMs) : Math.floor((share * durationMs) / (15 * MINUTE)) * 15 * MINUTE)

function eventsOf(occurrence: Parts['occurrences'][number], number: number, parts: Parts, durationMs: number): ScenarioEvent[] {
  const atMs = instant(occurrence.at, durationMs)
  const laterMs = atMs + Math.max(1, instant(occurrence.length, durationMs))
  const host = hostId(`h${occurrence.host % parts.hosts.length}`)
  const vm = vmId(`v${occurrence.vm % Math.max(1, parts.vms.length)}`)
  switch (occurrence.kind) {
    case 'maintenance':
      return [{ atMs, kind: 'maintenanceEnter', host, method: occurrence.method }, { atMs: laterMs, kind: 'maintenanceLeave', host }]
    case 'failure':
      return [{ atMs, kind: 'hostFail', host }, { atMs: laterMs, kind: 'hostRepair', host }]
    case 'operatorPower':
      return [{ atMs, kind: occurrence.vm % 2 === 0 ? 'powerOff' : 'powerOn', host }, { atMs: laterMs, kind: 'powerOn', host }]
    case 'operatorMove':
      return [{ atMs, kind: 'migrate', vm, target: host }]
    case 'resize':
      return [{ atMs, kind: 'vmResize', vm, vcpus: null, cpuMhz: null, memoryMib: parts.memoryUnitMib * (1 + (occurrence.host % 6)) }]
    case 'remove':
      return [{ atMs, kind: 'hostRemove', host }]
    case 'scale':
      return [{ atMs, kind: 'demandScale', factor: occurrence.factor, class: null }]
    case 'policy':
      return [{ atMs, kind: 'policy', policy: occurrence.policy }]
    case 'addVm': {
      const size = { vcpus: 2, cpuMhz: 2000, memoryMib: parts.memoryUnitMib * (1 + (occurrence.vm % 4)) }
      const column = parts.vms.length > 0 ? occurrence.vm % parts.vms.length : null
      return [{ atMs, kind: 'vmAdd', vm: { vm: makeVm(`new${number}`, size), arriveMs: atMs, departMs: laterMs, host: null, cpuColumn: column, memoryColumn: null, networkColumn: null, diskColumn: null } }]
    }
    case 'addHost':
      return [{ atMs, kind: 'hostAdd', host: initially(makeHost(`extra${number}`, parts.hosts[0]), occurrence.vm % 3 === 0 ? 'off' : 'on') }]
    case 'removeVm':
      return [{ atMs, kind: 'vmRemove', vm }]
    default:
      return []
  }
}
