import type { Rng } from '../../src/model/random.ts'
import { HOST_STATES, SERIES_NAMES } from '../../src/model/run.ts'
import type { DayFigures, Run, RunEvent, RunHeader, RunSummary, SeriesName } from '../../src/model/run.ts'
import { seededRng } from '../../sim/random.ts'

/** A run that no simulator made, for looking at reports: plausible in shape, and nothing more. */
export interface FakeRunSettings {
  readonly scenario?: string
  readonly policy: string
  readonly seed: number
  readonly hosts: number
  readonly days: number
  readonly rowMs?: number
  readonly savesPower: boolean
  readonly evens: boolean
  readonly migrationsPerHour: number
}

const DAY_MS = 86_400_000
const HOST_MHZ = 40_000
const STATE = Object.fromEntries(HOST_STATES.map((state, index) => [state, index])) as Record<(typeof HOST_STATES)[number], number>
const FIRST_MONDAY_UNIX_MS = Date.UTC(2026, 2, 2)

type Columns = Record<SeriesName, Float32Array>

export function fakeRun(settings: FakeRunSettings): Run {
  const { policy, seed, hosts, days, rowMs = 300_000, scenario = 'office-week' } = settings
  const rowCount = Math.floor((days * DAY_MS) / rowMs)
  const rng = seededRng(seed, `fake/${settings.savesPower}`)
  const series = SERIES_NAMES.map((name) => ({ name, width: name.startsWith('host') && name !== 'hostsOn' ? hosts : 1 }))
  const columns = Object.fromEntries(series.map(({ name, width }) => [name, new Float32Array(rowCount * width)])) as Columns
  fillColumns(columns, settings, rowCount, rowMs, rng)
  const header: RunHeader = {
    formatVersion: 1, scenario, policy, seed, startUnixMs: FIRST_MONDAY_UNIX_MS, durationMs: days * DAY_MS, warmupMs: DAY_MS / 4, world: 'standard',
    hosts: Array.from({ length: hosts }, (_, host) => ({ id: hostId(host), cpuMhz: HOST_MHZ, memoryMib: 262_144, rack: `rack${Math.floor(host / 20)}` })),
    vmCount: hosts * 10, series: series.map((column) => ({ ...column, offset: 0 })), rowMs, rowCount, timing: null,
  }
  const events = fakeEvents(settings, columns, rowMs, rng.split('events'))
  return { header, events, columns, summary: summarize(settings, scenario, columns, rowMs, events) }
}

const hostId = (host: number): string => `host${String(host + 1).padStart(4, '0')}`

/** Working hours on five days, quiet nights and weekends; 0.12 to 0.6 of the pool. */
function demandRatio(atMs: number): number {
  const hour = (atMs / 3_600_000) % 24
  const workday = Math.floor(atMs / DAY_MS) % 7 < 5 ? 1 : 0.2
  const bump = Math.exp(-(((hour - 10.5) / 2.2) ** 2)) + 0.9 * Math.exp(-(((hour - 15) / 2.4) ** 2))
  return 0.12 + 0.38 * workday * Math.min(1.1, bump)
}

function fillColumns(columns: Columns, { hosts, savesPower, evens }: FakeRunSettings, rowCount: number, rowMs: number, rng: Rng): void {
  const weight = Array.from({ length: hosts }, () => (evens ? 0.95 + 0.1 * rng.next() : Math.exp(0.35 * rng.normal())))
  const noise = new Float64Array(hosts)
  let wanted = hosts
  for (let row = 0; row < rowCount; row++) {
    const ratio = demandRatio(row * rowMs) * (1 + 0.02 * rng.normal())
    const needed = savesPower ? Math.min(hosts, Math.max(2, Math.ceil((ratio * hosts) / 0.6) + 1)) : hosts
    if (needed > wanted) wanted = needed
    else if (row % 8 === 0 && needed < wanted) wanted = Math.max(needed, wanted - Math.ceil(hosts / 20))
    fillHosts({ columns, row, rowMs, hosts, wanted, ratio, weight, noise, rng })
  }
}

interface RowInput {
  readonly columns: Columns
  readonly row: number
  readonly rowMs: number
  readonly hosts: number
  readonly wanted: number
  readonly ratio: number
  readonly weight: readonly number[]
  readonly noise: Float64Array
  readonly rng: Rng
}

function hostState({ columns, row, rowMs, hosts, wanted }: RowInput, host: number): number {
  const day = (row * rowMs) / DAY_MS
  if (host === 4 && day >= 2.35 && day < 2.4) return STATE.entering
  if (host === 4 && day >= 2.4 && day < 2.75) return STATE.maintenance
  if (host === 7 && day >= 4.5 && day < 4.8) return STATE.failed
  const before = row === 0 ? STATE.on : columns.hostState[(row - 1) * hosts + host]!
  const isWanted = host < wanted
  if (isWanted) return before === STATE.off ? STATE.poweringOn : STATE.on
  return before === STATE.on ? STATE.poweringOff : STATE.off
}

