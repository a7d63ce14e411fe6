import type { Input } from '../src/control/messages.ts'
import type { ControllerConfig, ControllerState } from '../src/control/state.ts'
import { turn } from '../src/control/turn.ts'
import type { LoadHistory } from '../src/model/history.ts'
import type { Step } from '../src/model/plan.ts'
import { HOST_MODES, MODE, POWER, POWER_STATES, VM, type HostMode, type Pool, memoryForVmsMib } from '../src/model/pool.ts'
import { powerAtW } from '../src/model/power.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../src/model/resources.ts'
import { HOST_STATES, SERIES_NAMES, type DayFigures, type Run, type RunEvent, type RunSummary, type SeriesName, type SlaFigures } from '../src/model/run.ts'
import { remember } from '../src/observe/history.ts'
import { endEvent } from './perform.ts'

/** A migration that a live loop wrote down. */
export interface RecordedMove {
  readonly vm: string
  readonly ok: boolean
  readonly downtimeMs: number | null
  readonly sentMib: number | null
}

export interface LiveRun {
  readonly pool: string
  readonly config: ControllerConfig
  readonly state: ControllerState
  readonly inputs: readonly Input[]
  readonly migrations: readonly RecordedMove[]
}

const ROWS_MAX = 20_000
const ROWS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, DAY_MS]
const SERVED_MIN = 0.95

/**
 * A live record in the run format, so that whatever reads simulated runs reads it. Events are the controller's own, turned
 * again, and the ends of its steps. Loads and states hold from one input to the next; watts are those of the hosts' power
 * models, as nothing measured them. Nobody tells a live pool's host failures apart: they count as none.
 */
export function runOfRecord(live: LiveRun): Run {
  const { pool: name, config, state: { policy }, inputs } = live
  const last = inputs.at(-1)!
  const durationMs = Math.max(MINUTE_MS, last.atMs)
  const rowMs = ROWS_MS.find((one) => durationMs / one <= ROWS_MAX) ?? DAY_MS
  const rowCount = Math.ceil(durationMs / rowMs)
  const hosts = last.pool.hosts
  const width = (series: SeriesName): number => (series.startsWith('host') && series !== 'hostsOn' ? hosts.length : 1)
  const columns = Object.fromEntries(SERIES_NAMES.map((series) => [series, new Float32Array(rowCount * width(series)).fill(NaN)])) as Record<SeriesName, Float32Array>
  const totals = new Totals()
  for (const { instant, fromMs, toMs } of stretches(live, durationMs)) {
    totals.add(instant, fromMs, toMs)
    for (let row = Math.ceil(fromMs / rowMs); row < rowCount && row * rowMs < toMs; row++) fillRow(columns, instant, row, hosts.length)
  }
  let offset = 0
  const series = SERIES_NAMES.map((one) => {
    const column = { name: one, width: width(one), offset }
    offset += column.width * rowCount
    return column
  })
  const events = eventsOf(live)
  return {
    columns, events, summary: totals.summary({ name, policy: policy.name, durationMs, events, migrations: live.migrations }),
    header: {
      formatVersion: 1, scenario: name, policy: policy.name, seed: 0, startUnixMs: config.startUnixMs, durationMs, warmupMs: 0, world: 'standard', series, rowMs, rowCount, timing: null,
      hosts: hosts.map(({ id, capacity, rack }) => ({ id, cpuMhz: capacity.cpuMhz, memoryMib: capacity.memoryMib, rack })), vmCount: totals.vmCount,
    },
  }
}

/** The pool at one input, with what its VMs and hosts used. Columns by slot; NaN = not known. */
interface Instant {
  readonly pool: Pool
  readonly demandMhz: (vm: number) => number
  readonly servedRatio: (vm: number) => number
  readonly hostUsedMhz: Float64Array
}

function* stretches({ state: { policy }, inputs }: LiveRun, durationMs: number): Generator<{ readonly instant: Instant; readonly fromMs: number; readonly toMs: number }> {
  let history: LoadHistory = []
  for (const [at, input] of inputs.entries()) {
    if (input.kind === 'tick') history = input.samples.reduce((old, sample) => remember(old, input.pool, sample, policy.observation, policy.observation.ageMaxMs), history)
    // What was before the first input is not known: the pool is taken to have been as it was then.
    const fromMs = at === 0 ? 0 : input.atMs
    const toMs = inputs[at + 1]?.atMs ?? durationMs
    if (toMs > fromMs) yield { instant: instantOf(input.pool, history, input.atMs - policy.observation.ageMaxMs), fromMs, toMs }
  }
}

