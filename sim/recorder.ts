import { HOST_MODES, MODE, type HostMode, memoryForVmsMib, type PowerState } from '../src/model/pool.ts'
import { HOST_STATES, SERIES_NAMES, type RunHeader, type SeriesColumn, type SeriesName } from '../src/model/run.ts'
import type { ScenarioRun } from '../src/model/scenario.ts'
import type { Simulation } from './simulation.ts'
import { isRunning } from './world/world.ts'

/** Columns of the run's series, filled row by row. */
export interface Recorder {
  readonly hostCount: number
  readonly rowCount: number
  readonly columns: Record<SeriesName, Float32Array>
  row: number
}

/** Hosts that the run will ever have: those it begins with and those that events add. */
export function hostsOf(run: ScenarioRun): ScenarioRun['hosts'] {
  return [...run.hosts, ...run.events.flatMap((event) => (event.kind === 'hostAdd' ? [event.host] : []))]
}

export function makeRecorder(run: ScenarioRun): Recorder {
  const hostCount = hostsOf(run).length
  const rowCount = Math.ceil(run.durationMs / run.rowMs)
  const columns = Object.fromEntries(SERIES_NAMES.map((name) => [name, new Float32Array(rowCount * width(name, hostCount)).fill(NaN)])) as Record<SeriesName, Float32Array>
  return { hostCount, rowCount, columns, row: 0 }
}

const width = (name: SeriesName, hostCount: number): number => (name.startsWith('host') && name !== 'hostsOn' ? hostCount : 1)

export function seriesColumns(recorder: Recorder): SeriesColumn[] {
  let offset = 0
  return SERIES_NAMES.map((name) => {
    const column = { name, width: width(name, recorder.hostCount), offset }
    offset += column.width * recorder.rowCount
    return column
  })
}

/** Writes the state of this instant as the next row. Everything must be settled. */
export function recordRow(recorder: Recorder, sim: Simulation): void {
  const { row, columns, hostCount } = recorder
  if (row >= recorder.rowCount) return
  recorder.row++
  const { world, run, strategies } = sim
  const { pool } = world
  const { hostUtilization, hostMemory, hostState } = columns
  const sums = { demandMhz: 0, deliveredMhz: 0, capacityOnMhz: 0, powerW: 0, hostsOn: 0, vms: 0 }
  for (let slot = 0; slot < pool.vms.length; slot++) {
    if (!isRunning(pool.vmState[slot]!)) continue
    sums.demandMhz += world.demandMhz[slot]!
    sums.deliveredMhz += world.deliveredMhz[slot]!
    sums.vms++
  }
  for (let host = 0; host < pool.hosts.length; host++) {
    const state = strategies.hostPower.stateOf(world, host)
    const on = state === 'on'
    const { capacity } = pool.hosts[host]!
    sums.powerW += strategies.hostPower.powerW(world, host) * run.physics.pue
    if (on) sums.hostsOn++
    if (on && pool.hostMode[host] === MODE.available) sums.capacityOnMhz += capacity.cpuMhz
    const at = row * hostCount + host
    hostUtilization[at] = on ? world.hostUsedMhz[host]! / capacity.cpuMhz : NaN
    hostMemory[at] = on ? pool.hostMemoryMib[host]! / Math.max(1, memoryForVmsMib(pool.hosts[host]!)) : NaN
    hostState[at] = stateIndex(state, pool.hostMode[host]!)
  }
  for (const [name, value] of Object.entries(sums)) columns[name as SeriesName][row] = value
  columns.migrations[row] = sim.migrations.size
}

const stateIndex = (power: PowerState, mode: number): number => HOST_STATES.indexOf(mode === MODE.available ? power : HOST_MODES[mode]! as Exclude<HostMode, 'available'>)

export function headerOf(run: ScenarioRun, recorder: Recorder): RunHeader {
  return {
    formatVersion: 1, scenario: run.name, policy: run.policy.name, seed: run.seed, startUnixMs: run.startUnixMs, durationMs: run.durationMs, warmupMs: run.warmupMs, world: run.world,
    hosts: hostsOf(run).map(({ host }) => ({ id: host.id, cpuMhz: host.capacity.cpuMhz, memoryMib: host.capacity.memoryMib, rack: host.rack })), vmCount: run.workload.vms.length,
    series: seriesColumns(recorder), rowMs: run.rowMs, rowCount: recorder.rowCount, timing: null,
  }
}
