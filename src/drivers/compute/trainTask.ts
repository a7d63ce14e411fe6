import { seededRng } from '../../model/seededRng.ts'
import type { SeriesFrame } from '../../forecast/member.ts'
import { FEATURE_SETS, type NeuralModel } from '../../forecast/neural/model.ts'
import { type BackendName, loadTensorFlow } from '../../forecast/neural/tensorflow.ts'
import { type ModelProgress, type ModelSettings, trainModel } from '../../forecast/neural/trainModel.ts'
import { BadInput, type Issue } from '../../model/result.ts'
import type { Task } from './worker.ts'

/** What the thread that trains is given. */
export interface TrainInput {
  readonly frame: SeriesFrame
  /** Name of one of FEATURE_SETS. */
  readonly features: string
  readonly settings: ModelSettings
  readonly backends: readonly BackendName[]
}

/** A model, or what was wrong with the input: thrown errors lose what they carry between threads. */
export type TrainAnswer = { readonly model: NeuralModel } | { readonly issues: readonly Issue[] }

/** Trains a model and posts how it goes on; tells first which backend computes. */
export const trainTask: Task = async (input, post): Promise<TrainAnswer> => {
  const { frame, features: name, settings, backends } = input as TrainInput
  const engine = await loadTensorFlow({ backends })
  const tell = (progress: ModelProgress): void => post(progress)
  tell({ text: `TensorFlow.js with backend ${engine.backend}${engine.passedOver.length === 0 ? '' : ` (${engine.passedOver.join('; ')})`}`, doneRatio: 0 })
  try {
    return { model: trainModel(engine, frame, FEATURE_SETS.find((set) => set.name === name)!, settings, (seed) => seededRng(seed, 'train'), tell) }
  } catch (error) {
    if (error instanceof BadInput) return { issues: error.issues }
    throw error
  }
}