const runs = (pool: Pool, vm: number): boolean => pool.vmState[vm] === VM.running || pool.vmState[vm] === VM.migrating

function instantOf(pool: Pool, history: LoadHistory, oldestMs: number): Instant {
  const known = history.at(-1)
  const frame = known !== undefined && known.takenAtMs >= oldestMs ? known : undefined
  const demandMhz = (vm: number): number => frame?.vmCpuMhz[vm] ?? NaN
  const servedRatio = (vm: number): number => frame?.vmServedRatio?.[vm] ?? NaN
  const hostUsedMhz = Float64Array.from(pool.hosts, (_, host) => frame?.hostCpuMhz[host] ?? NaN)
  const ofVms = new Float64Array(pool.hosts.length)
  for (let vm = 0; vm < pool.vms.length; vm++) if (runs(pool, vm)) ofVms[pool.vmHost[vm]!]! += deliveredMhz({ demandMhz, servedRatio }, vm)
  return { pool, demandMhz, servedRatio, hostUsedMhz: hostUsedMhz.map((used, host) => (Number.isNaN(used) ? ofVms[host]! : used)) }
}

function deliveredMhz({ demandMhz, servedRatio }: Pick<Instant, 'demandMhz' | 'servedRatio'>, vm: number): number {
  const demand = demandMhz(vm)
  const served = servedRatio(vm)
  return Number.isNaN(demand) ? 0 : demand * (Number.isNaN(served) ? 1 : served)
}

function hostPowerW({ pool, hostUsedMhz }: Instant, host: number): number {
  const { power, capacity } = pool.hosts[host]!
  switch (POWER_STATES[pool.hostPower[host]!]!) {
    case 'on':
      return powerAtW(power.curveW, Math.min(1, hostUsedMhz[host]! / capacity.cpuMhz))
    case 'off':
    case 'failed':
      return power.offW
    case 'poweringOn':
      return power.bootW
    case 'poweringOff':
      return power.shutdownW
  }
}

interface Sums {
  demandMhz: number
  deliveredMhz: number
  capacityOnMhz: number
  onMhz: number
  powerW: number
  hostsOn: number
  vms: number
  migrations: number
}

function sumsOf(instant: Instant): Sums {
  const { pool } = instant
  const sums: Sums = { demandMhz: 0, deliveredMhz: 0, capacityOnMhz: 0, onMhz: 0, powerW: 0, hostsOn: 0, vms: 0, migrations: 0 }
  for (let vm = 0; vm < pool.vms.length; vm++) {
    if (!runs(pool, vm)) continue
    const demand = instant.demandMhz(vm)
    sums.demandMhz += Number.isNaN(demand) ? 0 : demand
    sums.deliveredMhz += deliveredMhz(instant, vm)
    sums.vms++
    if (pool.vmState[vm] === VM.migrating) sums.migrations++
  }
  for (let host = 0; host < pool.hosts.length; host++) {
    sums.powerW += hostPowerW(instant, host)
    if (pool.hostPower[host] !== POWER.on) continue
    const { cpuMhz } = pool.hosts[host]!.capacity
    sums.hostsOn++
    sums.onMhz += cpuMhz
    if (pool.hostMode[host] === MODE.available) sums.capacityOnMhz += cpuMhz
  }
  return sums
}

const POOL_COLUMNS = ['demandMhz', 'deliveredMhz', 'capacityOnMhz', 'powerW', 'hostsOn', 'migrations', 'vms'] as const

