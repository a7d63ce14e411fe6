import Benchmark, { type Cycle } from 'benchmark'
import { type Batch, type BackendName, type Trainer, loadTensorFlow } from '../src/forecast/neural/tensorflow.ts'
import { seededRng } from '../sim/random.ts'
import { provenance } from './machine.ts'

const BATCH_ROWS = 256
const WIDTHS = [168, 128, 128, 36]

/** What is compared: a backend, and for WASM whether matrices are transposed before they are multiplied. */
const CASES: readonly { readonly backend: BackendName; readonly transposeFirst: boolean; readonly name: string }[] = [
  { backend: 'cpu', transposeFirst: false, name: 'cpu' },
  { backend: 'wasm', transposeFirst: false, name: 'wasm as it comes' },
  { backend: 'wasm', transposeFirst: true, name: 'wasm, transposed first' },
]

/** One training step of a dense network (168-128-128-36, batch 256, seed 7) by backend: what transposing first is worth, as a ratio of one run. */
export async function benchMatmul(): Promise<void> {
  const meanMs = new Map<string, number>()
  for (const { backend, transposeFirst, name } of CASES) {
    const engine = await loadTensorFlow({ backends: [backend], transposeFirst })
    const trainer = engine.startTraining({ widths: WIDTHS, levels: Float32Array.from({ length: 36 }, (_, at) => [0.5, 0.9, 0.95][at % 3]!), rng: seededRng(7, 'weights') })
    meanMs.set(name, await measured(name, trainer))
    trainer.dispose()
  }
  const ratio = (slower: string, faster: string): string => (meanMs.get(slower)! / meanMs.get(faster)!).toFixed(1)
  console.log(`\nTransposing first makes a step ${ratio('wasm as it comes', 'wasm, transposed first')} times as fast as WASM as it comes, and ${ratio('cpu', 'wasm, transposed first')} times as fast as cpu.`)
  console.log(`${WIDTHS.join('-')}, batch ${BATCH_ROWS}, seed 7; ${provenance()}`)
}

/** Mean ms of a step. */
function measured(name: string, trainer: Trainer): Promise<number> {
  const batch = someBatch()
  for (let warm = 0; warm < 3; warm++) trainer.step(batch, 1e-3)
  return new Promise((resolve) => {
    new Benchmark.Suite()
      .add(name, () => void trainer.step(batch, 1e-3))
      .on('cycle', ({ target: { hz, stats } }: Cycle) => {
        console.log(`${name.padEnd(24)} ${(1000 / hz).toFixed(2).padStart(8)} ms a step (+/- ${stats.rme.toFixed(1)} %)`)
        resolve(1000 / hz)
      })
      .run({ async: true })
  })
}

function someBatch(): Batch {
  const rng = seededRng(7, 'batch')
  const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => rng.normal())
  return { rowCount: BATCH_ROWS, inputs: numbers(BATCH_ROWS * WIDTHS[0]!), targets: numbers(BATCH_ROWS * WIDTHS.at(-1)!), weights: new Float32Array(BATCH_ROWS * WIDTHS.at(-1)!).fill(1) }
}
