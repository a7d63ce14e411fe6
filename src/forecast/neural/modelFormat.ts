import type { Horizon } from '../forecaster.ts'
import { BadInput, type Issue } from '../../model/result.ts'
import { sha256 } from '../../model/sha256.ts'
import { type NeuralModel, type Training, featuresOf } from './model.ts'
import { type Network, parameterCount } from './network.ts'

/** First member of the header. */
export const MODEL_FORMAT = 'plimsoll-forecast-model'
export const MODEL_FORMAT_VERSION = 1
/** Bytes in which the header's line must end. */
const HEADER_BYTES_MAX = 1 << 20

interface Header {
  readonly format: string
  readonly formatVersion: number
  readonly features: NeuralModel['features']
  readonly stepMs: number
  readonly horizons: readonly Horizon[]
  readonly levels: readonly number[]
  /** Units by layer, inputs first, and how many networks of that shape follow. */
  readonly widths: readonly number[]
  readonly networkCount: number
  /** SHA-256 of the bytes after the header's line. */
  readonly weightsHash: string
  readonly training: Training
}

/** A model as a file: its header as JSON on one line, then the weights (network by network, layer by layer, weights before biases) as little-endian 32-bit floats. */
export function encodeModel(model: NeuralModel): Uint8Array {
  const weights = encodeWeights(model.networks)
  const { layers } = model.networks[0]!
  const header: Header = {
    format: MODEL_FORMAT, formatVersion: MODEL_FORMAT_VERSION, features: model.features, stepMs: model.stepMs, horizons: model.horizons, levels: model.levels,
    widths: [layers[0]!.inputs, ...layers.map(({ outputs }) => outputs)], networkCount: model.networks.length, weightsHash: sha256(weights), training: model.training,
  }
  const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`)
  const bytes = new Uint8Array(line.length + weights.length)
  bytes.set(line)
  bytes.set(weights, line.length)
  return bytes
}

/** Reads what `encodeModel` wrote. Throws BadInput with the path when it is something else, of another version, damaged, or made for other features. */
export function decodeModel(path: string, bytes: Uint8Array): NeuralModel {
  const end = bytes.subarray(0, HEADER_BYTES_MAX).indexOf(10)
  const header = end === -1 ? null : headerOf(bytes.subarray(0, end))
  if (header === null) throw new BadInput([{ path, message: 'is no forecast model: its first line is not the JSON header of one; give a file that --save-model wrote' }])
  const faults = headerFaults(path, header)
  if (faults.length > 0) throw new BadInput(faults)
  const weights = bytes.subarray(end + 1)
  const { widths, networkCount, features, stepMs, horizons, levels, training } = header as Header
  const expected = 4 * networkCount * widths.slice(1).reduce((sum, outputs, at) => sum + (widths[at]! + 1) * outputs, 0)
  if (weights.length !== expected) throw new BadInput([{ path, message: `is damaged: ${weights.length} bytes of weights follow the header, ${expected} were expected; copy it again or train anew` }])
  if (sha256(weights) !== (header as Header).weightsHash) throw new BadInput([{ path, message: 'is damaged: its weights are not those that the header was written for; copy it again or train anew' }])
  const model: NeuralModel = { features, stepMs, horizons, levels, networks: decodeNetworks(weights, widths, networkCount), training }
  if (!model.networks.every(isOfNumbers)) throw new BadInput([{ path, message: 'has weights that are no numbers: train anew' }])
  return model
}

const isOfNumbers = ({ layers }: Network): boolean => layers.every(({ weights, biases }) => weights.every(Number.isFinite) && biases.every(Number.isFinite))

function encodeWeights(networks: readonly Network[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * networks.reduce((sum, network) => sum + parameterCount(network), 0)))
  let at = 0
  for (const { weights, biases } of networks.flatMap(({ layers }) => layers)) {
    for (const numbers of [weights, biases]) for (const number of numbers) view.setFloat32(4 * at++, number, true)
  }
  return new Uint8Array(view.buffer)
}

function decodeNetworks(bytes: Uint8Array, widths: readonly number[], networkCount: number): Network[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const take = (count: number): Float32Array => Float32Array.from({ length: count }, () => view.getFloat32(4 * at++, true))
  return Array.from({ length: networkCount }, () => ({
    layers: widths.slice(1).map((outputs, layer) => ({ inputs: widths[layer]!, outputs, weights: take(widths[layer]! * outputs), biases: take(outputs) })),
  }))
}

type Found = { readonly [Key in keyof Header]?: unknown }

function headerOf(line: Uint8Array): Found | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line))
    return typeof value === 'object' && value !== null && (value as Found).format === MODEL_FORMAT ? value : null
  } catch {
    return null
  }
}

/** Everything in the header that is not as it must be. */
function headerFaults(path: string, header: Found): Issue[] {
  const { formatVersion } = header
  if (formatVersion !== MODEL_FORMAT_VERSION) return [{ path: `${path}: formatVersion`, message: `is ${JSON.stringify(formatVersion)}, this release reads ${MODEL_FORMAT_VERSION}: train the model anew` }]
  const faults = FIELDS.filter(([key, isRight]) => !isRight(header[key])).map(([key, , expected]) => ({ path: `${path}: ${key}`, message: `must be ${expected}: the header was changed; train the model anew` }))
  return faults.length > 0 ? faults : shapeFaults(path, header as Header)
}

/** Whether the networks are made for the features, horizons and levels. */
function shapeFaults(path: string, { features, widths, horizons, levels }: Header): Issue[] {
  const set = featuresOf({ features })
  const outputs = horizons.length * levels.length
  const faults: Issue[] = []
  if (set === null) faults.push({ path: `${path}: features`, message: `are ${features.name} ${features.version}, which this release can't compute: train the model anew` })
  else if (widths[0] !== set.count) faults.push({ path: `${path}: widths`, message: `begin with ${widths[0]!} inputs, features ${features.name} ${features.version} are ${set.count}: train the model anew` })
  if (widths.at(-1) !== outputs) faults.push({ path: `${path}: widths`, message: `end with ${widths.at(-1)!} outputs, ${horizons.length} horizons and ${levels.length} levels need ${outputs}: train the model anew` })
  return faults
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 1
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isListOf = (isRight: (value: unknown) => boolean, lengthMax: number) => (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.length <= lengthMax && value.every(isRight)
const isHorizon = (value: unknown): boolean => isObject(value) && typeof value.name === 'string' && isCount(value.steps) && (value.kind === 'value' || value.kind === 'maximum')
const isRising = (value: unknown): boolean => isListOf((level) => typeof level === 'number' && level > 0 && level < 1, 1000)(value) && (value as number[]).every((level, at, all) => at === 0 || level > all[at - 1]!)

/** A header's field, whether a value will do, and in words what will. */
type Field = readonly [keyof Header, (value: unknown) => boolean, string]

const FIELDS: readonly Field[] = [
  ['features', (value) => isObject(value) && typeof value.name === 'string' && isCount(value.version), 'the name and version of a feature set'],
  ['stepMs', isCount, 'a whole number of ms above 0'],
  ['horizons', isListOf(isHorizon, 1000), 'a list of horizons: name, steps, kind'],
  ['levels', isRising, 'rising numbers between 0 and 1'],
  ['widths', (value) => isListOf((width) => isCount(width) && width <= 1e5, 100)(value) && (value as number[]).length >= 2, 'a list of at least two whole numbers from 1 to 100000'],
  ['networkCount', (value) => isCount(value) && value <= 1000, 'a whole number from 1 to 1000'],
  ['weightsHash', (value) => typeof value === 'string', 'a SHA-256 in hex digits'],
  ['training', (value) => isObject(value) && typeof value.dataFingerprint === 'string', 'an object with dataFingerprint'],
]
