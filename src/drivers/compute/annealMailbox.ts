import type { PlannedRun } from '../../optimize/anneal/portfolio.ts'

/** One thread's letter box: buffers shared between the thread and who drives it. */
export interface Mailbox {
  /** WORDS below. */
  readonly words: Int32Array<SharedArrayBuffer>
  /** FIGURES below. */
  readonly figures: Float64Array<SharedArrayBuffer>
  /** Where the run begins, and what it found. */
  readonly from: Int32Array<SharedArrayBuffer>
  readonly best: Int32Array<SharedArrayBuffer>
  /** Time shares of the cooling, in; what was released, out. */
  readonly profile: Float64Array<SharedArrayBuffer>
}

/** Places in `words`: number of the run that is wanted, whether all is to stop, whether the run begins at `from`, and whether limits are priced. */
export const WORDS = { wanted: 0, stop: 1, fromGiven: 2, penalised: 3, size: 4 } as const
/** Places in `figures`. `nodes` is an estimate where there is an `endMs`, 0 = none. */
const FIGURES = { hot: 0, cold: 1, share: 2, seed: 3, nodes: 4, endMs: 5, size: 6 } as const

export function makeMailbox(itemCount: number, bands: number): Mailbox {
  const words = new Int32Array(new SharedArrayBuffer(4 * WORDS.size))
  const numbers = (length: number): Float64Array<SharedArrayBuffer> => new Float64Array(new SharedArrayBuffer(8 * length))
  const items = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4 * itemCount))
  return { words, figures: numbers(FIGURES.size), from: items(), best: items(), profile: numbers(bands) }
}

/** A run as a thread gets it. Times are those of `nowMs`. */
export interface Order {
  readonly run: Omit<PlannedRun, 'kind'>
  readonly nodes: number
  /** Null: `nodes` holds. Else the run is to end then, and `nodes` is a first guess. */
  readonly endMs: number | null
}

/** Milliseconds that all threads of the process count alike. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

/** Puts an order into the box and wakes the thread. */
export function postOrder({ words, figures }: Mailbox, { run, nodes, endMs }: Order): void {
  figures.set([run.hot, run.cold, run.share, run.seed, nodes, endMs ?? 0])
  words[WORDS.fromGiven] = run.fromBest ? 1 : 0
  words[WORDS.penalised] = run.isPenalised ? 1 : 0
  Atomics.add(words, WORDS.wanted, 1)
  Atomics.notify(words, WORDS.wanted)
}

export function takeOrder({ words, figures }: Mailbox): Order {
  const [hot, cold, share, seed, nodes, endMs] = figures as unknown as [number, number, number, number, number, number]
  return { run: { hot, cold, share, seed, isPenalised: words[WORDS.penalised] === 1, fromBest: words[WORDS.fromGiven] === 1 }, nodes, endMs: endMs === 0 ? null : endMs }
}

/** Ends the run under way and then the thread. */
export function postStop({ words }: Mailbox): void {
  Atomics.store(words, WORDS.stop, 1)
  Atomics.add(words, WORDS.wanted, 1)
  Atomics.notify(words, WORDS.wanted)
}

export const isStopped = ({ words }: Mailbox): boolean => Atomics.load(words, WORDS.stop) === 1
