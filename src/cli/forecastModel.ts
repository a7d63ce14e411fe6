import { resolve } from 'node:path'
import { trainInThread } from '../drivers/compute/train.ts'
import type { Horizon } from '../forecast/forecaster.ts'
import type { Member, SeriesFrame } from '../forecast/member.ts'
import { defaultHorizons } from '../forecast/neural/defaultHorizons.ts'
import { type NeuralModel, modelFaults } from '../forecast/neural/model.ts'
import { neuralMember } from '../forecast/neural/neuralMember.ts'
import { type BackendName, BACKENDS, loadTensorFlow } from '../forecast/neural/tensorflow.ts'
import { DEFAULT_TRAINING } from '../forecast/neural/train.ts'
import { weekFeatures } from '../forecast/neural/weekFeatures.ts'
import { HOUR_MS } from '../model/resources.ts'
import { BadInput } from '../model/result.ts'
import { openModel, saveModel } from '../store/model.ts'
import type { CommonOptions } from './options.ts'
import { terminalProgress } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Options of commands that may use a trained network. */
export interface ModelOptions extends CommonOptions {
  readonly model?: string
  readonly saveModel?: string
  readonly modelSeed?: string
  readonly backend?: string
}

/** Cases above this are thinned out: with the default features about 350 MB. */
const ROWS_MAX = 400_000
/** What a month teaches of times further ahead misleads in the next: there a blend is better off with long windows (docs/forecasting-neural.md has figures). */
const AHEAD_MAX_MS = 6 * HOUR_MS
/** Networks that answer together by their mean. */
const NETWORKS = 3

/**
 * The network that the options ask for: read from a file, or trained on `train` and saved. Null when they ask for none.
 * Throws BadInput when options contradict each other, a file is no model, or a model does not fit samples every `stepMs`.
 */
export async function modelAskedFor(options: ModelOptions, train: SeriesFrame | null, stepMs: number, horizons: readonly Horizon[], terminal: Terminal): Promise<NeuralModel | null> {
  const { model: from, saveModel: to } = options
  if (from !== undefined && to !== undefined) throw new BadInput([{ path: '--model', message: 'and --save-model can’t be given together: one reads a network, the other trains it' }])
  if (from !== undefined) return modelFrom(resolve(terminal.workingDirectory, from), stepMs)
  if (to === undefined) return null
  if (train === null) throw new BadInput([{ path: '--save-model', message: 'needs --train: the trace that the network is trained on' }])
  const model = await trainedModel(options, train, horizons, terminal)
  saveModel(resolve(terminal.workingDirectory, to), model)
  return model
}

function modelFrom(path: string, stepMs: number): NeuralModel {
  const model = openModel(path)
  const faults = modelFaults(model, path, stepMs)
  if (faults.length > 0) throw new BadInput(faults)
  return model
}

/** Trains in a thread on the demand of a frame, for the default horizons and those asked for, telling how it goes on. */
export async function trainedModel(options: ModelOptions, train: SeriesFrame, horizons: readonly Horizon[], terminal: Terminal): Promise<NeuralModel> {
  const seed = seedOf(options)
  const isAsked = (known: Horizon): boolean => horizons.some(({ kind, steps }) => kind === known.kind && steps === known.steps)
  const settings = { ...DEFAULT_TRAINING, horizons: [...horizons, ...defaultHorizons(train.stepMs).filter((horizon) => !isAsked(horizon))], seeds: Array.from({ length: NETWORKS }, (_, network) => seed + network), rowsMax: ROWS_MAX }
  const progress = terminalProgress(terminal, () => performance.now(), () => 'training')
  const onProgress = ({ text, doneRatio }: { readonly text: string; readonly doneRatio: number }): void => {
    if (options.quiet === true) return
    if (doneRatio === 0) terminal.err(`training: ${text}\n`)
    else progress.report(text, doneRatio, 1)
  }
  const model = await trainInThread(train, weekFeatures.name, settings, { deadlineMs: null, backends: backendsOf(options), onProgress })
  progress.clear()
  return model!
}

/** A model as a member of a blend, computed by the best backend here, which is told. */
export async function memberOf(model: NeuralModel, options: ModelOptions, terminal: Terminal): Promise<Member> {
  const engine = await loadTensorFlow({ backends: backendsOf(options) })
  if (options.quiet !== true) terminal.err(`networks: TensorFlow.js with backend ${engine.backend}${engine.passedOver.length === 0 ? '' : ` (${engine.passedOver.join('; ')})`}\n`)
  return neuralMember(model, engine.run, AHEAD_MAX_MS)
}

function seedOf({ modelSeed }: ModelOptions): number {
  const seed = Number(modelSeed ?? 1)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new BadInput([{ path: '--model-seed', message: `must be a whole number from 0 on, not ${JSON.stringify(modelSeed)}` }])
  return seed
}

function backendsOf({ backend }: ModelOptions): readonly BackendName[] {
  if (backend === undefined) return BACKENDS
  const known = BACKENDS.find((name) => name === backend)
  if (known === undefined) throw new BadInput([{ path: '--backend', message: `must be one of ${BACKENDS.join(', ')}, not ${JSON.stringify(backend)}` }])
  return [known]
}
