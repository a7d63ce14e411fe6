import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { inputsOf } from '../control/inputRecord.ts'
import { maintenanceOf } from '../control/planOnce.ts'
import { type Decision, replayInputs } from '../control/replay.ts'
import { type ControllerConfig, initialState } from '../control/state.ts'
import { gateOf } from '../drivers/live/session.ts'
import { AUTONOMY, type Autonomy } from '../model/livePool.ts'
import type { PolicySettings } from '../model/policy.ts'
import type { Run } from '../model/run.ts'
import { recordedMigrationOf } from '../observe/migrationSample.ts'
import { greedySolver } from '../optimize/greedy.ts'
import { writeRun } from '../store/run.ts'
import { LIVE_FILES, liveHeader, liveLines } from '../store/liveRecord.ts'
import { type FidelityReport, fidelityOf } from '../../sim/fidelity.ts'
import { type RecordedMove, runOfRecord } from '../../sim/recordedRun.ts'
import { type LoadAfter, loadAfterOf, loadsAfterMoves } from '../../sim/loadAfter.ts'
import type { ExitCode } from './exitCode.ts'
import { type CommonOptions, bad } from './options.ts'
import { type LoopComparison, compareLoops, loopText } from './parityLoop.ts'
import type { Terminal } from './terminal.ts'

interface Header {
  readonly pool: string
  readonly policy: PolicySettings
  readonly mode: Autonomy
  readonly startUnixMs: number
}

interface Differing {
  readonly input: number
  readonly recorded: Decision
  readonly replayed: Decision
}

interface ParityReport {
  readonly pool: string
  readonly inputs: number
  readonly plans: number
  readonly starts: number
  readonly equal: number
  /** SHA-256 of all decisions, plans and steps, as they were recorded and as they came again: equal when all are. */
  readonly hash: { readonly recorded: string; readonly replayed: string }
  /** The first that differ. */
  readonly differing: readonly Differing[]
  readonly migrations: number
  readonly fidelity: FidelityReport | null
  /** CPU of hosts after VMs came and went, predicted and seen; null where nothing moved. */
  readonly loadAfter: LoadAfter | null
  /** Null: not asked for. */
  readonly closedLoop: LoopComparison | null
}

export interface ParityOptions extends CommonOptions {
  readonly closedLoop?: boolean
  readonly repeats?: string
  /** Folder that the record is written to in the run format. */
  readonly run?: string
}

const SHOWN = 5
const REPEATS = 10
const REPEATS_MAX = 1000

/**
 * A recorded live run against the simulator's controller: the same inputs are turned again and must give the same plans and
 * steps; and the model of migrations, calibrated on the first half of them, predicts the rest. Exits 1 where a decision differs.
 */
export function parityCommand(given: string, options: ParityOptions, terminal: Terminal): ExitCode {
  const { run } = options
  const report = parityOf(resolve(terminal.workingDirectory, given), given, repeatsOf(options), run === undefined ? null : (live) => writeRun(resolve(terminal.workingDirectory, run), live))
  if (options.json) terminal.out(`${JSON.stringify(report)}\n`)
  else terminal.out(parityText(report))
  return report.equal === report.inputs ? 0 : 1
}

/** Null: no closed loop is asked for. */
function repeatsOf({ closedLoop, repeats }: ParityOptions): number | null {
  if (closedLoop !== true && repeats === undefined) return null
  if (closedLoop !== true) throw bad('--repeats', 'counts the repeats of --closed-loop: give that as well')
  const count = repeats === undefined ? REPEATS : Number(repeats)
  if (!Number.isInteger(count) || count < 1 || count > REPEATS_MAX) throw bad('--repeats', `is ${repeats ?? ''}, expected a whole number from 1 to ${REPEATS_MAX}`)
  return count
}

