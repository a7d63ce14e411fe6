import { resolve } from 'node:path'
import { forecastEnd } from '../forecast/ahead.ts'
import type { Forecast } from '../forecast/forecaster.ts'
import { frameOf } from '../forecast/frame.ts'
import { writeFileAtomic } from '../store/atomic.ts'
import type { ExitCode } from './exitCode.ts'
import type { ForecastOptions, Prepared } from './forecast.ts'
import { aheadPicture } from './forecastAheadPicture.ts'
import type { Trace } from './forecastTrace.ts'
import type { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { textTable } from './textTable.ts'

/** So many series are shown to people; JSON has all. */
const SHOWN_MAX = 20

interface Ahead {
  readonly given: string
  readonly options: ForecastOptions
  readonly terminal: Terminal
  readonly timing: () => unknown
  readonly test: Trace
  readonly prepared: Prepared
  readonly progress: Progress
}

/** Forecasts from the end of a trace: expected values and quantiles of every series. */
export function forecastAhead({ given, options, terminal, timing, test, prepared, progress }: Ahead): ExitCode {
  const frame = frameOf(test.history, null)
  const forecast = forecastEnd(frame, prepared.plan, prepared.trained, (done) => progress.report('forecast', done, frame.seriesCount))
  progress.clear()
  if (options.out !== undefined) writeFileAtomic(resolve(terminal.workingDirectory, options.out), aheadPicture(test, forecast, options.out.endsWith('.html')))
  if (options.json === true) terminal.out(`${JSON.stringify({ ...aheadJson(test, forecast), timing: timing() })}\n`)
  else terminal.out(`Forecast from the end of ${given}, percent of a VM’s size: expected value (0.9 quantile).\n\n${aheadText(test, forecast)}\n`)
  return 0
}

function aheadJson({ names, history }: Trace, { horizons, levels, expected, quantiles }: Forecast): Record<string, unknown> {
  return {
    endUnixMs: history.endUnixMs, stepMs: history.stepMs, horizons: horizons.map(({ name, steps, kind }) => ({ name, steps, kind })), levels,
    series: names.map((name, series) => ({
      name, expected: Array.from(expected.subarray(series * horizons.length, (series + 1) * horizons.length)),
      quantiles: horizons.map((_, h) => Array.from(quantiles.subarray((series * horizons.length + h) * levels.length, (series * horizons.length + h + 1) * levels.length))),
    })),
  }
}

/** The series with the highest expected maximum come first. */
function aheadText({ names }: Trace, { horizons, levels, expected, quantiles }: Forecast): string {
  const order = names.map((_, series) => series).sort((left, right) => expected[right * horizons.length + horizons.length - 1]! - expected[left * horizons.length + horizons.length - 1]! || left - right)
  const rows = order.slice(0, SHOWN_MAX).map((series) => [names[series]!, ...horizons.map((_, h) => {
    const cell = series * horizons.length + h
    return `${expected[cell]!.toFixed(1)} (${quantiles[(cell + 1) * levels.length - 1]!.toFixed(1)})`
  })])
  const rest = names.length - rows.length
  return `${textTable([['VM', ...horizons.map(({ name }) => name)], ...rows])}${rest > 0 ? `\n\nand ${rest} more with less: --json has all.` : ''}`
}