function fillHosts(input: RowInput): void {
  const { columns, row, hosts, ratio, weight, noise, rng } = input
  let weightOn = 0
  let on = 0
  for (let host = 0; host < hosts; host++) {
    const state = hostState(input, host)
    columns.hostState[row * hosts + host] = state
    if (state !== STATE.on && state !== STATE.entering) continue
    on++
    weightOn += weight[host]!
  }
  let delivered = 0
  for (let host = 0; host < hosts; host++) {
    const cell = row * hosts + host
    const state = columns.hostState[cell]!
    noise[host] = 0.9 * noise[host]! + 0.03 * rng.normal()
    const isOn = state === STATE.on || state === STATE.entering
    const utilization = isOn ? Math.min(1.02, Math.max(0.01, ((ratio * hosts) * weight[host]!) / weightOn + noise[host]!)) : state === STATE.maintenance ? 0 : Number.NaN
    columns.hostUtilization[cell] = utilization
    columns.hostMemory[cell] = isOn ? Math.min(0.95, 0.3 + utilization / 2) : 0
    if (isOn) delivered += Math.min(1, utilization) * HOST_MHZ
  }
  columns.hostsOn[row] = on
  columns.capacityOnMhz[row] = on * HOST_MHZ
  columns.deliveredMhz[row] = delivered
  columns.demandMhz[row] = delivered * 1.002
  columns.powerW[row] = on * 120 + (delivered / HOST_MHZ) * 180 + (hosts - on) * 8
  columns.vms[row] = hosts * 10
}

const REASONS = [
  ['highCpu', (host: string) => `${host} has been above 0.80 CPU for 5 min: moved to where there is room`],
  ['consolidate', (host: string) => `${host} has been below 0.10 CPU for 5 min: drained so that it can be powered off`],
  ['spread', (host: string) => `the window has ended: VMs are spread over the hosts that are on again, ${host} is the least used`],
  ['evacuate', (host: string) => `${host} goes into maintenance`],
] as const

function fakeEvents({ hosts, days, savesPower, migrationsPerHour }: FakeRunSettings, columns: Columns, rowMs: number, rng: Rng): readonly RunEvent[] {
  const events: RunEvent[] = []
  const step = (): string => `s${events.length}`
  const migrate = (atMs: number, reasonIndex: number, from?: number): void => {
    const source = hostId(from ?? rng.below(hosts))
    const target = hostId(rng.below(hosts))
    const [code, text] = REASONS[reasonIndex]!
    const id = step()
    const vm = `vm${String(rng.below(hosts * 10)).padStart(5, '0')}`
    const durationMs = 8000 + rng.below(60_000)
    const failed = rng.next() < 0.01
    events.push({ kind: 'start', atMs, step: id, action: 'migrate', vm, source, target, reason: { code, text: text(source), numbers: { utilization: 0.83 } } })
    events.push({ kind: 'end', atMs: atMs + durationMs, step: id, action: 'migrate', vm, source, target, outcome: failed ? 'failed' : 'done', durationMs, downtimeMs: 60 + rng.below(200), sentMib: 4096 + rng.below(8192) })
  }
  for (let hour = 0; hour < days * 24; hour++) {
    const count = Math.round(migrationsPerHour * (0.2 + 3 * demandRatio(hour * 3_600_000)) * (0.5 + rng.next()))
    for (let index = 0; index < count; index++) migrate(hour * 3_600_000 + rng.below(3_600_000), savesPower ? (hour % 24 < 8 ? 2 : hour % 24 > 16 ? 1 : rng.below(3)) : 0)
    if (hour % 2 === 0) events.push({ kind: 'note', atMs: hour * 3_600_000, goal: 'evenDistribution', reason: { code: 'quiet', text: `no host is above 0.80 CPU; the greatest has ${(0.4 + rng.next() / 4).toFixed(2)}`, numbers: {} } })
    if (savesPower && hour % 3 === 0) events.push({ kind: 'note', atMs: hour * 3_600_000, goal: 'powerSave', reason: { code: 'budgetSpent', text: 'the moves of this hour are used up: 60 of 60; goes on at the full hour', numbers: { movesMax: 60 } } })
  }
  if (migrationsPerHour > 0 && days > 2.35) for (let index = 0; index < 10; index++) migrate(2.35 * DAY_MS + index * 30_000, 3, 4)
  events.push({ kind: 'request', atMs: 2.35 * DAY_MS, request: 'maintenanceEnter host0005', reason: { code: 'accepted', text: 'host0005 enters maintenance: its VMs migrate', numbers: {} } })
  events.push({ kind: 'host', atMs: 4.5 * DAY_MS, host: hostId(7), change: 'failed' })
  powerEvents(events, columns, hosts, rowMs)
  return events.sort((a, b) => a.atMs - b.atMs)
}

