import type { KernelConfig, KernelFunc, Optimizer, Scalar, Tensor, Tensor2D, TensorInfo, Variable } from '@tensorflow/tfjs-core'
import type { Rng } from '../../model/random.ts'
import type { Network, Run } from './network.ts'

type Core = typeof import('@tensorflow/tfjs-core')

export const BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const
/** `tensorflow` is the native library of tfjs-node. */
export type BackendName = (typeof BACKENDS)[number]

/** TensorFlow.js with a backend that works here. */
export interface TensorEngine {
  readonly backend: BackendName
  /** Why no better backend is used; empty when this is the first choice. For the log. */
  readonly passedOver: readonly string[]
  readonly run: Run
  /** One network to be trained; `dispose` it. */
  startTraining(settings: TrainerSettings): Trainer
}

export interface TrainerSettings {
  /** Inputs, hidden layers, outputs: [159, 128, 128, 24]. */
  readonly widths: readonly number[]
  /** Quantile of each output, in (0, 1). */
  readonly levels: Float32Array
  readonly rng: Rng
}

/** Rows for one step: `inputs` row after row; a target for each output; `weights` 0 where it is not known. */
export interface Batch {
  readonly rowCount: number
  readonly inputs: Float32Array
  readonly targets: Float32Array
  readonly weights: Float32Array
}

export interface Trainer {
  /** One step down the gradient of the mean weighted pinball loss; gives that loss, before the step. */
  step(batch: Batch, learningRate: number): number
  /** Loss and its gradient by layer, weights before biases, without a step. */
  gradients(batch: Batch): { readonly loss: number; readonly gradients: readonly Float32Array[] }
  network(): Network
  dispose(): void
}

export interface EngineOptions {
  /** Tried in this order. */
  readonly backends?: readonly BackendName[]
  /** False leaves WASM's own product of matrices in place: for measuring what the other is worth. */
  readonly transposeFirst?: boolean
}

/** Loads TensorFlow.js (0.3 s) with the first backend that works. The one file that imports it. Throws when none does. */
export async function loadTensorFlow({ backends = BACKENDS, transposeFirst = true }: EngineOptions = {}): Promise<TensorEngine> {
  const core = await import('@tensorflow/tfjs-core')
  // Without its warnings, which advise people to install packages.
  core.enableProdMode()
  // Loaded for the gradients that it registers: the core alone has none.
  await import('@tensorflow/tfjs-layers')
  const passedOver: string[] = []
  for (const backend of backends) {
    const fault = await backendFault(core, backend)
    if (fault === null) {
      if (backend === 'wasm') setMatMul(core, transposeFirst)
      return { backend, passedOver, run: (network, rows, rowCount) => run(core, network, rows, rowCount), startTraining: (settings) => new DenseTrainer(core, settings) }
    }
    passedOver.push(`${backend}: ${fault}`)
  }
  throw new Error(`TensorFlow.js has no backend that works here: ${passedOver.join('; ')}`)
}

/** Makes a backend the one in use; why that fails, or null. */
async function backendFault(core: Core, backend: BackendName): Promise<string | null> {
  try {
    if (backend === 'tensorflow') await import('@tensorflow/tfjs-node')
    else if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm')
    else await import('@tensorflow/tfjs-backend-cpu')
    return (await core.setBackend(backend)) ? null : 'does not start'
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error)
  }
}

/** WASM's own kernels by name, as they were found. */
const ownKernels = new Map<string, KernelConfig>()

/**
 * WASM multiplies transposed matrices, which are what gradients are made of, many times slower than others: with this
 * its kernels get them transposed by a kernel of their own first. The result is the same.
 */
function setMatMul(core: Core, transposeFirst: boolean): void {
  for (const name of [core.BatchMatMul, core._FusedMatMul]) {
    const own = ownKernels.get(name) ?? core.getKernel(name, 'wasm')
    ownKernels.set(name, own)
    core.unregisterKernel(name, 'wasm')
    core.registerKernel(transposeFirst ? { ...own, kernelFunc: transposing(core, own.kernelFunc) } : own)
  }
}

interface WasmBackend {
  disposeData(id: object): boolean
}

function transposing(core: Core, multiply: KernelFunc): KernelFunc {
  const { kernelFunc: transpose } = core.getKernel(core.Transpose, 'wasm')
  return ({ inputs, attrs, backend }) => {
    const given = inputs as { readonly a: TensorInfo; readonly b: TensorInfo }
    const made: TensorInfo[] = []
    const upright = (matrix: TensorInfo, isTransposed: unknown): TensorInfo => {
      if (isTransposed !== true) return matrix
      const rank = matrix.shape.length
      const perm = matrix.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis))
      const result = transpose({ inputs: { x: matrix }, attrs: { perm }, backend }) as TensorInfo
      made.push(result)
      return result
    }
    const result = multiply({ inputs: { ...inputs, a: upright(given.a, attrs?.transposeA), b: upright(given.b, attrs?.transposeB) }, attrs: { ...attrs, transposeA: false, transposeB: false }, backend })
    for (const { dataId } of made) (backend as WasmBackend).disposeData(dataId)
    return result
  }
}

