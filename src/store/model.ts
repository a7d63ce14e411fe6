import { type NeuralModel } from '../forecast/neural/model.ts'
import { decodeModel, encodeModel } from '../forecast/neural/modelFormat.ts'
import { writeFileAtomic } from './atomic.ts'
import { readWholeFile } from './bytes.ts'

const MODEL_BYTES_MAX = 512 * 1024 * 1024

/** Writes a model's file, whole or not at all. */
export function saveModel(path: string, model: NeuralModel): void {
  writeFileAtomic(path, encodeModel(model))
}

/** Reads a model's file. Throws BadInput when it is missing, no model, damaged or of another version. */
export function openModel(path: string): NeuralModel {
  return decodeModel(path, readWholeFile(path, MODEL_BYTES_MAX))
}
