import type { DemandModel } from '../src/optimize/risk/demandModel.ts'
import type { DemandPaths } from '../src/optimize/risk/demandPaths.ts'
import type { Need } from './riskPack.ts'

/** Sums of a table's rows by bin; bins are as many as are asked for. */
class BinSums {
  readonly #rows: Float64Array
  readonly #width: number
  readonly #sums: Float64Array[] = []
  constructor(rows: Float64Array, width: number) {
    this.#rows = rows
    this.#width = width
  }
  of(bin: number): Float64Array {
    return (this.#sums[bin] ??= new Float64Array(this.#width))
  }
  row(item: number): Float64Array {
    return this.#rows.subarray(item * this.#width, (item + 1) * this.#width)
  }
  add(bin: number, item: number): void {
    const sums = this.of(bin)
    this.row(item).forEach((value, d) => (sums[d]! += value))
  }
}

/** The sum of what each VM alone stays below with probability 1 - epsilon. */
export function summedQuantiles(paths: DemandPaths, epsilon: number): Need {
  const quantiles = Float64Array.from({ length: paths.itemCount }, (_, item) => upperQuantile(paths.values.subarray(item * paths.pathCount, (item + 1) * paths.pathCount), epsilon))
  const sums = new BinSums(quantiles, 1)
  return { with: (bin, item) => sums.of(bin)[0]! + sums.row(item)[0]!, add: (bin, item) => sums.add(bin, item) }
}

/** Mean + z x deviation of the sum, by the model. */
export function meanAndVariance({ itemCount, factorCount, mean, ownVariance, loadings }: DemandModel, z: number): Need {
  const width = 2 + factorCount
  const rows = Float64Array.from({ length: itemCount * width }, (_, at) => {
    const item = Math.floor(at / width)
    const d = at % width
    return d === 0 ? mean[item]! : d === 1 ? ownVariance[item]! : loadings[item * factorCount + d - 2]!
  })
  const sums = new BinSums(rows, width)
  return {
    with: (bin, item) => {
      const held = sums.of(bin)
      const more = sums.row(item)
      let variance = held[1]! + more[1]!
      for (let d = 2; d < width; d++) variance += (held[d]! + more[d]!) ** 2
      return held[0]! + more[0]! + z * Math.sqrt(variance)
    },
    add: (bin, item) => sums.add(bin, item),
  }
}

/** What the sum of the paths passes at no more than the share epsilon of the instants. */
export function alignedPaths(paths: DemandPaths, epsilon: number): Need {
  const sums = new BinSums(paths.values, paths.pathCount)
  const total = new Float64Array(paths.pathCount)
  return {
    with: (bin, item) => {
      const held = sums.of(bin)
      sums.row(item).forEach((value, path) => (total[path] = held[path]! + value))
      return upperQuantile(total, epsilon)
    },
    add: (bin, item) => sums.add(bin, item),
  }
}

/** The least of the values that at most the share epsilon of them is above; 0 of none. */
export function upperQuantile(values: Float64Array, epsilon: number): number {
  const above = Math.floor(epsilon * values.length)
  // The largest values, ascending: a few of many.
  const largest = new Float64Array(above + 1)
  for (const value of values) {
    if (value <= largest[0]!) continue
    let at = 0
    while (at < above && largest[at + 1]! < value) {
      largest[at] = largest[at + 1]!
      at++
    }
    largest[at] = value
  }
  return largest[0]!
}
