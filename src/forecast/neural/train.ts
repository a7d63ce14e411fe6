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

export const DEFAULT_TRAINING: TrainSettings = { hidden: [128, 128], levels: [0.5, 0.9, 0.95], epochs: 8, batchRows: 512, learningRate: 0.002 }

export interface TrainProgress {
  readonly epoch: number
  readonly epochs: number
  /** Mean weighted pinball loss over the epoch, in units of the mean scale. */
  readonly loss: number
}

/** Trains one network on the rows by Adam (Kingma and Ba 2015). The same rows, seed and backend give the same network. */
export function trainNetwork(engine: TensorEngine, rows: TrainingRows, { hidden, levels, epochs, batchRows, learningRate }: TrainSettings, rng: Rng, onEpoch: (progress: TrainProgress) => void): Network {
  const horizonCount = rows.targets.length / rows.count
  const inputs = rows.inputs.length / rows.count
  const outputs = horizonCount * levels.length
  const trainer = engine.startTraining({ widths: [inputs, ...hidden, outputs], levels: Float32Array.from({ length: outputs }, (_, at) => levels[at % levels.length]!), rng: rng.split('weights') })
  const batches = new Batches(rows, { inputs, horizonCount, levelCount: levels.length, batchRows: Math.min(batchRows, rows.count) })
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

interface BatchShape {
  readonly inputs: number
  readonly horizonCount: number
  readonly levelCount: number
  readonly batchRows: number
}

/** Rows in chance order, cut into batches; the few that are left over wait for the next order. */
class Batches {
  readonly perEpoch: number
  private readonly rows: TrainingRows
  private readonly shape: BatchShape
  private readonly order: Int32Array
  private readonly current: Batch

  constructor(rows: TrainingRows, shape: BatchShape) {
    const { inputs, horizonCount, levelCount, batchRows } = shape
    this.rows = rows
    this.shape = shape
    this.perEpoch = Math.floor(rows.count / batchRows)
    this.order = Int32Array.from({ length: rows.count }, (_, at) => at)
    const outputs = batchRows * horizonCount * levelCount
    this.current = { rowCount: batchRows, inputs: new Float32Array(batchRows * inputs), targets: new Float32Array(outputs), weights: new Float32Array(outputs) }
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
    const { inputs, horizonCount, levelCount, batchRows } = this.shape
    for (let place = 0; place < batchRows; place++) {
      const row = this.order[number * batchRows + place]!
      this.current.inputs.set(this.rows.inputs.subarray(row * inputs, (row + 1) * inputs), place * inputs)
      for (let horizon = 0; horizon < horizonCount; horizon++) {
        const from = row * horizonCount + horizon
        const into = (place * horizonCount + horizon) * levelCount
        this.current.targets.fill(this.rows.targets[from]!, into, into + levelCount)
        this.current.weights.fill(this.rows.weights[from]!, into, into + levelCount)
      }
    }
    return this.current
  }
}