/** Rows that go through a network at once: bounds the memory it takes. */
const RUN_ROWS = 4096

function run(core: Core, network: Network, rows: Float32Array, rowCount: number): Float32Array {
  const inputs = network.layers[0]!.inputs
  const outputs = network.layers.at(-1)!.outputs
  const result = new Float32Array(rowCount * outputs)
  for (let first = 0; first < rowCount; first += RUN_ROWS) {
    const count = Math.min(RUN_ROWS, rowCount - first)
    // Read outside of `tidy`, which would look for tensors in every number it is given back.
    const part = core.tidy(() => {
      const variables = network.layers.flatMap((layer): Tensor[] => [core.tensor2d(layer.weights, [layer.inputs, layer.outputs]), core.tensor1d(layer.biases)])
      return forward(core, core.tensor2d(rows.subarray(first * inputs, (first + count) * inputs), [count, inputs]), variables)
    })
    result.set(part.dataSync(), first * outputs)
    part.dispose()
  }
  return result
}

function forward(core: Core, rows: Tensor2D, variables: readonly Tensor[]): Tensor2D {
  let values = rows
  for (let at = 0; at < variables.length; at += 2) {
    const sum = core.add(core.matMul(values, variables[at] as Tensor2D), variables[at + 1]!)
    values = (at < variables.length - 2 ? core.relu(sum) : sum) as Tensor2D
  }
  return values
}

class DenseTrainer implements Trainer {
  private readonly core: Core
  private readonly variables: Variable[]
  private readonly widths: readonly number[]
  private readonly levels: Tensor
  private readonly optimizer: Optimizer

  constructor(core: Core, { widths, levels, rng }: TrainerSettings) {
    this.core = core
    this.widths = widths
    this.levels = core.keep(core.tensor1d(levels))
    this.variables = widths.slice(1).flatMap((outputs, at) => [core.variable(startWeights(core, widths[at]!, outputs, at === widths.length - 2 ? LAST_LAYER_GAIN : Math.SQRT2, rng)), core.variable(core.zeros([outputs]))])
    this.optimizer = core.train.adam(0.001)
  }

  step(batch: Batch, learningRate: number): number {
    // A field of every optimizer, hidden from types: there is no other way to lower it on the way.
    Object.assign(this.optimizer, { learningRate })
    const { value, grads } = this.core.tidy(() => this.core.variableGrads(() => this.loss(batch), this.variables))
    this.optimizer.applyGradients(grads)
    const loss = value.dataSync()[0]!
    this.core.dispose([value, ...Object.values(grads)])
    return loss
  }

  gradients(batch: Batch): { readonly loss: number; readonly gradients: readonly Float32Array[] } {
    const { value, grads } = this.core.tidy(() => this.core.variableGrads(() => this.loss(batch), this.variables))
    const answer = { loss: value.dataSync()[0]!, gradients: this.variables.map(({ name }) => Float32Array.from(grads[name]!.dataSync())) }
    this.core.dispose([value, ...Object.values(grads)])
    return answer
  }

  network(): Network {
    const read = (at: number): Float32Array => Float32Array.from(this.variables[at]!.dataSync())
    return { layers: this.widths.slice(1).map((outputs, at) => ({ inputs: this.widths[at]!, outputs, weights: read(2 * at), biases: read(2 * at + 1) })) }
  }

  dispose(): void {
    this.optimizer.dispose()
    this.levels.dispose()
    this.core.dispose(this.variables)
  }

  /** Pinball loss of forecast f of y at level q: q (y - f) + max(0, f - y) (Koenker and Bassett 1978). */
  private loss({ rowCount, inputs, targets, weights }: Batch): Scalar {
    const { core, widths } = this
    const shape: [number, number] = [rowCount, widths.at(-1)!]
    const short = core.sub(core.tensor2d(targets, shape), forward(core, core.tensor2d(inputs, [rowCount, widths[0]!]), this.variables))
    const losses = core.add(core.mul(short, this.levels), core.relu(core.neg(short)))
    return core.mean(core.mul(losses, core.tensor2d(weights, shape)))
  }
}

/** Of the last layer: its outputs begin near 0, where the forecast is the simple one that is to be bettered. */
const LAST_LAYER_GAIN = 0.01

/** Normal with variance gain^2 / inputs; a gain of the square root of 2 keeps the spread through max(0, x) (He et al. 2015). */
function startWeights(core: Core, inputs: number, outputs: number, gain: number, rng: Rng): Tensor2D {
  const spread = gain / Math.sqrt(inputs)
  return core.tensor2d(Float32Array.from({ length: inputs * outputs }, () => spread * rng.normal()), [inputs, outputs])
}
