import { describe, expect, it } from 'vitest'
import { runNetwork } from '../../../src/forecast/neural/network.ts'
import { type Batch, type BackendName, loadTensorFlow } from '../../../src/forecast/neural/tensorflow.ts'
import { seededRng } from '../../../sim/random.ts'
import { randomNetwork } from './parts.ts'

const WIDTHS = [23, 32, 32, 6]
const LEVELS = Float32Array.of(0.5, 0.9, 0.5, 0.9, 0.5, 0.9)

function batchOf(rowCount: number, seed: number): Batch {
  const rng = seededRng(seed, 'batch')
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => rng.normal())
  return { rowCount, inputs: numbers(rowCount * WIDTHS[0]!), targets: numbers(rowCount * 6), weights: Float32Array.from({ length: rowCount * 6 }, () => (rng.next() < 0.2 ? 0 : 2 * rng.next())) }
}

const gradientsOn = async (backend: BackendName, batch: Batch, transposeFirst = true) => {
  const engine = await loadTensorFlow({ backends: [backend], transposeFirst })
  const trainer = engine.startTraining({ widths: WIDTHS, levels: LEVELS, rng: seededRng(3, 'weights') })
  const result = { ...trainer.gradients(batch), network: trainer.network() }
  trainer.dispose()
  return result
}

const farthest = (left: readonly Float32Array[], right: readonly Float32Array[]): number => Math.max(...left.flatMap((column, at) => Array.from(column, (value, place) => Math.abs(value - right[at]![place]!))))

describe('TensorFlow.js', () => {
  it('has the same gradients on cpu and on WASM, with and without transposing first, to 1e-5', async () => {
    const batch = batchOf(64, 5)
    const cpu = await gradientsOn('cpu', batch)
    expect(Math.max(...cpu.gradients.flatMap((column) => Array.from(column, Math.abs)))).toBeGreaterThan(1e-3)
    for (const transposeFirst of [true, false]) {
      const wasm = await gradientsOn('wasm', batch, transposeFirst)
      expect(wasm.loss).toBeCloseTo(cpu.loss, 5)
      expect(farthest(wasm.gradients, cpu.gradients)).toBeLessThan(1e-5)
    }
  })

  it('has the gradients that small changes of a weight show', async () => {
    const batch = batchOf(64, 6)
    const { network, gradients } = await gradientsOn('wasm', batch)
    const lossWith = (layer: number, weight: number, change: number): number => {
      const layers = network.layers.map((given, at) => (at === layer ? { ...given, weights: given.weights.map((value, place) => value + (place === weight ? change : 0)) } : given))
      const said = runNetwork({ layers }, batch.inputs, batch.rowCount)
      let sum = 0
      said.forEach((value, at) => {
        const short = batch.targets[at]! - value
        sum += batch.weights[at]! * (short >= 0 ? LEVELS[at % 6]! * short : (LEVELS[at % 6]! - 1) * short)
      })
      return sum / said.length
    }
    for (const [layer, weight] of [[0, 17], [1, 400], [2, 100]] as const) {
      const slope = (lossWith(layer, weight, 0.005) - lossWith(layer, weight, -0.005)) / 0.01
      expect(gradients[2 * layer]![weight]!).toBeCloseTo(slope, 2)
    }
  })

  it('runs a network to the same numbers as our own code, in parts too', async () => {
    const network = randomNetwork([19, 16, 8])
    const rng = seededRng(8, 'rows')
    const rows = Float32Array.from({ length: 5000 * 19 }, () => rng.normal())
    const own = runNetwork(network, rows, 5000)
    for (const backend of ['wasm', 'cpu'] as const) {
      const { run } = await loadTensorFlow({ backends: [backend] })
      expect(farthest([run(network, rows, 5000)], [own])).toBeLessThan(1e-4)
    }
  })

  it('takes the first backend that works and says why it passed over others', async () => {
    const engine = await loadTensorFlow({ backends: ['tensorflow', 'wasm'] })
    if (engine.backend === 'wasm') expect(engine.passedOver).toEqual([expect.stringMatching(/^tensorflow: Cannot find (package|module)/)])
    else expect(engine.passedOver).toEqual([])
  })
})
