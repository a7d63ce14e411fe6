import type { Rng } from '../../model/random.ts'
import { invariant } from '../../model/result.ts'
import type { Network } from './network.ts'
import type { TrainingRows } from './rows.ts'
import type { Batch, TensorEngine } from './tensorflow.ts'

export interface TrainSettings {
  /** Units of the hidden layers. */
  readonly hidden: readonly number[]
  /** Quantiles that are learned for each horizon, rising. */
  readonly levels: readonly number[]
  readonly epochs: number
  readonly batchRows: number
  /** At the beginning; falls to 0 along half a cosine (Loshchilov and Hutter 2017). */
  readonly learningRate: number
}

export const DEFAULT_TRAINING: TrainSettings = { hidden: [128, 128], levels: [0.5, 0.9, 0.95], epochs: 5, batchRows: 512, learningRate: 0.002 }

export interface TrainProgress {
  readonly epoch: number
  readonly epochs: number
  /** Mean weighted pinball loss over the epoch, in units of the mean scale. */
  readonly loss: number
}

/** Trains one network on the rows by Adam (Kingma and Ba 2015). The same rows, seed and backend give the same network. */
export function trainNetwork(engine: TensorEngine, rows: TrainingRows, { hidden, levels, epochs, batchRows, learningRate }: TrainSettings, rng: Rng, onEpoch: (progress: TrainProgress) => void): Network {
  const inputs = rows.inputs.length / rows.count
  const outputs = rows.targets.length / rows.count
  const trainer = engine.startTraining({ widths: [inputs, ...hidden, outputs], levels: Float32Array.from({ length: outputs }, (_, at) => levels[at % levels.length]!), rng: rng.split('weights') })
  const batches = new Batches(rows, inputs, outputs, Math.min(batchRows, rows.count))
  const steps = epochs * batches.perEpoch
  let step = 0
  for (let epoch = 1; epoch <= epochs; epoch++) {
    batches.shuffle(rng)
    let loss = 0
    for (let at = 0; at < batches.perEpoch; at++, step++) loss += trainer.step(batches.batch(at), 0.5 * learningRate * (1 + Math.cos((Math.PI * step) / steps)))
    invariant(Number.isFinite(loss), `the loss of epoch ${epoch} is finite`)
    onEpoch({ epoch, epochs, loss: loss / batches.perEpoch })
  }
  const network = trainer.network()
  trainer.dispose()
  return network
}

/** Rows in chance order, cut into batches; the few that are left over wait for the next order. */
class Batches {
  readonly perEpoch: number
  private readonly rows: TrainingRows
  private readonly inputs: number
  private readonly outputs: number
  private readonly order: Int32Array
  private readonly current: Batch

  constructor(rows: TrainingRows, inputs: number, outputs: number, batchRows: number) {
    this.rows = rows
    this.inputs = inputs
    this.outputs = outputs
    this.perEpoch = Math.floor(rows.count / batchRows)
    this.order = Int32Array.from({ length: rows.count }, (_, at) => at)
    this.current = { rowCount: batchRows, inputs: new Float32Array(batchRows * inputs), targets: new Float32Array(batchRows * outputs), weights: new Float32Array(batchRows * outputs) }
  }

  /** Fisher-Yates. */
  shuffle(rng: Rng): void {
    for (let at = this.order.length - 1; at > 0; at--) {
      const other = rng.below(at + 1)
      const row = this.order[at]!
      this.order[at] = this.order[other]!
      this.order[other] = row
    }
  }

  /** Valid until the next is taken. */
  batch(number: number): Batch {
    const { rows, inputs, outputs, current } = this
    for (let place = 0; place < current.rowCount; place++) {
      const row = this.order[number * current.rowCount + place]!
      current.inputs.set(rows.inputs.subarray(row * inputs, (row + 1) * inputs), place * inputs)
      current.targets.set(rows.targets.subarray(row * outputs, (row + 1) * outputs), place * outputs)
      current.weights.set(rows.weights.subarray(row * outputs, (row + 1) * outputs), place * outputs)
    }
    return current
  }
}