function fillRow(columns: Record<SeriesName, Float32Array>, instant: Instant, row: number, hostCount: number): void {
  const sums = sumsOf(instant)
  for (const name of POOL_COLUMNS) columns[name][row] = sums[name]
  const { pool } = instant
  for (let host = 0; host < pool.hosts.length; host++) {
    const at = row * hostCount + host
    const on = pool.hostPower[host] === POWER.on
    const power = POWER_STATES[pool.hostPower[host]!]!
    columns.hostUtilization[at] = on ? instant.hostUsedMhz[host]! / pool.hosts[host]!.capacity.cpuMhz : NaN
    columns.hostMemory[at] = on ? pool.hostMemoryMib[host]! / Math.max(1, memoryForVmsMib(pool.hosts[host]!)) : NaN
    columns.hostState[at] = HOST_STATES.indexOf(pool.hostMode[host] === MODE.available ? power : (HOST_MODES[pool.hostMode[host]!]! as Exclude<HostMode, 'available'>))
  }
}

/** The controller's events, turned again, and the ends of its steps as they were told. */
function eventsOf({ config, state, inputs, migrations }: LiveRun): RunEvent[] {
  const events: RunEvent[] = []
  const started = new Map<string, { readonly step: Step; readonly atMs: number }>()
  const movesOf = new Map<string, RecordedMove[]>()
  for (const move of migrations) movesOf.set(move.vm, [...(movesOf.get(move.vm) ?? []), move])
  let now = state
  for (const input of inputs) {
    const begun = input.kind === 'stepEnded' ? started.get(input.step) : undefined
    if (input.kind === 'stepEnded' && begun !== undefined) {
      const move = begun.step.kind === 'migrate' ? movesOf.get(begun.step.vm)?.shift() : undefined
      events.push({
        ...endEvent({ world: input }, begun.step, input.outcome, begun.atMs), ...(input.message === null ? {} : { message: input.message }),
        ...(move?.downtimeMs == null ? {} : { downtimeMs: move.downtimeMs }), ...(move?.sentMib == null ? {} : { sentMib: Math.round(move.sentMib) }),
      })
      started.delete(input.step)
    }
    const turned = turn(config, now, input)
    now = turned.state
    for (const output of turned.outputs) {
      if (output.kind === 'record') events.push(output.event)
      if (output.kind === 'start') started.set(output.step.id, { step: output.step, atMs: input.atMs })
    }
  }
  return events
}

interface OfVm {
  readonly class: string
  presentMs: number
  violationMs: number
}

/** Running sums over time, and the figures that they come to. */
class Totals {
  private readonly vms = new Map<string, OfVm>()
  private readonly days: { energyWh: number; violationMs: number; presentMs: number; hostsOnMs: number; lengthMs: number }[] = []
  private demandMhzMs = 0
  private deliveredMhzMs = 0
  private onMhzMs = 0
  private hostsOnMin = Infinity
  private hostsOnMax = 0
  private unplaced = 0

  get vmCount(): number {
    return this.vms.size
  }

  add(instant: Instant, fromMs: number, toMs: number): void {
    const sums = sumsOf(instant)
    this.unplaced = instant.pool.vmState.filter((state, vm) => state === VM.pending && vm < instant.pool.vms.length).length
    this.hostsOnMin = Math.min(this.hostsOnMin, sums.hostsOn)
    this.hostsOnMax = Math.max(this.hostsOnMax, sums.hostsOn)
    this.demandMhzMs += sums.demandMhz * (toMs - fromMs)
    this.deliveredMhzMs += sums.deliveredMhz * (toMs - fromMs)
    this.onMhzMs += sums.onMhz * (toMs - fromMs)
    for (let beginMs = fromMs; beginMs < toMs; ) {
      const day = Math.floor(beginMs / DAY_MS)
      const endMs = Math.min(toMs, (day + 1) * DAY_MS)
      this.addToDay(day, instant, sums, endMs - beginMs)
      beginMs = endMs
    }
  }

  private addToDay(number: number, instant: Instant, sums: Sums, lengthMs: number): void {
    const day = (this.days[number] ??= { energyWh: 0, violationMs: 0, presentMs: 0, hostsOnMs: 0, lengthMs: 0 })
    day.energyWh += (sums.powerW * lengthMs) / HOUR_MS
    day.hostsOnMs += sums.hostsOn * lengthMs
    day.lengthMs += lengthMs
    const { pool } = instant
    for (let slot = 0; slot < pool.vms.length; slot++) {
      if (!runs(pool, slot)) continue
      const { id, class: name } = pool.vms[slot]!
      const vm = this.vms.get(id) ?? { class: name, presentMs: 0, violationMs: 0 }
      this.vms.set(id, vm)
      vm.presentMs += lengthMs
      day.presentMs += lengthMs
      if (!(instant.servedRatio(slot) < SERVED_MIN)) continue
      vm.violationMs += lengthMs
      day.violationMs += lengthMs
    }
  }

