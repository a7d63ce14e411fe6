import type { SeriesFrame } from '../../forecast/member.ts'
import type { NeuralModel } from '../../forecast/neural/model.ts'
import { BACKENDS, type BackendName } from '../../forecast/neural/tensorflow.ts'
import type { ModelProgress, ModelSettings } from '../../forecast/neural/trainModel.ts'
import { BadInput } from '../../model/result.ts'
import { runInThread } from './thread.ts'
import type { TrainAnswer, TrainInput } from './trainTask.ts'

export interface TrainThreadOptions {
  /** The thread is ended after this; null: it may take as long as it needs. */
  readonly deadlineMs: number | null
  readonly backends?: readonly BackendName[]
  readonly onProgress?: (progress: ModelProgress) => void
  readonly signal?: AbortSignal
}

/** Trains a model in a thread of its own; null when the deadline or the signal ended it. Throws BadInput when the demand can't be trained on. */
export async function trainInThread(frame: SeriesFrame, features: string, settings: ModelSettings, { deadlineMs, backends = BACKENDS, onProgress, signal }: TrainThreadOptions): Promise<NeuralModel | null> {
  const input: TrainInput = { frame: shared(frame), features, settings, backends }
  const answer = await runInThread<TrainAnswer>('train', input, { deadlineMs, onMessage: (message) => onProgress?.(message as ModelProgress), ...(signal === undefined ? {} : { signal }) })
  if (answer === null) return null
  if ('issues' in answer) throw new BadInput(answer.issues)
  return answer.model
}

/** The frame with its demand in shared memory: a month of 500 VMs is not copied. */
function shared(frame: SeriesFrame): SeriesFrame {
  return { ...frame, known: sharedColumn(frame.known), filled: sharedColumn(frame.filled) }
}

function sharedColumn(column: Float32Array): Float32Array {
  const copy = new Float32Array(new SharedArrayBuffer(column.byteLength))
  copy.set(column)
  return copy
}
