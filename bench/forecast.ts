import type { SeriesFrame } from '../src/forecast/member.ts'
import { emptyAnswers } from '../src/forecast/member.ts'
import { defaultHorizons } from '../src/forecast/neural/defaultHorizons.ts'
import type { NeuralModel } from '../src/forecast/neural/model.ts'
import { neuralMember } from '../src/forecast/neural/neuralMember.ts'
import type { Network } from '../src/forecast/neural/network.ts'
import { parameterCount, runNetwork } from '../src/forecast/neural/network.ts'
import { loadTensorFlow } from '../src/forecast/neural/tensorflow.ts'
import { weekFeatures } from '../src/forecast/neural/weekFeatures.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'

const SERIES = 10_000
const STEP_MS = 300_000
const LEVELS = [0.5, 0.9, 0.95]
const NETWORKS = 3

/** Forecasts of 10,000 VMs for 12 horizons and 3 quantiles each from a week of samples, by networks of the size that training makes (weights drawn with seed 7: they don't change the time). */
export async function benchForecast(args: readonly string[]): Promise<void> {
  const model = modelOf(NETWORKS)
  const frame = weekOf(SERIES)
  const engine = await loadTensorFlow()
  console.log(`${SERIES} series of ${frame.length} samples, ${model.horizons.length} horizons, ${LEVELS.length} quantiles; ${NETWORKS} networks of ${parameterCount(model.networks[0]!)} parameters`)
  measure(`backend ${engine.backend}`, () => forecast(frame, model, engine.run))
  if (args.includes('--plain')) measure('without a library', () => forecast(frame, model, runNetwork))
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB\n${provenance()}`)
}

/** Once as it comes, then again: what is compiled by then stays. */
function measure(name: string, work: () => void): void {
  for (const turn of ['first', 'second', 'third']) {
    const began = process.cpuUsage()
    const beganMs = performance.now()
    work()
    const { user, system } = process.cpuUsage(began)
    console.log(`${name}, ${turn} time: ${((user + system) / 1e6).toFixed(2)} CPU s, ${((performance.now() - beganMs) / 1000).toFixed(2)} s`)
  }
}

function forecast(frame: SeriesFrame, model: NeuralModel, run: typeof runNetwork): void {
  const answers = emptyAnswers(frame.seriesCount, model.horizons.length, LEVELS.length)
  const origins = { firstSeries: 0, start: Int32Array.from({ length: frame.seriesCount + 1 }, (_, at) => at), at: new Int32Array(frame.seriesCount).fill(frame.length - 1) }
  neuralMember(model, run).writeAnswers(frame, origins, model.horizons, LEVELS, answers)
  if (answers.quantiles.some(Number.isNaN) || answers.expected.some(Number.isNaN)) throw new Error('a forecast is missing')
}

function modelOf(networks: number): NeuralModel {
  const rng = seededRng(7, 'weights')
  const horizons = defaultHorizons(STEP_MS)
  const widths = [weekFeatures.count, 128, 128, horizons.length * LEVELS.length]
  const network = (): Network => ({
    layers: widths.slice(1).map((outputs, at) => ({ inputs: widths[at]!, outputs, weights: Float32Array.from({ length: widths[at]! * outputs }, () => rng.normal() / Math.sqrt(widths[at]!)), biases: new Float32Array(outputs) })),
  })
  return {
    features: { name: weekFeatures.name, version: weekFeatures.version }, stepMs: STEP_MS, horizons, levels: LEVELS, networks: Array.from({ length: networks }, network),
    training: { dataFingerprint: '', seriesCount: 0, rowCount: 0, seeds: [], epochs: 0, backend: 'none', losses: [] },
  }
}

/** Noise on a daily rhythm, each series with its own level. */
function weekOf(seriesCount: number): SeriesFrame {
  const rng = seededRng(7, 'demand')
  const length = weekFeatures.windowSteps(STEP_MS)
  const rhythm = Float64Array.from({ length }, (_, at) => 1 + 0.5 * Math.sin((2 * Math.PI * at) / 288))
  const values = new Float32Array(seriesCount * length)
  for (let series = 0; series < seriesCount; series++) {
    const level = 1000 * rng.next()
    for (let at = 0; at < length; at++) values[series * length + at] = level * rhythm[at]! * (0.5 + rng.next())
  }
  return { seriesCount, length, stepMs: STEP_MS, startUnixMs: 0, zoneOffsetMinutes: 0, known: values, filled: values, firstKnown: new Int32Array(seriesCount), valueMax: null }
}
