import { join } from 'node:path'
import type { Run, RunSummary, RunTiming } from '../model/run.ts'
import { writeRun } from '../store/run.ts'
import { simulateInParts } from '../../sim/run.ts'
import { runBuilder } from './baseLoads.ts'
import { inParts, withSignals } from './interrupt.ts'
import { plannedRuns, type LoadedScenario, type PlannedRun } from './loadScenario.ts'
import type { CommonOptions } from './options.ts'
import { NO_PROGRESS, terminalProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { solverFor } from './solver.ts'
import { startTiming } from './timing.ts'

const HOUR_MS = 3_600_000

/** A run that was made and written. */
export interface MadeRun {
  readonly planned: PlannedRun
  readonly run: Run
  readonly timing: RunTiming
  readonly folder: string
}

/**
 * Makes all runs of a scenario, one after the other, and writes each to its folder under `outFolder` as soon as it is
 * done. The first run of each variant is built before any is made, so that faults show before anything is written.
 * Ctrl-C throws Interrupted between whole runs or inside one, which then is not written.
 */
export async function makeRuns(loaded: LoadedScenario, outFolder: string, options: CommonOptions, terminal: Terminal, onRun: (made: MadeRun) => void): Promise<void> {
  const planned = plannedRuns(loaded)
  const build = runBuilder(loaded.file, terminal.workingDirectory)
  if (loaded.variants.length > 1) for (const scenario of loaded.variants) await build({ scenario, policy: scenario.policies[0]!, seed: scenario.seeds[0]! })
  const progress = options.quiet ? NO_PROGRESS : terminalProgress(terminal, () => performance.now(), (perS) => `${Math.round(perS / HOUR_MS).toLocaleString('en')} simulated h/s`)
  const folders = runFolders(planned)
  let doneMs = 0
  await withSignals(async (pause) => {
    for (const [index, one] of planned.entries()) {
      const timing = startTiming()
      const run = await build(one)
      const label = planned.length === 1 ? one.policy.name : `run ${index + 1} of ${planned.length} (${one.policy.name})`
      const made = await inParts(simulateInParts(run, { solver: await solverFor(run.hosts.length), onProgress: (reachedMs) => progress.report(label, doneMs + reachedMs, run.durationMs * planned.length) }), pause)
      doneMs += run.durationMs
      const timed = timing()
      const folder = join(outFolder, folders[index]!)
      writeRun(folder, { ...made, header: { ...made.header, timing: timed } })
      onRun({ planned: one, run: made, timing: timed, folder })
      await pause()
    }
  }).finally(progress.clear)
}

/** Name of each run's folder: policy and seed, after what tells its variant from the others. */
function runFolders(planned: readonly PlannedRun[]): string[] {
  const taken = new Set<string>()
  return planned.map(({ scenario, policy, seed }) => {
    const { label } = scenario.variant
    const base = `${label === '' ? '' : `${label}-`}${policy.name}-seed${seed}`.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 120)
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
    taken.add(name)
    return name
  })
}

/** The summary with what depends on the machine under its one key. */
export const summaryWithTiming = (summary: RunSummary, timing: RunTiming): RunSummary & { readonly timing: RunTiming } => ({ ...summary, timing })