  summary({ name, policy, durationMs, events, migrations }: { readonly name: string; readonly policy: string; readonly durationMs: number; readonly events: readonly RunEvent[]; readonly migrations: readonly RecordedMove[] }): RunSummary {
    const ends = events.filter((event) => event.kind === 'end')
    const of = (action: string, isDone: boolean): typeof ends => ends.filter((end) => end.action === action && (end.outcome === 'done') === isDone)
    const moved = of('migrate', true)
    const daily = (atMs: number): number => Math.min(this.days.length - 1, Math.floor(atMs / DAY_MS))
    const days = this.days.map((day, number): DayFigures => ({
      energyKwh: day.energyWh / 1000, violationMinutes: day.violationMs / MINUTE_MS, vmMinutes: day.presentMs / MINUTE_MS, hostsOnMean: day.hostsOnMs / day.lengthMs,
      migrations: moved.filter(({ atMs }) => daily(atMs) === number).length, powerCycles: of('powerOff', true).filter(({ atMs }) => daily(atMs) === number).length,
    }))
    const downtimeMs = migrations.reduce((sum, { ok, downtimeMs: one }) => sum + (ok ? (one ?? 0) : 0), 0)
    return {
      formatVersion: 1, scenario: name, policy, seed: 0, measuredMs: durationMs, energyKwh: days.reduce((sum, { energyKwh }) => sum + energyKwh, 0),
      hostsOnMean: this.days.reduce((sum, { hostsOnMs }) => sum + hostsOnMs, 0) / durationMs, hostsOnMin: this.hostsOnMin, hostsOnMax: this.hostsOnMax, utilizationMean: this.onMhzMs > 0 ? this.deliveredMhzMs / this.onMhzMs : 0,
      demandMhzMean: this.demandMhzMs / durationMs, undeliveredRatio: this.demandMhzMs > 0 ? 1 - this.deliveredMhzMs / this.demandMhzMs : 0, sla: slaOf([...this.vms], downtimeMs),
      slaByClass: Object.fromEntries([...new Set([...this.vms.values()].map((vm) => vm.class))].sort().map((name) => [name, slaOf([...this.vms].filter(([, vm]) => vm.class === name), 0)])),
      migrations: moved.length, migrationsFailed: of('migrate', false).length, migratedMib: moved.reduce((sum, { sentMib }) => sum + (sentMib ?? 0), 0), migrationMeanS: moved.length === 0 ? 0 : moved.reduce((sum, end) => sum + end.durationMs, 0) / moved.length / 1000,
      powerOns: of('powerOn', true).length, powerOffs: of('powerOff', true).length, wakeFailures: of('powerOn', false).length, hostFailures: 0, placements: of('startVm', true).length, placementWaitMeanS: 0, unplacedAtEnd: this.unplaced,
      decisions: events.filter(({ kind }) => kind === 'plan').length, days, reference: null,
    }
  }
}

function slaOf(vms: readonly (readonly [string, OfVm])[], downtimeMs: number): SlaFigures {
  const ratios = vms.map(([id, { presentMs, violationMs }]) => ({ id, ratio: violationMs / presentMs })).sort((a, b) => a.ratio - b.ratio || (a.id < b.id ? 1 : -1))
  const [present, violated] = vms.reduce(([all, bad], [, { presentMs, violationMs }]) => [all + presentMs, bad + violationMs], [0, 0])
  const worst = ratios.at(-1)
  return {
    vmCount: vms.length, vmMinutes: present / MINUTE_MS, violationMinutes: violated / MINUTE_MS, violationRatio: present > 0 ? violated / present : 0, p99VmRatio: ratios[Math.ceil(0.99 * ratios.length) - 1]?.ratio ?? 0,
    worstVmRatio: worst?.ratio ?? 0, worstVm: worst !== undefined && worst.ratio > 0 ? worst.id : null, downtimeS: downtimeMs / 1000,
  }
}
