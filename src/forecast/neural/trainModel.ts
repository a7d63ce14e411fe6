import type { Horizon } from '../forecaster.ts'
import type { Rng } from '../../model/random.ts'
import { BadInput } from '../../model/result.ts'
import { sha256 } from '../../model/sha256.ts'
import type { SeriesFrame } from '../member.ts'
import type { FeatureSet } from './features.ts'
import type { NeuralModel } from './model.ts'
import { trainingRows } from './rows.ts'
import type { TensorEngine } from './tensorflow.ts'
import { type TrainSettings, trainNetwork } from './train.ts'

export interface ModelSettings extends TrainSettings {
  readonly horizons: readonly Horizon[]
  /** One network is trained from each. */
  readonly seeds: readonly number[]
  /** Cases above this are thinned out by longer strides: bounds time and memory. */
  readonly rowsMax: number
}

/** How training goes on, in lines for people and ratios for bars. */
export interface ModelProgress {
  readonly text: string
  readonly doneRatio: number
}

/** Fewer cases than this teach nothing that lasts. */
const ROWS_MIN = 100

/** Trains a model on a frame's demand: one network a seed. Throws BadInput when steps don't divide hours or too little demand is known. */
export function trainModel(engine: TensorEngine, frame: SeriesFrame, features: FeatureSet, settings: ModelSettings, rngOf: (seed: number) => Rng, onProgress: (progress: ModelProgress) => void): NeuralModel {
  const { horizons, levels, seeds, epochs } = settings
  if (!features.fits(frame.stepMs)) throw new BadInput([{ path: 'stepMs', message: `samples come every ${frame.stepMs / 1000} s, features ${features.name} need a step that divides an hour: resample the demand` }])
  const rows = trainingRows(frame, { features, horizons, levels, strideSteps: strideOf(frame, features, settings.rowsMax) })
  if (rows.count < ROWS_MIN) throw new BadInput([{ path: 'demand', message: `has ${rows.count} instants with enough known before and after them, at least ${ROWS_MIN} are needed: train on more series or a longer time than ${features.windowSteps(frame.stepMs)} samples` }])
  onProgress({ text: `${rows.count} cases of ${frame.seriesCount} series, ${features.count} features, backend ${engine.backend}`, doneRatio: 0 })
  const losses: number[] = []
  const networks = seeds.map((seed, place) =>
    trainNetwork(engine, rows, settings, rngOf(seed), ({ epoch, loss }) => {
      losses[place] = loss
      onProgress({ text: `network ${place + 1} of ${seeds.length}, epoch ${epoch} of ${epochs}: loss ${loss.toFixed(4)}`, doneRatio: (place + epoch / epochs) / seeds.length })
    }))
  const training = { dataFingerprint: fingerprint(frame), seriesCount: frame.seriesCount, rowCount: rows.count, seeds, epochs, backend: engine.backend, losses }
  return { features: { name: features.name, version: features.version }, stepMs: frame.stepMs, horizons, levels, networks, training }
}

/** An hour between origins, or so much more that the cases stay within the limit. */
function strideOf({ seriesCount, length, stepMs }: SeriesFrame, features: FeatureSet, rowsMax: number): number {
  const origins = seriesCount * Math.max(0, length - features.windowSteps(stepMs))
  return Math.max(features.strideSteps(stepMs), Math.ceil(origins / rowsMax))
}

/** SHA-256 of the demand with its place in time. */
export function fingerprint({ known, seriesCount, length, stepMs, startUnixMs }: SeriesFrame): string {
  const head = new TextEncoder().encode(JSON.stringify({ seriesCount, length, stepMs, startUnixMs }))
  const bytes = new Uint8Array(head.length + known.byteLength)
  bytes.set(head)
  bytes.set(new Uint8Array(known.buffer, known.byteOffset, known.byteLength), head.length)
  return sha256(bytes)
}
