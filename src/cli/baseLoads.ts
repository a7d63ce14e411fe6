import { NO_LOAD, buildRun, type LoadedBase } from '../config/buildRun.ts'
import { issuePath } from '../config/problems.ts'
import type { FileReference, Scenario, TraceSource } from '../config/scenario.ts'
import { DEFAULT_START_UNIX_MS } from '../config/scenarioDefaults.ts'
import type { FieldPath } from '../config/sourceDocument.ts'
import { BadInput } from '../model/result.ts'
import type { ScenarioRun } from '../model/scenario.ts'
import { openSource, readChunks, type ByteSource } from '../store/bytes.ts'
import { seededRng } from '../../sim/random.ts'
import { LOAD_FORMATS, readLoad } from '../../sim/workloads/formats.ts'
import { issueList } from '../../sim/workloads/reading/issueList.ts'
import type { Load } from '../../sim/workloads/load.ts'
import { RECORDED_FILE, placedAsRecorded, readRecorded, scenarioEventsOf, type RecordedEvent } from '../../sim/workloads/prometheus/recorded.ts'
import type { PlannedRun } from './loadScenario.ts'
import { locate } from './openFile.ts'

/** Name of the policy that replays what administrators did. */
const REPLAY = 'as-recorded'

/** Makes runs of a scenario's plan; the last load is kept, since runs that share one follow each other. */
export function runBuilder(scenarioFile: string, workingDirectory: string): (planned: PlannedRun) => Promise<ScenarioRun> {
  let keptKey = ''
  let kept: LoadedBase = NO_LOAD
  return async ({ scenario, policy, seed }) => {
    const isReplayed = policy.name === REPLAY
    const key = loadKey(scenario, seed, isReplayed)
    if (key !== keptKey) {
      // The old one goes first: two large loads may not fit in memory together.
      kept = NO_LOAD
      kept = await loadOf(scenario, seed, isReplayed, (reference) => locate(reference, scenarioFile, workingDirectory))
      keptKey = key
    }
    return buildRun(scenario, kept, policy, seed)
  }
}

function loadKey({ workload, recorded, durationMs, startUnixMs }: Scenario, seed: number, isReplayed: boolean): string {
  const seedMatters = workload?.kind === 'synthetic' || (workload?.kind === 'trace' && obeysSeed(workload))
  return JSON.stringify([workload, recorded, durationMs, startUnixMs, seedMatters ? seed : null, recorded !== null && isReplayed])
}

const obeysSeed = ({ format, lifetimes }: TraceSource): boolean => lifetimes === 'draw' && LOAD_FORMATS.some(({ name, options }) => name === format && options.includes('seed'))

type Locate = (reference: FileReference) => string

async function loadOf(scenario: Scenario, seed: number, isReplayed: boolean, where: Locate): Promise<LoadedBase> {
  const { workload, recorded, startUnixMs, durationMs } = scenario
  if (recorded !== null) return recordedBase(scenario, recorded, isReplayed, where)
  if (workload === null) return NO_LOAD
  if (workload.kind === 'trace') return baseOf(traceLoad(scenario, workload, seed, where))
  // Its tables cost a trace's run a fiftieth of a second.
  const { generateWorkload } = await import('../../sim/workloads/synthetic/generate.ts')
  const context = { durationMs: durationMs ?? 0, startUnixMs: startUnixMs ?? DEFAULT_START_UNIX_MS, rng: seededRng(seed, 'workload') }
  return { ...NO_LOAD, workload: generateWorkload(workload.settings, context) }
}

const baseOf = (load: Load): LoadedBase => ({ workload: load.workload, hosts: load.hosts, startUnixMs: load.startUnixMs, events: [] })

function traceLoad(scenario: Scenario, trace: TraceSource, seed: number, where: Locate): Load {
  const source = openNamed(scenario, ['workload', 'path'], where(trace.file))
  const { select, sizes, lifetimes } = trace
  return readLoad(trace.format, source, { select, sizes, lifetimes, seed, startUnixMs: scenario.startUnixMs, ...(trace.coreMhz === null ? {} : { coreMhz: trace.coreMhz }) })
}

/** Opens what a field names; when it can't be opened the message names the field. */
function openNamed(scenario: Scenario, field: FieldPath, path: string): ByteSource {
  try {
    return openSource(path)
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    throw new BadInput(error.issues.map((issue) => ({ path: issuePath(scenario.variant, field), message: `${issue.path} ${issue.message}` })))
  }
}

/** Recorded days: a load folder with its hosts, and what happened beside it. Only the replay repeats what administrators did. */
function recordedBase(scenario: Scenario, folder: FileReference, isReplayed: boolean, where: Locate): LoadedBase {
  const source = openNamed(scenario, ['recorded'], where(folder))
  const load = readLoad('load', source, { startUnixMs: scenario.startUnixMs })
  const base = baseOf(load)
  if (!isReplayed) return base
  const events = recordedEvents(source, load)
  return { ...base, workload: placedAsRecorded(load.workload, events), events: scenarioEventsOf(events) }
}

function recordedEvents(source: ByteSource, load: Load): RecordedEvent[] {
  const path = `${source.path.replace(/\/+$/, '')}/${RECORDED_FILE}`
  const issues = issueList()
  const vms = new Set<string>(load.workload.vms.map(({ vm }) => vm.id))
  const hosts = new Set<string>((load.hosts ?? []).map(({ host }) => host.id))
  const events = readRecorded(path, readChunks(path), vms, hosts, issues)
  issues.throwIfAny()
  return events
}
