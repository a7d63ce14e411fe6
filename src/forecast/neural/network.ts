/** Weights of one dense layer: `weights[i * outputs + o]` leads from input i to output o. */
export interface Layer {
  readonly inputs: number
  readonly outputs: number
  readonly weights: Float32Array
  readonly biases: Float32Array
}

/** A multilayer perceptron: layers one after the other, max(0, x) after each but the last. */
export interface Network {
  readonly layers: readonly Layer[]
}

/** What a network makes of `rowCount` rows of inputs, row after row. */
export type Run = (network: Network, rows: Float32Array, rowCount: number) => Float32Array

export const inputCount = ({ layers }: Network): number => layers[0]!.inputs
export const outputCount = ({ layers }: Network): number => layers.at(-1)!.outputs
export const parameterCount = ({ layers }: Network): number => layers.reduce((sum, { weights, biases }) => sum + weights.length + biases.length, 0)

/** Rows that pass through a layer together, so that its weights are read once for all of them. */
const ROWS_TOGETHER = 4

/** Runs a network without any library: the same bytes on every machine, at about a third of the speed of WASM. */
export function runNetwork({ layers }: Network, rows: Float32Array, rowCount: number): Float32Array {
  return layers.reduce((values, layer, at) => runLayer(layer, values, rowCount, at < layers.length - 1), rows)
}

function runLayer(layer: Layer, rows: Float32Array, rowCount: number, isHidden: boolean): Float32Array {
  const { inputs, outputs, weights, biases } = layer
  const result = new Float32Array(rowCount * outputs)
  for (let first = 0; first < rowCount; first += ROWS_TOGETHER) {
    const last = Math.min(rowCount, first + ROWS_TOGETHER)
    for (let row = first; row < last; row++) result.set(biases, row * outputs)
    for (let input = 0; input < inputs; input++) {
      for (let row = first; row < last; row++) {
        const value = rows[row * inputs + input]!
        // Half of what max(0, x) leaves is 0.
        if (value === 0) continue
        const into = row * outputs
        const from = input * outputs
        for (let output = 0; output < outputs; output++) result[into + output]! += value * weights[from + output]!
      }
    }
  }
  if (isHidden) for (let at = 0; at < result.length; at++) if (result[at]! < 0) result[at] = 0
  return result
}