function powerEvents(events: RunEvent[], columns: Columns, hosts: number, rowMs: number): void {
  for (let cell = hosts; cell < columns.hostState.length; cell++) {
    const state = columns.hostState[cell]!
    if (state === columns.hostState[cell - hosts] || (state !== STATE.poweringOn && state !== STATE.poweringOff)) continue
    const action = state === STATE.poweringOn ? 'powerOn' : 'powerOff'
    const host = hostId(cell % hosts)
    const atMs = Math.floor(cell / hosts) * rowMs
    const step = `p${cell}`
    const text = action === 'powerOn' ? `demand has risen: ${host} is needed for capacity` : `${host} is empty and demand has been low for 40 min`
    events.push({ kind: 'start', atMs, step, action, host, reason: { code: action === 'powerOn' ? 'capacity' : 'lowDemand', text, numbers: {} } })
    events.push({ kind: 'end', atMs: atMs + 150_000, step, action, host, outcome: 'done', durationMs: 150_000 })
  }
}

function summarize(settings: FakeRunSettings, scenario: string, columns: Columns, rowMs: number, events: readonly RunEvent[]): RunSummary {
  const { policy, seed, hosts, days } = settings
  const rng = seededRng(seed, `summary/${policy}`)
  const rowsADay = DAY_MS / rowMs
  const dayFigures = Array.from({ length: days }, (_, day): DayFigures => {
    const within = (atMs: number): boolean => Math.floor(atMs / DAY_MS) === day
    const mean = (column: Float32Array): number => column.subarray(day * rowsADay, (day + 1) * rowsADay).reduce((sum, value) => sum + value, 0) / rowsADay
    const count = (action: string): number => events.filter((event) => event.kind === 'start' && event.action === action && within(event.atMs)).length
    const vmMinutes = hosts * 10 * 1440
    return {
      energyKwh: (mean(columns.powerW) * 24) / 1000, vmMinutes, violationMinutes: Math.round(vmMinutes * (settings.savesPower ? 0.0016 : settings.evens ? 0.0007 : 0.0012) * (0.5 + rng.next())),
      migrations: count('migrate'), powerCycles: count('powerOff'), hostsOnMean: mean(columns.hostsOn),
    }
  })
  const total = (of: (day: DayFigures) => number): number => dayFigures.reduce((sum, day) => sum + of(day), 0)
  const vmMinutes = total((day) => day.vmMinutes)
  const violationMinutes = total((day) => day.violationMinutes)
  const violationRatio = violationMinutes / vmMinutes
  const sla = { vmCount: hosts * 10, vmMinutes, violationMinutes, violationRatio, p99VmRatio: violationRatio * 9, worstVmRatio: violationRatio * 31, worstVm: 'vm00117', downtimeS: total((day) => day.migrations) * 0.16 }
  return {
    formatVersion: 1, scenario, policy, seed, measuredMs: days * DAY_MS, energyKwh: total((day) => day.energyKwh), hostsOnMean: total((day) => day.hostsOnMean) / days,
    hostsOnMin: columns.hostsOn.reduce((least, value) => Math.min(least, value), hosts), hostsOnMax: columns.hostsOn.reduce((most, value) => Math.max(most, value), 0), utilizationMean: 0.31,
    demandMhzMean: columns.demandMhz.reduce((sum, value) => sum + value, 0) / columns.demandMhz.length, undeliveredRatio: 0.0004, sla, slaByClass: { gold: { ...sla, vmCount: 40, violationRatio: violationRatio / 2 }, standard: sla },
    migrations: total((day) => day.migrations), migrationsFailed: 3, migratedMib: 1_000_000, migrationMeanS: 34, powerOns: total((day) => day.powerCycles), powerOffs: total((day) => day.powerCycles),
    wakeFailures: settings.savesPower ? 1 : 0, hostFailures: 1, placements: 12, placementWaitMeanS: 20, unplacedAtEnd: 0, decisions: (days * DAY_MS) / rowMs, days: dayFigures, reference: null,
  }
}

/** The four policies of a report's first look, at any size. */
export function fakePolicies(hosts: number, days: number, seed = 7): readonly Run[] {
  const perHour = hosts / 20
  const common = { hosts, days, seed }
  return [
    fakeRun({ ...common, policy: 'none', savesPower: false, evens: false, migrationsPerHour: 0 }),
    fakeRun({ ...common, policy: 'even-distribution', savesPower: false, evens: true, migrationsPerHour: perHour }),
    fakeRun({ ...common, policy: 'power-save', savesPower: true, evens: false, migrationsPerHour: perHour * 3 }),
    fakeRun({ ...common, policy: 'both-with-maintenance', savesPower: true, evens: true, migrationsPerHour: perHour * 4 }),
  ]
}
