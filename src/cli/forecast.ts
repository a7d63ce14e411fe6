import { resolve } from 'node:path'
import { backtest, type BacktestResult } from '../forecast/backtest.ts'
import { membersOf } from '../forecast/protocolMembers.ts'
import { PROTOCOLS, type Protocol } from '../forecast/protocols.ts'
import { trainBlend, type BlendPlan, type TrainedBlend } from '../forecast/poolBlend.ts'
import { unknownWord } from '../config/nearest.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import type { ExitCode } from './exitCode.ts'
import { forecastAhead } from './forecastAhead.ts'
import { memberOf, modelAskedFor, type ModelOptions } from './forecastModel.ts'
import { backtestPicture } from './forecastPicture.ts'
import { backtestJson, backtestText } from './forecastText.ts'
import { joinTraces, readTrace, type Trace } from './forecastTrace.ts'
import { bad } from './options.ts'
import { NO_PROGRESS, terminalProgress, type Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { startTiming } from './timing.ts'

export interface ForecastOptions extends ModelOptions {
  readonly train: readonly string[]
  readonly backtest?: boolean
  readonly protocol?: string
  readonly perSeries?: boolean
  readonly format?: string
  readonly select?: string
  readonly out?: string
}

export const LEVELS: readonly number[] = [0.9]

/** Forecasts a trace, or tells how good forecasts of it would have been. */
export async function forecastCommand(given: string, options: ForecastOptions, terminal: Terminal): Promise<ExitCode> {
  const timing = startTiming()
  const protocol = protocolOf(options)
  const progress = options.quiet === true ? NO_PROGRESS : terminalProgress(terminal, () => performance.now(), (unitsPerS) => `${unitsPerS.toFixed(0)} series a second`)
  const train = readTraining(options, terminal)
  const test = readTrace(given, options, terminal.workingDirectory)
  if (train !== null && train.history.stepMs !== test.history.stepMs) throw bad('--train', `has a sample every ${train.history.stepMs} ms, ${given} every ${test.history.stepMs} ms: train on a trace with the same step`)
  const prepared = await prepare(protocol, train, test, { options, terminal, progress })
  if (options.backtest !== true) return forecastAhead({ given, options, terminal, timing, test, prepared, progress })
  const { frame, origins } = protocol.prepare(test.history, false)
  const result = backtest(frame, origins, prepared.plan, prepared.trained, protocol.baselines, (done) => progress.report('back-test', done, frame.seriesCount))
  progress.clear()
  if (result.horizons.length === 0) throw bad(given, `has no instant at which ${protocol.title} can be scored: it needs more history or fewer gaps`)
  tell({ given, options, terminal, timing, test, protocol, result, train })
  return Promise.resolve(0)
}

/** What was learned before the trace itself is looked at. */
export interface Prepared {
  readonly plan: BlendPlan
  readonly trained: TrainedBlend | null
}

function protocolOf({ protocol, backtest: isBacktest }: ForecastOptions): Protocol {
  const names = PROTOCOLS.map(({ name }) => name)
  const found = PROTOCOLS.find(({ name }) => name === (protocol ?? 'general'))
  if (found === undefined) throw bad('--protocol', unknownWord('protocol', protocol!, names))
  if (protocol !== undefined && isBacktest !== true) throw bad('--protocol', 'says how to back-test: it needs --backtest')
  return found
}

function readTraining(options: ForecastOptions, terminal: Terminal): Trace | null {
  const paths = options.train.flatMap((path) => path.split(',')).filter((path) => path !== '')
  return paths.length === 0 ? null : joinTraces(paths.map((path) => readTrace(path, options, terminal.workingDirectory)), paths)
}

interface Preparing {
  readonly options: ForecastOptions
  readonly terminal: Terminal
  readonly progress: Progress
}

async function prepare(protocol: Protocol, train: Trace | null, test: Trace, { options, terminal, progress }: Preparing): Promise<Prepared> {
  const stepMs = protocol.name === 'b' ? 3_600_000 : test.history.stepMs
  const horizons = protocol.horizons(stepMs)
  const model = await modelAskedFor(options, train === null ? null : protocol.prepare(train.history, true).frame, stepMs, horizons, terminal)
  const networks = model === null ? [] : [await memberOf(model, options, terminal)]
  if (train === null) {
    return { plan: { horizons, levels: LEVELS, members: [...membersOf(protocol.name, null), ...networks], ownEvidence: true }, trained: null }
  }
  const { frame, origins } = protocol.prepare(train.history, true)
  const members = [...membersOf(protocol.name, { frame, origins, horizons, levels: LEVELS }), ...networks]
  const plan: BlendPlan = { horizons, levels: LEVELS, members, ownEvidence: protocol.ownEvidence }
  return { plan, trained: trainBlend(frame, origins, plan, (done) => progress.report('training', done, frame.seriesCount)) }
}

interface Told {
  readonly given: string
  readonly options: ForecastOptions
  readonly terminal: Terminal
  readonly timing: () => unknown
  readonly test: Trace
  readonly protocol: Protocol
  readonly result: BacktestResult
  readonly train: Trace | null
}

function tell({ given, options, terminal, timing, test, protocol, result, train }: Told): void {
  if (options.out !== undefined) writeFileAtomic(resolve(terminal.workingDirectory, options.out), backtestPicture(protocol.title, result, options.out.endsWith('.html')))
  if (options.json === true) terminal.out(`${JSON.stringify({ ...backtestJson(protocol, result, options.perSeries === true ? test.names : null), timing: timing() })}\n`)
  else terminal.out(`${protocol.title} on ${given}${train === null ? ', not trained on another trace' : `, trained on ${train.names.length} other series`}\n\n${backtestText(result)}\n`)
}