function parityOf(folder: string, given: string, repeats: number | null, keep: ((run: Run) => void) | null): ParityReport {
  const { pool, policy, mode, startUnixMs } = headerOf(folder, given)
  const lines = liveLines(folder, 'inputs')
  const recorded = liveLines(folder, 'decisions').map((line) => JSON.parse(line) as Decision)
  // A record may end between an input and its decision.
  const inputs = [...inputsOf(lines.slice(0, recorded.length), `${given}/${LIVE_FILES.inputs}`)]
  const config: ControllerConfig = { fallback: greedySolver, startUnixMs, memoryEnforced: true, baseline: null, gate: gateOf(mode) }
  const first = inputs[0]
  const state = { ...initialState(policy), ...(first === undefined ? {} : { maintenance: maintenanceOf(first.pool) }) }
  const replayed = [...replayInputs(config, state, inputs)]
  const differing = replayed.flatMap((decision, input) => (JSON.stringify(decision) === JSON.stringify(recorded[input]) ? [] : [{ input: input + 1, recorded: recorded[input]!, replayed: decision }]))
  if (keep !== null && inputs.length === 0) throw bad('--run', 'has nothing to write: the record has no input')
  keep?.(runOfRecord({ pool, config, state, inputs, migrations: liveLines(folder, 'migrations').map((line) => JSON.parse(line) as RecordedMove) }))
  const migrations = liveLines(folder, 'migrations').map((line) => recordedMigrationOf(JSON.parse(line)))
  const known = migrations.filter((migration) => migration !== null)
  return {
    pool, inputs: inputs.length, plans: recorded.reduce((sum, { plans }) => sum + plans.length, 0), starts: recorded.reduce((sum, { starts }) => sum + starts.length, 0),
    equal: inputs.length - differing.length, hash: { recorded: hashOf(recorded.slice(0, inputs.length)), replayed: hashOf(replayed) }, differing: differing.slice(0, SHOWN), migrations: migrations.length, fidelity: fidelityOf(known),
    loadAfter: loadAfterOf(loadsAfterMoves(inputs, policy.observation)),
    closedLoop: repeats === null || inputs.length === 0 ? null : compareLoops({ pool, policy, startUnixMs }, inputs, known, repeats),
  }
}

const hashOf = (decisions: readonly Decision[]): string => createHash('sha256').update(JSON.stringify(decisions)).digest('hex')

function headerOf(folder: string, given: string): Header {
  let header: unknown
  try {
    header = liveHeader(folder)
  } catch (error) {
    throw bad(given, `is no record of a live run (${(error as Error).message}): give a folder under records of a pool's stateFolder`)
  }
  const { formatVersion, pool, policy, mode, startUnixMs } = header as Header & { readonly formatVersion: unknown }
  if (formatVersion !== 1 || typeof pool !== 'string' || !AUTONOMY.includes(mode) || typeof startUnixMs !== 'number') throw bad(`${given}/${LIVE_FILES.header}`, 'is not the header of a live run that this release writes')
  return { pool, policy, mode, startUnixMs }
}

function parityText({ pool, inputs, plans, starts, equal, hash, differing, migrations, fidelity, loadAfter, closedLoop }: ParityReport): string {
  const percent = (ratio: number): string => `${(100 * ratio).toFixed(0)} %`
  const lines = [`${pool}: ${equal} of ${inputs} decisions are the same when turned again (${plans} plans, ${starts} steps).`, `  decisions recorded ${hash.recorded}`, `  turned again       ${hash.replayed}`]
  for (const { input, recorded, replayed } of differing) lines.push(`  input ${input}: recorded ${JSON.stringify(recorded)}, again ${JSON.stringify(replayed)}`)
  if (fidelity === null) lines.push(`${migrations} migrations: too few to calibrate on half of them and predict the rest.`)
  else {
    lines.push(`${migrations} migrations, calibrated on the first ${fidelity.calibratedOn}: ${fidelity.calibration.linkMibPerS.toFixed(0)} MiB/s and ${(fidelity.calibration.overheadMs / 1000).toFixed(1)} s besides; whether they end was foreseen of ${fidelity.convergesRight} of ${fidelity.predicted}.`)
    for (const [name, figures] of [['time', fidelity.duration], ['downtime', fidelity.downtime]] as const) {
      if (figures !== null) lines.push(`  ${name}: error ${percent(figures.errorMedianRatio)} in the median, ${percent(figures.errorP90Ratio)} at the 90th percentile; the 90 % interval held ${percent(figures.coverage90)} of ${figures.count}.`)
    }
  }
  if (loadAfter !== null) lines.push(`Host load after moves, ${loadAfter.count} compared: error ${percent(loadAfter.errorMedianRatio)} of the host in the median, ${percent(loadAfter.errorP90Ratio)} at the 90th percentile (had nothing changed: ${percent(loadAfter.unchangedMedianRatio)}).`)
  return `${lines.join('\n')}\n${closedLoop === null ? '' : loopText(closedLoop)}`
}
