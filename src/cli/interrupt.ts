/** Thrown in a pause when Ctrl-C was pressed or the process was asked to end. */
export class Interrupted extends Error {
  /** 128 and the signal's number, as shells say it. */
  readonly exitCode: 130 | 143

  constructor(signal: NodeJS.Signals) {
    super('stopped')
    this.name = 'Interrupted'
    this.exitCode = signal === 'SIGTERM' ? 143 : 130
  }
}

/** How long work may go on before signals are heard. */
const BREATH_MS = 100

/** Lets the signals in that came meanwhile; throws Interrupted when one did. */
export type Pause = () => Promise<void>

/**
 * Does work that Ctrl-C (and a polite kill) ends in its pauses only, so that nothing is written in half. What the work
 * has written by then stays. Outside, a signal ends the process at once.
 */
export async function withSignals<T>(work: (pause: Pause) => Promise<T>): Promise<T> {
  const came: NodeJS.Signals[] = []
  const note = (signal: NodeJS.Signals): void => {
    came.push(signal)
  }
  process.on('SIGINT', note)
  process.on('SIGTERM', note)
  try {
    return await work(async () => {
      // Signals that arrived during synchronous work are told when the event loop turns.
      await new Promise((resolve) => setImmediate(resolve))
      if (came[0] !== undefined) throw new Interrupted(came[0])
    })
  } finally {
    process.off('SIGINT', note)
    process.off('SIGTERM', note)
  }
}

/** Does a piece of work that a signal must not cut in two, such as writing a folder. */
export const whileUninterrupted = <T>(work: () => T): Promise<T> =>
  withSignals(async (pause) => {
    const result = work()
    await pause()
    return result
  })

/** Does work that comes in parts, pausing a few times a second. */
export async function inParts<T>(parts: Generator<unknown, T, undefined>, pause: Pause): Promise<T> {
  for (let heardMs = performance.now(); ; ) {
    const part = parts.next()
    if (part.done === true) return part.value
    if (performance.now() - heardMs < BREATH_MS) continue
    await pause()
    heardMs = performance.now()
  }
}
