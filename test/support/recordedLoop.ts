import { inputLine, inputsOf } from '../../src/control/inputRecord.ts'
import { maintenanceOf } from '../../src/control/planOnce.ts'
import { initialState } from '../../src/control/state.ts'
import type { Run } from '../../src/model/run.ts'
import { greedySolver } from '../../src/optimize/greedy.ts'
import type { LiveRun } from '../../sim/recordedRun.ts'
import { simulate } from '../../sim/run.ts'
import { HOUR, MINUTE, MONDAY_UNIX_MS, initially, loadOf, makeHost, makePolicy, makeRun, makeVm, workloadVm } from './parts.ts'

/** A loop over simulated hosts as a live one is recorded, and the run that the simulator itself wrote of it. */
export function recordedFrom(): { readonly live: LiveRun; readonly simulated: Run } {
  const policy = makePolicy({ evenDistribution: { enabled: true, utilizationLow: 0.4 }, powerSave: { enabled: true, hostsOnMin: 1, reserveHosts: 0, offWindowMs: 10 * MINUTE, hostOnMinMs: 0, wakeDrills: false } })
  const vms = Array.from({ length: 8 }, (_, at) => workloadVm(makeVm(`v${at}`), 'h0', { cpuColumn: 0 }))
  const rows = Array.from({ length: 36 }, (_, at) => [at < 12 ? 0.9 : at < 24 ? 0.05 : 0.9])
  const lines: string[] = []
  const simulated = simulate(makeRun({ hosts: ['h0', 'h1', 'h2'].map((name) => initially(makeHost(name))), durationMs: 6 * HOUR, policy, workload: { vms, cpu: loadOf(10 * MINUTE, rows), memory: null, network: null, disk: null } }), { onTurn: (input) => void lines.push(inputLine(input, null)) })
  const inputs = [...inputsOf(lines, 'lines')]
  const config = { fallback: greedySolver, startUnixMs: MONDAY_UNIX_MS, memoryEnforced: true, baseline: null }
  const migrations = simulated.events.flatMap((event) => (event.kind === 'end' && event.action === 'migrate' ? [{ vm: event.vm!, ok: event.outcome === 'done', downtimeMs: 250, sentMib: 4096 }] : []))
  return { simulated, live: { pool: 'lab', config, state: { ...initialState(policy), maintenance: maintenanceOf(inputs[0]!.pool) }, inputs, migrations } }
}
